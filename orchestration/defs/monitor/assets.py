"""The monitor asset: served forecasts against what was sold afterwards."""

import dagster as dg
import polars as pl

from orchestration.champions import read_history
from orchestration.resources import Platform
from orchestration.served_accuracy import measure_served_vintages
from orchestration.tenant_steps import tenant_asset, tenant_step


@tenant_asset(
    key=dg.AssetKey(["monitor", "served_accuracy"]),
    deps=[dg.AssetKey(["serving", "forecast"])],
    group="monitor",
    layer="monitor",
    kinds={"postgres", "polars"},
    metadata={"dagster/table_name": "serving.accuracy"},
)
def served_vintage_accuracy(
    context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]
) -> dg.MaterializeResult:
    """WAPE, bias and band coverage of served vintages on the days that have passed."""
    with tenant_step(context, platform) as step:
        history = read_history(platform, step.tenant, today=step.today)
        accuracy = measure_served_vintages(platform, step.tenant, history)
        overall = accuracy.filter(pl.col("series_id") == "")
        return dg.MaterializeResult(
            metadata={
                "n_vintages": overall.height,
                "dagster/row_count": accuracy.height,
                **{
                    f"{name} (mean over vintages)": float(value)
                    for name in ("wape", "bias_pct", "coverage_80", "coverage_95")
                    if isinstance(value := overall[name].mean(), float)
                },
            }
        )
