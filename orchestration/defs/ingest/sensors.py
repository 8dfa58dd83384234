"""Sensors: tenants become partitions, and new uploads start their tenant's pipeline."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from orchestration.jobs import TENANT_PIPELINE
from orchestration.partitions import TENANTS
from orchestration.repositories.ledger import waiting_tenants
from orchestration.resources import Platform
from ordernimbus import tenancy

ABANDONED_AFTER = timedelta(minutes=15)


@dg.sensor(
    name="register_tenants",
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Adds a partition for every active tenant and removes those of suspended ones.",
)
def register_tenants(
    context: dg.SensorEvaluationContext, platform: dg.ResourceParam[Platform]
) -> dg.SensorResult:
    """Keep the tenant partitions equal to the registry's active tenants."""
    with platform.database.platform_session() as session:
        wanted = {tenant.slug for tenant in tenancy.list_tenants(session, active_only=True)}
    present = set(context.instance.get_dynamic_partitions(TENANTS.name or ""))
    requests: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
    if missing := sorted(wanted - present):
        requests.append(TENANTS.build_add_request(missing))
    if gone := sorted(present - wanted):
        requests.append(TENANTS.build_delete_request(gone))
    return dg.SensorResult(dynamic_partitions_requests=requests)


@dg.sensor(
    name="new_uploads",
    job=TENANT_PIPELINE,
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts a tenant's pipeline when files of it wait to be read.",
)
def new_uploads(
    context: dg.SensorEvaluationContext, platform: dg.ResourceParam[Platform]
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Request one run per tenant with waiting uploads; the same wait is requested once."""
    with platform.database.platform_session() as session:
        waiting = waiting_tenants(session, abandoned_after=ABANDONED_AFTER)
    known = set(context.instance.get_dynamic_partitions(TENANTS.name or ""))
    ready = [tenant for tenant in waiting if tenant.slug in known]
    if not ready:
        yield dg.SkipReason("no upload waits")
    for tenant in ready:
        yield dg.RunRequest(
            run_key=f"uploads:{tenant.slug}:{tenant.newest_upload_seq}:{tenant.attempt}",
            partition_key=tenant.slug,
            tags={"ordernimbus/tenant": tenant.slug, "ordernimbus/trigger": "upload"},
        )
