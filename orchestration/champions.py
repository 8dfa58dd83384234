"""A tenant's champion model: trained when due, kept with its hash, loaded only if it matches.

What belongs here: the order of reading, training, storing, tracking and promoting.
What stays out: Dagster (the assets call this), the model itself (`ml`), SQL (repositories).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from ml import artifact, engine, tracking
from ml.metrics import score
from orchestration.frames import COVARIATES, TrainingFrames, training_frames
from orchestration.promotion import Decision, decide_promotion, decide_training
from orchestration.repositories import demand as demand_repository
from orchestration.repositories import models
from orchestration.repositories.models import ModelVersion
from orchestration.resources import Platform
from ordernimbus.errors import ContractError, PermanentError
from ordernimbus.observability import get_logger
from ordernimbus.settings import TrackingSettings
from ordernimbus.storage import object_key
from ordernimbus.tenancy import Tenant

_LOG = get_logger("orchestration")
_BACKTEST_METRICS = ("wape", "bias_pct", "rmsse", "mase7", "wql", "coverage_80", "coverage_95")


class NothingToForecast(PermanentError):
    """The tenant has not sold anything yet."""


@dataclass(frozen=True)
class TenantHistory:
    """A tenant's demand up to the cutoff, ready for `ml`.

    Attributes:
        frames: Demand in forecasting terms.
        series: The series catalogue of the marts.
        cutoff: Last complete day with any sale, in the tenant's calendar.
    """

    frames: TrainingFrames
    series: pl.DataFrame
    cutoff: date


@dataclass(frozen=True)
class Champion:
    """What the forecast step works with, and how it came about.

    Attributes:
        version: The serving model.
        training: Whether a model was trained now, and why.
        promotion: Whether that model serves from now on; None if nothing was trained.
        tracking_error: Why MLflow has no record of it, if so.
    """

    version: ModelVersion
    training: Decision
    promotion: Decision | None
    tracking_error: str | None


def read_history(platform: Platform, tenant: Tenant, *, today: date) -> TenantHistory:
    """Return the tenant's demand of complete days; today's sales are still coming in.

    Raises:
        NothingToForecast: The tenant has no sale yet.
    """
    with platform.database.tenant_read_session(tenant.tenant_id) as session:
        last_date = demand_repository.last_demand_date(session)
        if last_date is None:
            message = f"tenant {tenant.slug!r} has no sales yet: upload a file of sales first"
            raise NothingToForecast(message)
        cutoff = min(last_date, today - timedelta(days=1))
        rows = demand_repository.read_demand(session, last_date=cutoff)
        series = demand_repository.read_series(session).filter(pl.col("first_sale_date") <= cutoff)
    if series.is_empty():
        message = (
            f"tenant {tenant.slug!r} sold nothing up to {cutoff}: upload a file of sales first"
        )
        raise NothingToForecast(message)
    return TenantHistory(training_frames(rows, series), series, cutoff)


def ensure_champion(
    platform: Platform,
    tenant: Tenant,
    history: TenantHistory,
    *,
    config: engine.EngineConfig,
    tracking_settings: TrackingSettings,
    run_id: str,
    is_training_forced: bool = False,
) -> Champion:
    """Return the champion to forecast with, training and promoting a new one if that is due."""
    with platform.database.tenant_read_session(tenant.tenant_id) as session:
        champion = models.find_champion(session)
        newest = models.newest_version(session)
    training = decide_training(
        # A challenger that lost a moment ago would lose again.
        newest if champion is not None else None,
        cutoff=history.cutoff,
        n_series=history.series.height,
        code_version=platform.code_version,
        is_forced=is_training_forced,
    )
    if not training.is_yes and champion is not None:
        return Champion(champion, training, promotion=None, tracking_error=None)
    model = engine.train(
        history.frames.history,
        cutoff=history.cutoff,
        covariates=COVARIATES,
        static=history.frames.static,
        config=config,
        progress=lambda message, share: _LOG.info(
            "training", tenant=tenant.slug, message=message, share=round(share, 2)
        ),
    )
    metrics = backtest_metrics(model)
    promotion = decide_promotion(metrics, champion)
    alias = "champion" if promotion.is_yes else "challenger"
    outcome = tracking.log_training(
        model,
        tracking_uri=tracking_settings.uri.get_secret_value(),
        artifact_root=tracking_settings.artifact_root,
        experiment=f"tenant-{tenant.slug}",
        model_name=f"demand-{tenant.slug}",
        alias=alias,
        timeout_seconds=tracking_settings.timeout_seconds,
        tags={
            "ordernimbus.tenant": tenant.slug,
            "ordernimbus.run_id": run_id,
            "ordernimbus.code_version": platform.code_version,
        },
    )
    content = artifact.dump(model)
    sha256 = artifact.digest(content)
    storage_key = object_key("models", tenant.tenant_id, sha256, "model.json")
    platform.store.write(storage_key, io.BytesIO(content))
    _write_accuracy(platform, tenant, sha256, series_accuracy(model))
    with platform.database.tenant_session(tenant.tenant_id) as session:
        number = models.add_version(
            session,
            tenant.tenant_id,
            sha256=sha256,
            storage_key=storage_key,
            cutoff_date=history.cutoff,
            code_version=platform.code_version,
            tracking_run_id=outcome.run_id,
            tracking_error=outcome.error,
            metrics=metrics,
            run_id=run_id,
        )
        models.set_alias(session, tenant.tenant_id, alias, number)
        serving = models.find_champion(session)
    if serving is None:
        message = f"tenant {tenant.slug!r} has no champion after training: check core.model_alias"
        raise ContractError(message)
    return Champion(serving, training, promotion, outcome.error)


def current_champion(platform: Platform, tenant: Tenant) -> ModelVersion:
    """Return the tenant's champion.

    Raises:
        PermanentError: No model was trained yet.
    """
    with platform.database.tenant_read_session(tenant.tenant_id) as session:
        version = models.find_champion(session)
    if version is None:
        message = f"tenant {tenant.slug!r} has no model yet: materialize forecast/model first"
        raise PermanentError(message)
    return version


def load_model(platform: Platform, version: ModelVersion) -> engine.TrainedModel:
    """Return a stored model after its bytes matched the registered hash.

    Raises:
        ObjectNotFound: The bytes are gone.
        ArtifactCorrupted: The bytes are not those that were registered.
    """
    with platform.store.open(version.storage_key) as stream:
        return artifact.load(stream.read(), sha256=version.sha256)


def backtest_metrics(model: engine.TrainedModel) -> dict[str, float | int | None]:
    """Return a model's overall backtest metrics by name, ratios of units or days."""
    report = model.backtest
    return {
        "n_series": model.n_series,
        "n_train_rows": model.n_train_rows,
        "n_windows": len(report.cutoffs),
        **{name: report.value(name) for name in _BACKTEST_METRICS},
        "seasonal_naive_wape": report.value("wape", model="seasonal_naive"),
        "seasonal_naive_rmsse": report.value("rmsse", model="seasonal_naive"),
    }


