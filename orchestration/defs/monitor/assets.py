"""The monitor asset: served forecasts against what was sold afterwards."""

from datetime import UTC, datetime

import dagster as dg
import polars as pl

from orchestration.champions import read_history
from orchestration.conventions import OWNERS
from orchestration.failures import translated_failures
from orchestration.partitions import TENANTS
from orchestration.resources import Platform
from orchestration.served_accuracy import measure_served_vintages
from ordernimbus.observability import log_context


@dg.asset(
    key=["monitor", "served_accuracy"],
    deps=[dg.AssetKey(["serving", "forecast"])],
    partitions_def=TENANTS,
    group_name="monitor",
    kinds={"postgres", "polars"},
    owners=OWNERS,
    tags={"layer": "monitor"},
    code_version="1",
)
def served_vintage_accuracy(
    context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]
) -> dg.MaterializeResult:
    """WAPE, bias and band coverage of served vintages on the days that have passed."""
    with (
        log_context(tenant=context.partition_key, run_id=context.run.run_id),
        translated_failures(context),
    ):
        tenant = platform.active_tenant(context.partition_key)
        history = read_history(platform, tenant, today=tenant.business_date(datetime.now(UTC)))
        accuracy = measure_served_vintages(platform, tenant, history)
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
