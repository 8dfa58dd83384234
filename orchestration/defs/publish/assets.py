"""The publish asset: a forecast becomes the vintage that readers see, in one commit."""

import dagster as dg
import polars as pl

from orchestration.defs.forecast.checks import DAILY_UNITS_KEY
from orchestration.publishing import publish_forecasts
from orchestration.resources import Platform
from orchestration.tenant_steps import NIGHTLY_FRESHNESS, tenant_asset, tenant_step


@tenant_asset(
    key=dg.AssetKey(["serving", "forecast"]),
    ins={"forecasts": dg.AssetIn(DAILY_UNITS_KEY)},
    freshness_policy=NIGHTLY_FRESHNESS,
    group="publish",
    layer="serving",
    kinds={"postgres"},
    metadata={"dagster/table_name": "serving.forecast"},
)
def published_forecast(
    context: dg.AssetExecutionContext,
    forecasts: pl.DataFrame,
    platform: dg.ResourceParam[Platform],
) -> dg.MaterializeResult:
    """The served vintage: immutable, one row per series with arrays over the horizon."""
    with tenant_step(context, platform) as step:
        vintage = publish_forecasts(platform, step.tenant, forecasts, run_id=step.run_id)
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