def series_accuracy(model: engine.TrainedModel) -> pl.DataFrame:
    """Return the backtest's accuracy in serving's columns.

    Returns:
        One row per series_id and one with '' for all series together; empty without a backtest.
    """
    frame = model.backtest.forecasts
    if frame.is_empty():
        return pl.DataFrame()
    parts = []
    for by in (("unique_id",), ()):
        engine_scores = score(frame, by, model.config.quantiles, "y_hat")
        naive_scores = score(frame, by, (), "naive").select(
            *by,
            pl.col("wape").alias("seasonal_naive_wape"),
            pl.col("rmsse").alias("seasonal_naive_rmsse"),
        )
        known = frame.filter(pl.col("y").is_not_null())
        facts = [
            pl.col("ds").min().alias("from_date"),
            pl.col("ds").max().alias("to_date"),
            pl.col("ds").n_unique().cast(pl.Int32).alias("n_days"),
            pl.col("y").sum().alias("actual_units"),
        ]
        if by:
            spans = known.group_by(by).agg(facts)
            part = engine_scores.join(spans, on=by).join(naive_scores, on=by)
            part = part.rename({"unique_id": "series_id"})
        else:
            part = pl.concat(
                [engine_scores, known.select(facts), naive_scores], how="horizontal"
            ).with_columns(pl.lit("").alias("series_id"))
        parts.append(part.with_columns(pl.lit("backtest").alias("evidence")))
    return pl.concat(parts, how="diagonal")


def read_accuracy(platform: Platform, tenant: Tenant, version: ModelVersion) -> pl.DataFrame:
    """Return the backtest accuracy kept beside a model, as from `series_accuracy`."""
    key = object_key("models", tenant.tenant_id, version.sha256, "accuracy.parquet")
    with platform.store.open(key) as stream:
        return pl.read_parquet(stream)


def _write_accuracy(
    platform: Platform, tenant: Tenant, sha256: str, accuracy: pl.DataFrame
) -> None:
    buffer = io.BytesIO()
    accuracy.write_parquet(buffer)
    buffer.seek(0)
    key = object_key("models", tenant.tenant_id, sha256, "accuracy.parquet")
    platform.store.write(key, buffer)
