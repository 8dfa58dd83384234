"""Jobs: the whole way of one tenant, from waiting files to served forecasts.

One run is one tenant in one process: a bad tenant fails alone, and nothing is shared through disk.
A run whose process died is repeated once from where it stopped; one whose step failed is not, since
steps have retried by then what can pass (failures.py).
"""

from __future__ import annotations

import dagster as dg

TENANT_PIPELINE = dg.define_asset_job(
    "tenant_pipeline",
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    description="Read waiting files, rebuild demand, forecast, publish and measure one tenant.",
    tags={"dagster/max_retries": "1", "dagster/retry_on_asset_or_op_failure": "false"},
)
