"""Training runs in a real MLflow store."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts

from ml import artifact
from ml.engine import Covariates, TrainedModel, train
from ml.tracking import TrackingOutcome, log_training
from tests.sales_frames import TINY, day, store


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    return train(
        store(6, 200), cutoff=day(199), covariates=Covariates(future=("price",)), config=TINY
    )


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow') / 'store.db'}"


@pytest.fixture(scope="module")
def outcome(
    model: TrainedModel, uri: str, tmp_path_factory: pytest.TempPathFactory
) -> TrackingOutcome:
    return log_training(
        model,
        tracking_uri=uri,
        experiment="tenant-a",
        tags={"ordernimbus.run_id": "run-1"},
        params={"code_version": "abc"},
        artifact_root=str(tmp_path_factory.mktemp("files")),
        timeout_seconds=120,
    )


def test_a_run_keeps_parameters_metrics_and_tags(
    model: TrainedModel, uri: str, outcome: TrackingOutcome
) -> None:
    assert outcome.error is None
    assert outcome.run_id is not None

    data = MlflowClient(uri).get_run(outcome.run_id).data

    assert data.params["seed"] == str(TINY.seed)
    assert data.params["code_version"] == "abc"
    assert data.metrics["wape"] == model.backtest.value("wape")
    assert data.metrics["seasonal_naive_wape"] == model.backtest.value("wape", "seasonal_naive")
    assert data.tags["ordernimbus.run_id"] == "run-1"


def test_errors_are_recorded_by_horizon_step(uri: str, outcome: TrackingOutcome) -> None:
    curve = MlflowClient(uri).get_metric_history(str(outcome.run_id), "step_wape")

    assert sorted(point.step for point in curve) == list(range(1, 29))


def test_each_backtest_window_is_a_nested_run(
    model: TrainedModel, uri: str, outcome: TrackingOutcome
) -> None:
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("tenant-a")
    assert experiment is not None

    nested = client.search_runs(
        [experiment.experiment_id], f"tags.`mlflow.parentRunId` = '{outcome.run_id}'"
    )

    assert sorted(run.data.tags["ordernimbus.cutoff"] for run in nested) == [
        cutoff.isoformat() for cutoff in model.backtest.cutoffs
    ]


def test_the_champion_alias_names_the_new_version(uri: str, outcome: TrackingOutcome) -> None:
    champion = MlflowClient(uri).get_model_version_by_alias("tenant-a", "champion")

    assert str(champion.version) == outcome.version
    assert champion.run_id == outcome.run_id


def test_the_stored_model_matches_its_hash_and_loads(
    model: TrainedModel, uri: str, outcome: TrackingOutcome, tmp_path: Path
) -> None:
    folder = Path(
        download_artifacts(
            run_id=outcome.run_id,
            artifact_path="ordernimbus",
            dst_path=str(tmp_path),
            tracking_uri=uri,
        )
    )

    recorded = (folder / "model.json.sha256").read_text().strip()
    loaded = artifact.load((folder / "model.json").read_bytes(), sha256=recorded)

    assert artifact.dump(loaded) == artifact.dump(model)
    assert (folder / "fan.png").stat().st_size > 1_000


def test_a_tenant_without_a_booster_is_recorded_without_a_version(uri: str, tmp_path: Path) -> None:
    config = replace(TINY, min_train_rows=5_000)
    plain = train(store(2, 70), cutoff=day(69), covariates=Covariates(), config=config)

    outcome = log_training(
        plain, tracking_uri=uri, experiment="tenant-b", tags={}, artifact_root=str(tmp_path)
    )

    assert outcome.error is None
    assert outcome.run_id is not None
    assert outcome.version is None


def test_a_failing_store_is_an_outcome(model: TrainedModel, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the store wants a folder")

    outcome = log_training(
        model,
        tracking_uri=f"sqlite:///{blocked}/store.db",
        experiment="tenant-a",
        tags={},
        artifact_root=str(tmp_path),
    )

    assert outcome.run_id is None
    assert outcome.error


def test_a_slow_store_is_given_up_in_time(model: TrainedModel, tmp_path: Path) -> None:
    started = time.monotonic()

    outcome = log_training(
        model,
        tracking_uri=f"sqlite:///{tmp_path / 'new.db'}",
        experiment="tenant-a",
        tags={},
        artifact_root=str(tmp_path),
        timeout_seconds=0.01,
    )

    assert time.monotonic() - started < 2
    assert outcome.error is not None
    assert "did not answer within 0.01 s" in outcome.error
