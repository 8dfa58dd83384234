"""From a forecast frame to a served vintage.

What belongs here: assembling the vintage from forecast, history, model and ledger watermark.
What stays out: SQL (repositories/serving.py) and Dagster (defs/publish).
"""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import polars as pl

from ingestion.ledger import ledger_watermark
from orchestration.champions import load_model, read_accuracy, read_history
from orchestration.frames import serving_forecasts, serving_series
from orchestration.repositories import models, serving
from orchestration.repositories.serving import ACCURACY_COLUMNS, Vintage
from orchestration.resources import Platform
from ordernimbus.errors import ContractError
from ordernimbus.tenancy import Tenant


def publish_forecasts(
    platform: Platform, tenant: Tenant, forecasts: pl.DataFrame, *, run_id: str
) -> Vintage:
    """Publish `forecasts` as the tenant's newest vintage, or return it if this run already did.

    Args:
        platform: Opened clients.
        tenant: Whose forecasts they are.
        forecasts: From the forecast asset: `ml.engine.forecast`'s columns, `cutoff` and `version`.
        run_id: Makes repeating the step safe.

    Raises:
        ContractError: The forecasts are older than what is served, or name an unknown model.
    """
    cutoff: date = forecasts["cutoff"][0]
    with platform.database.tenant_read_session(tenant.tenant_id) as session:
        version = models.find_version(session, int(forecasts["version"][0]))
        watermark_seq, _ = ledger_watermark(session)
    model = load_model(platform, version)
    history = read_history(platform, tenant, today=cutoff + timedelta(days=1))
    packed = serving_forecasts(forecasts, model.config.quantiles)
    catalogue = serving_series(
        history.frames.history,
        history.series,
        packed.select("series_id", "series_class"),
        cutoff,
    )
    accuracy = read_accuracy(platform, tenant, version)
    vintage = Vintage(
        vintage_id=uuid.uuid4(),
        cutoff_date=cutoff,
        horizon_days=model.config.horizon,
        quantiles=list(model.config.quantiles),
        model_version=version.model_version,
        model_sha256=version.sha256,
        code_version=platform.code_version,
        data_watermark_seq=watermark_seq,
        n_series=packed.height,
        run_id=run_id,
    )
    with platform.database.tenant_session(tenant.tenant_id) as session:
        serving.lock_publishing(session, tenant.tenant_id)
        # Only behind the lock does the answer stay true until the commit.
        served = serving.current_vintage(session)
        if served is not None and served.run_id == run_id:
            return served
        _refuse_older(tenant, served, cutoff)
        serving.publish_vintage(
            session,
            tenant.tenant_id,
            vintage,
            forecasts=packed,
            series=catalogue,
            accuracy=_in_serving_columns(accuracy, catalogue),
        )
    return vintage


def _refuse_older(tenant: Tenant, served: Vintage | None, cutoff: date) -> None:
    if served is not None and served.cutoff_date > cutoff:
        message = (
            f"the forecast of {tenant.slug!r} knows sales up to {cutoff}, but one that knows them "
            f"up to {served.cutoff_date} is served already: materialize forecast/daily_units again"
        )
        raise ContractError(message)


def _in_serving_columns(accuracy: pl.DataFrame, catalogue: pl.DataFrame) -> pl.DataFrame:
    """Return accuracy with every serving column, for series of the catalogue and the total."""
    if accuracy.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(ACCURACY_COLUMNS, pl.String))
    known = pl.col("series_id").is_in(catalogue["series_id"].to_list()) | (
        pl.col("series_id") == ""
    )
    missing = [name for name in ACCURACY_COLUMNS if name not in accuracy.columns]
    return (
        accuracy.filter(known)
        .with_columns([pl.lit(None).cast(pl.Float64).alias(name) for name in missing])
        .select(ACCURACY_COLUMNS)
    )
