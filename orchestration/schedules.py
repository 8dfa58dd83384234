"""Schedules: every tenant's pipeline runs once a night, at 02:00 where the tenant trades."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import dagster as dg

from orchestration.jobs import TENANT_PIPELINE
from orchestration.repositories.ledger import slugs_with_sales
from orchestration.resources import Platform
from ordernimbus import tenancy
from ordernimbus.tenancy import Tenant

NIGHTLY_HOUR = 2


def tenants_due(tenants: list[Tenant], instant: datetime) -> list[Tenant]:
    """Return the tenants for which `instant` lies in the local hour of the nightly run.

    A tenant whose clocks skip that hour is due in the hour that follows it, and one whose clocks
    repeat it is due twice with the same run key, which Dagster runs once.
    """
    return [tenant for tenant in tenants if _is_due(ZoneInfo(tenant.time_zone), instant)]


def _is_due(zone: ZoneInfo, instant: datetime) -> bool:
    local = instant.astimezone(zone)
    if local.hour == NIGHTLY_HOUR:
        return True
    skipped = datetime(local.year, local.month, local.day, NIGHTLY_HOUR, tzinfo=zone)
    exists = skipped.astimezone(UTC).astimezone(zone).hour == NIGHTLY_HOUR
    return not exists and local.hour == NIGHTLY_HOUR + 1


@dg.schedule(
    name="nightly",
    job=TENANT_PIPELINE,
    cron_schedule="5 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Hourly look for tenants whose night it is; each runs once per local day.",
)
def nightly(
    context: dg.ScheduleEvaluationContext, platform: dg.ResourceParam[Platform]
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Request the pipeline of every active tenant with sales whose local nightly hour it is."""
    instant = context.scheduled_execution_time.astimezone(UTC)
    with platform.database.platform_session() as session:
        with_sales = slugs_with_sales(session)
        active = tenancy.list_tenants(session, active_only=True)
    due = tenants_due([tenant for tenant in active if tenant.slug in with_sales], instant)
    if not due:
        yield dg.SkipReason("no tenant's night begins this hour")
    for tenant in due:
        yield dg.RunRequest(
            run_key=f"nightly:{tenant.slug}:{tenant.business_date(instant)}",
            partition_key=tenant.slug,
            tags={"ordernimbus/tenant": tenant.slug, "ordernimbus/trigger": "nightly"},
        )
