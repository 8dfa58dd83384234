"""The dbt models as assets: ledger to demand, for the tenants of the run only."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

from ingestion.scratch import scratch_folder
from orchestration.dbt_manifest import ensure_manifest
from orchestration.partitions import TENANTS
from orchestration.resources import Platform, dbt_reads_tenants
from orchestration.tenant_steps import tenant_step


@dbt_assets(manifest=ensure_manifest(), partitions_def=TENANTS)
def demand_models(
    context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform], dbt: DbtCliResource
) -> Iterator[Any]:
    """Build staging, intermediate and marts, with their data tests as asset checks."""
    # What dbt writes about a run is in Dagster's log; in the project it would pile up.
    with tenant_step(context, platform) as step, scratch_folder() as target:
        with dbt_reads_tenants([step.tenant.tenant_id]):
            build = dbt.cli(
                ["build", "--exclude-resource-type", "unit_test"],
                context=context,
                target_path=target,
            )
        yield from build.stream()
