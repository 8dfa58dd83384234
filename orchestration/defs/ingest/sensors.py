"""Sensors: tenants become partitions, and new uploads start their tenant's pipeline."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from orchestration.jobs import TENANT_PIPELINE
from orchestration.partitions import TENANTS
from orchestration.repositories.ledger import waiting_tenants
from orchestration.resources import Platform
from ordernimbus import tenancy

RETRY_AFTER = timedelta(minutes=15)
_NOT_FINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


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
    """Request one run per tenant with waiting uploads.

    A wait is requested once. If no run of the tenant goes on and its upload still waits (the run
    failed, or met a tenant that was suspended for a while), it is requested again after
    `RETRY_AFTER`, twice that, four times that, and so on.
    """
    with platform.database.platform_session() as session:
        waiting = waiting_tenants(session, retry_after=RETRY_AFTER)
    known = set(context.instance.get_dynamic_partitions(TENANTS.name or ""))
    ready = [
        tenant
        for tenant in waiting
        if tenant.slug in known
        and not (tenant.attempt > 0 and _has_unfinished_run(context.instance, tenant.slug))
    ]
    if not ready:
        yield dg.SkipReason("no upload waits")
    for tenant in ready:
        yield dg.RunRequest(
            run_key=f"uploads:{tenant.slug}:{tenant.newest_upload_seq}:{tenant.attempt}",
            partition_key=tenant.slug,
            tags={"ordernimbus/tenant": tenant.slug, "ordernimbus/trigger": "upload"},
        )


def _has_unfinished_run(instance: dg.DagsterInstance, partition_key: str) -> bool:
    runs = instance.get_runs(
        dg.RunsFilter(tags={"dagster/partition": partition_key}, statuses=_NOT_FINISHED), limit=1
    )
    return bool(runs)
