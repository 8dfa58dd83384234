"""What every step of a tenant's run has in common.

What belongs here: finding the tenant, log context, translation of failures, shared asset settings.
What stays out: what a step does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg

from orchestration.failures import translated_failures
from orchestration.partitions import TENANTS
from orchestration.resources import Platform
from ordernimbus.observability import log_context
from ordernimbus.tenancy import Tenant

NIGHTLY_FRESHNESS = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(hours=48), warn_window=timedelta(hours=30)
)


def tenant_asset(
    *,
    key: dg.AssetKey,
    group: str,
    layer: str,
    kinds: set[str],
    **settings: Any,  # noqa: ANN401 - passed on as they are
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Return `dagster.asset` with what assets of a tenant share already set.

    Args:
        key: Asset key, `[layer, entity]`.
        group: Group in the Dagster UI.
        layer: Tag value: where on the way the asset lies.
        kinds: Technologies, shown as badges.
        settings: Further arguments of `dagster.asset`.
    """
    decorator: Callable[[Callable[..., Any]], dg.AssetsDefinition] = dg.asset(
        key=key,
        partitions_def=TENANTS,
        group_name=group,
        kinds=kinds,
        owners=["team:forecasting-platform"],
        tags={"layer": layer},
        code_version="1",
        **settings,
    )
    return decorator


@dataclass(frozen=True)
class TenantStep:
    """One step at work.

    Attributes:
        tenant: The active tenant of the run's partition.
        today: The day that it is where the tenant trades.
        run_id: Dagster's run.
    """

    tenant: Tenant
    today: date
    run_id: str


@contextmanager
def tenant_step(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[TenantStep]:
    """Run a step's work for its tenant: log lines name it, and failures are translated.

    Raises:
        dagster.RetryRequested: Something was unavailable that may come back.
        dagster.Failure: The step cannot succeed, for example since the tenant is suspended.
    """
    run_id = context.run.run_id
    with (
        log_context(tenant=context.partition_key, run_id=run_id),
        translated_failures(context),
    ):
        tenant = platform.active_tenant(context.partition_key)
        yield TenantStep(tenant, tenant.business_date(datetime.now(UTC)), run_id)
