"""The forecast assets: the champion model, and its forecast of the next days."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from ml import engine
from orchestration.champions import (
    NothingToForecast,
    current_champion,
    ensure_champion,
    load_model,
    read_history,
)
from orchestration.defs.forecast.checks import (
    DAILY_UNITS_KEY,
    FORECAST_CHECKS,
    MODEL_CHECKS,
    MODEL_KEY,
    check_forecasts,
    check_model,
)
from orchestration.defs.forecast.report import (
    cutoff_metadata,
    forecast_metadata,
    model_metadata,
)
from orchestration.resources import Platform
from orchestration.tenant_steps import NIGHTLY_FRESHNESS, tenant_asset, tenant_step
from ordernimbus.settings import TrackingSettings

DEMAND_KEYS = [
    dg.AssetKey(["marts", "fct_demand_daily"]),
    dg.AssetKey(["marts", "dim_product"]),
]
CUTOFF_KEY = dg.AssetKey(["forecast", "cutoff"])


class EngineSettings(dg.Config):
    """What a person may change when launching a run by hand."""

    n_windows: int = 3
    seed: int = 20160424
    # For example when the champion's stored bytes are damaged.
    retrain: bool = False


@tenant_asset(
    key=CUTOFF_KEY,
    deps=DEMAND_KEYS,
    group="forecast",
    layer="forecast",
    kinds={"polars"},
    output_required=False,
)
def cutoff(
    context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]
) -> Iterator[dg.MaterializeResult]:
    """The last complete day of demand; without any sale, what follows is skipped."""
    with tenant_step(context, platform) as step:
        try:
            history = read_history(platform, step.tenant, today=step.today)
        except NothingToForecast as nothing:
            context.log.warning(str(nothing))
            return
        yield dg.MaterializeResult(metadata=cutoff_metadata(history))


@tenant_asset(
    key=MODEL_KEY,
    deps=[CUTOFF_KEY, *DEMAND_KEYS],
    group="forecast",
    layer="forecast",
    kinds={"lightgbm", "mlflow"},
    check_specs=MODEL_CHECKS,
)
def model(
    context: dg.AssetExecutionContext,
    config: EngineSettings,
    platform: dg.ResourceParam[Platform],
    tracking: dg.ResourceParam[TrackingSettings],
) -> dg.MaterializeResult:
    """The tenant's champion: one LightGBM model over all series, retrained when due."""
    with tenant_step(context, platform) as step:
        history = read_history(platform, step.tenant, today=step.today)
        champion = ensure_champion(
            platform,
            step.tenant,
            history,
            config=engine.EngineConfig(n_windows=config.n_windows, seed=config.seed),
            tracking_settings=tracking,
            run_id=step.run_id,
            is_training_forced=config.retrain,
        )
        return dg.MaterializeResult(
            metadata=model_metadata(champion), check_results=check_model(champion.version.metrics)
        )


@tenant_asset(
    key=DAILY_UNITS_KEY,
    deps=[MODEL_KEY, *DEMAND_KEYS],
    group="forecast",
    layer="forecast",
    kinds={"lightgbm", "polars"},
    check_specs=FORECAST_CHECKS,
    io_manager_key="tenant_frames",
    # The annotation alone would mean "no value".
    dagster_type=dg.Any,
    freshness_policy=NIGHTLY_FRESHNESS,
)
def daily_units(
    context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]
) -> dg.MaterializeResult:
    """Units per series and day over the next 28 days: mean and quantiles."""
    with tenant_step(context, platform) as step:
        history = read_history(platform, step.tenant, today=step.today)
        version = current_champion(platform, step.tenant)
        champion = load_model(platform, version)
        forecasts = engine.forecast(
            champion,
            history.frames.history,
            cutoff=history.cutoff,
            static=history.frames.static,
        ).with_columns(
            pl.lit(history.cutoff).alias("cutoff"), pl.lit(version.model_version).alias("version")
        )
        return dg.MaterializeResult(
            value=forecasts,
            metadata=forecast_metadata(forecasts, history, champion.config.quantiles),
            check_results=check_forecasts(
                forecasts, champion.config.quantiles, champion.config.horizon
            ),
        )
