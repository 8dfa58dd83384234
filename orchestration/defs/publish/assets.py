"""The publish asset: a forecast becomes the vintage that readers see, in one commit."""

import dagster as dg
import polars as pl

from orchestration.conventions import NIGHTLY_FRESHNESS, OWNERS
from orchestration.defs.forecast.checks import DAILY_UNITS_KEY
from orchestration.failures import translated_failures
from orchestration.partitions import TENANTS
from orchestration.publishing import publish_forecasts
from orchestration.resources import Platform
from ordernimbus.observability import log_context


@dg.asset(
    key=["serving", "forecast"],
    ins={"forecasts": dg.AssetIn(DAILY_UNITS_KEY)},
    partitions_def=TENANTS,
    group_name="publish",
    kinds={"postgres"},
    owners=OWNERS,
    tags={"layer": "serving"},
    code_version="1",
    freshness_policy=NIGHTLY_FRESHNESS,
)
def published_forecast(
    context: dg.AssetExecutionContext,
    forecasts: pl.DataFrame,
    platform: dg.ResourceParam[Platform],
) -> dg.MaterializeResult:
    """The served vintage: immutable, one row per series with arrays over the horizon."""
    with (
        log_context(tenant=context.partition_key, run_id=context.run.run_id),
        translated_failures(context),
    ):
        tenant = platform.active_tenant(context.partition_key)
        vintage = publish_forecasts(platform, tenant, forecasts, run_id=context.run.run_id)
        return dg.MaterializeResult(
            metadata={
                "vintage_id": str(vintage.vintage_id),
                "dagster/row_count": vintage.n_series,
                "cutoff_date": vintage.cutoff_date.isoformat(),
                "horizon_days": vintage.horizon_days,
                "model_version": vintage.model_version,
                "data_watermark_seq": vintage.data_watermark_seq,
            }
        )
