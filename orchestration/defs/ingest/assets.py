"""The ledger asset: every file that waits for a tenant becomes sales events."""

from datetime import UTC, datetime

import dagster as dg

from ingestion.ledger import load_upload, pending_uploads
from orchestration.conventions import NIGHTLY_FRESHNESS, OWNERS
from orchestration.defs.ingest.checks import LEDGER_CHECKS, LEDGER_KEY, check_ledger
from orchestration.defs.ingest.report import ingest_metadata
from orchestration.failures import translated_failures
from orchestration.partitions import TENANTS
from orchestration.repositories.ledger import profile_ledger
from orchestration.resources import Platform
from ordernimbus.observability import log_context


@dg.asset(
    key=LEDGER_KEY,
    partitions_def=TENANTS,
    group_name="ingest",
    kinds={"postgres", "csv"},
    owners=OWNERS,
    tags={"layer": "core"},
    code_version="1",
    check_specs=LEDGER_CHECKS,
    freshness_policy=NIGHTLY_FRESHNESS,
)
def sales_event(
    context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]
) -> dg.MaterializeResult:
    """Ledger of sale line events: one row per (source, order, event), signed quantities."""
    with (
        log_context(tenant=context.partition_key, run_id=context.run.run_id),
        translated_failures(context),
    ):
        tenant = platform.active_tenant(context.partition_key)
        today = tenant.business_date(datetime.now(UTC))
        with platform.database.tenant_read_session(tenant.tenant_id) as session:
            waiting = pending_uploads(session)
        outcomes = [
            load_upload(
                platform.database,
                platform.store,
                tenant,
                upload_id,
                run_id=context.run.run_id,
                today=today,
            )
            for upload_id in waiting
        ]
        with platform.database.tenant_read_session(tenant.tenant_id) as session:
            profile = profile_ledger(session, today)
        return dg.MaterializeResult(
            metadata=ingest_metadata(outcomes, profile), check_results=check_ledger(profile)
        )
