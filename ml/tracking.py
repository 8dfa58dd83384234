"""Training runs in MLflow: the one module of this package that knows MLflow.

Belongs here: what a run records and how a version is registered. Stays out: training, and every
decision that depends on MLflow being up; a failure here is an outcome, not an exception.

The client talks to the tracking store named by the caller and sets no global state, so tenants
trained side by side cannot write into each other's runs.
"""

import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import asdict, dataclass
from importlib.metadata import version as installed_version
from pathlib import Path
from threading import Thread
from typing import Final

import mlflow.lightgbm
import numpy as np
import polars as pl
from matplotlib.figure import Figure
from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec

from ml import artifact
from ml.backtest import ENGINE
from ml.model import TrainedModel
from ml.plots import calibration_chart, fan_chart, importance_chart

CHAMPION: Final = "champion"
REQUIRED = ("lightgbm", "numpy", "polars")


@dataclass(frozen=True)
class TrackingOutcome:
    """What MLflow recorded.

    Attributes:
        run_id: The run; None when it could not be created in time.
        version: The registered model version; None without a booster or on failure.
        error: Why the record is incomplete; None when it is complete.
    """

    run_id: str | None
    version: str | None
    error: str | None


def log_training(
    model: TrainedModel,
    *,
    tracking_uri: str,
    experiment: str,
    tags: Mapping[str, str],
    params: Mapping[str, str] | None = None,
    artifact_root: str,
    model_name: str | None = None,
    alias: str = CHAMPION,
    timeout_seconds: float = 60.0,
) -> TrackingOutcome:
    """Record a trained model and register it.

    Args:
        model: The model with its backtest.
        tracking_uri: Tracking store, such as `postgresql+psycopg2://...` or `sqlite:///...`.
        experiment: Experiment name; made when missing.
        tags: Tags of the run.
        params: Parameters besides the engine's settings.
        artifact_root: Where a new experiment keeps its files: a folder or an `s3://` address.
        model_name: Registered model; None uses the experiment's name.
        alias: Alias the new version receives.
        timeout_seconds: Longest wait; recording then goes on in the background, unobserved.

    Returns:
        The outcome; failure and slowness are told in `error`, never raised.
    """
    record = _Recorder(model, tracking_uri, alias)
    finished: Future[None] = Future()

    def work() -> None:
        try:
            record.write(experiment, model_name or experiment, artifact_root, tags, params or {})
        except Exception as error:  # noqa: BLE001 - a forecast must not fail for its logbook
            finished.set_exception(error)
        else:
            finished.set_result(None)

    # A daemon thread, unlike a pool's, does not keep the process alive behind a hanging store.
    Thread(target=work, name="mlflow-tracking", daemon=True).start()
    try:
        finished.result(timeout=timeout_seconds)
    except FutureTimeout:
        message = f"MLflow did not answer within {timeout_seconds:g} s; check the tracking store"
        return TrackingOutcome(record.run_id, record.version, message)
    except Exception as error:  # noqa: BLE001 - see above
        return TrackingOutcome(record.run_id, record.version, f"{type(error).__name__}: {error}")
    return TrackingOutcome(record.run_id, record.version, None)


class _Recorder:
    """Writes one run step by step, keeping what was reached."""

    def __init__(self, model: TrainedModel, tracking_uri: str, alias: str) -> None:
        self.model = model
        self.alias = alias
        self.tracking_uri = tracking_uri
        self.run_id: str | None = None
        self.version: str | None = None

    def write(
        self,
        experiment: str,
        model_name: str,
        artifact_root: str,
        tags: Mapping[str, str],
        params: Mapping[str, str],
    ) -> None:
        """Write run, children, files and version, in this order."""
        client = MlflowClient(tracking_uri=self.tracking_uri, registry_uri=self.tracking_uri)
        experiment_id = _experiment_id(client, experiment, artifact_root)
        run = client.create_run(experiment_id, tags=dict(tags))
        self.run_id = run.info.run_id
        try:
            client.log_batch(
                self.run_id, _metrics(self.model, "overall"), _params(self.model, params)
            )
            for scope in ("step", "class"):
                client.log_batch(self.run_id, _metrics(self.model, scope))
            self._write_windows(client, experiment_id)
            with tempfile.TemporaryDirectory() as folder:
                self._write_files(client, Path(folder), run.info.artifact_uri, model_name)
        except Exception:
            client.set_terminated(self.run_id, "FAILED")
            raise
        client.set_terminated(self.run_id, "FINISHED")

    def _write_windows(self, client: MlflowClient, experiment_id: str) -> None:
        """One child run per backtest window."""
        for cutoff in self.model.backtest.cutoffs:
            key = cutoff.isoformat()
            child = client.create_run(
                experiment_id,
                tags={"mlflow.parentRunId": str(self.run_id), "ordernimbus.cutoff": key},
                run_name=f"window {key}",
            )
            client.log_batch(child.info.run_id, _metrics(self.model, "window", key))
            client.set_terminated(child.info.run_id, "FINISHED")

    def _write_files(
        self, client: MlflowClient, folder: Path, artifact_uri: str, model_name: str
    ) -> None:
        content = artifact.dump(self.model)
        (folder / "model.json").write_bytes(content)
        (folder / "model.json.sha256").write_text(artifact.digest(content) + "\n")
        for name, figure in _figures(self.model).items():
            figure.savefig(folder / f"{name}.png", dpi=100)
        client.log_artifacts(str(self.run_id), str(folder), "ordernimbus")
        if self.model.booster is None:
            return
        packed = folder / "mlflow_model"
        mlflow.lightgbm.save_model(
            self.model.booster,
            str(packed),
            signature=_signature(self.model),
            # Named outright: MLflow would otherwise spend seconds guessing them.
            pip_requirements=[f"{name}=={installed_version(name)}" for name in REQUIRED],
        )
        client.log_artifacts(str(self.run_id), str(packed), "model")
        _ensure_registered(client, model_name)
        registered = client.create_model_version(
            model_name,
            f"{artifact_uri}/model",
            self.run_id,
            tags={"ordernimbus.sha256": artifact.digest(content)},
            await_creation_for=0,
        )
        self.version = str(registered.version)
        client.set_registered_model_alias(model_name, self.alias, self.version)


def _experiment_id(client: MlflowClient, name: str, artifact_root: str) -> str:
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    location = f"{artifact_root.rstrip('/')}/{name}"
    try:
        return str(client.create_experiment(name, artifact_location=location))
    except MlflowException:
        # Another run of the tenant may have made it since the look-up.
        made = client.get_experiment_by_name(name)
        if made is None:
            raise
        return str(made.experiment_id)


def _ensure_registered(client: MlflowClient, name: str) -> None:
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _params(model: TrainedModel, params: Mapping[str, str]) -> list[Param]:
    found = {name: str(value) for name, value in asdict(model.config).items()}
    found |= {
        "cutoff": model.cutoff.isoformat(),
        "n_series": str(model.n_series),
        "n_train_rows": str(model.n_train_rows),
        "backtest": model.backtest.note,
        **params,
    }
    return [Param(name, value) for name, value in found.items()]


def _metrics(model: TrainedModel, scope: str, key: str | None = None) -> list[Metric]:
    """Metrics of a scope; steps become MLflow steps, so a curve over the horizon appears."""
    rows = model.backtest.metrics.filter(pl.col("scope") == scope)
    if key is not None:
        rows = rows.filter(pl.col("key") == key)
    found = []
    now = int(time.time() * 1000)
    for source, _, row_key, metric, value, _ in rows.iter_rows():
        name = metric if source == ENGINE else f"{source}_{metric}"
        if scope == "step":
            found.append(Metric(f"step_{name}", value, now, int(row_key)))
        else:
            found.append(Metric(f"{row_key}_{name}" if scope == "class" else name, value, now, 0))
    return found


def _figures(model: TrainedModel) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    importance = importance_chart(model)
    if importance is not None:
        figures["importance"] = importance
    forecasts = model.backtest.forecasts
    if not forecasts.is_empty():
        figures["calibration"] = calibration_chart(forecasts, model.config.quantiles)
        figures["fan"] = _largest_series(model, forecasts)
    return figures


def _largest_series(model: TrainedModel, forecasts: pl.DataFrame) -> Figure:
    """Fan of the last window for the series that sold most in it."""
    window = forecasts.filter(pl.col("cutoff") == pl.col("cutoff").max())
    sold = window.group_by("unique_id").agg(pl.col("y").sum()).sort("y", "unique_id")
    chosen = window.filter(pl.col("unique_id") == sold["unique_id"][-1])
    return fan_chart(chosen, chosen, model.config.quantiles)


def _signature(model: TrainedModel) -> ModelSignature | None:
    if model.booster is None:
        return None
    features = TensorSpec(np.dtype("float32"), (-1, model.booster.num_feature()), name="features")
    answer = TensorSpec(np.dtype("float64"), (-1,), name="demand_over_recent_level")
    return ModelSignature(inputs=Schema([features]), outputs=Schema([answer]))
