"""The ledger asset: every file that waits for a tenant becomes sales events."""

import dagster as dg

from ingestion.ledger import load_upload, pending_uploads
from orchestration.defs.ingest.checks import LEDGER_CHECKS, LEDGER_KEY, check_ledger
from orchestration.defs.ingest.report import LEDGER_METADATA, ingest_metadata
from orchestration.repositories.ledger import profile_ledger
from orchestration.resources import Platform
from orchestration.tenant_steps import NIGHTLY_FRESHNESS, tenant_asset, tenant_step


@tenant_asset(
    key=LEDGER_KEY,
    check_specs=LEDGER_CHECKS,
    freshness_policy=NIGHTLY_FRESHNESS,
    group="ingest",
    layer="core",
    kinds={"postgres", "csv"},
    metadata=LEDGER_METADATA,
)
def sales_event(
    context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]
) -> dg.MaterializeResult:
    """Ledger of sale line events: one row per (source, order, event), signed quantities."""
    with tenant_step(context, platform) as step:
        database, tenant_id = platform.database, step.tenant.tenant_id
        with database.tenant_read_session(tenant_id) as session:
            waiting = pending_uploads(session)
        outcomes = [
            load_upload(
                database, platform.store, step.tenant, upload, run_id=step.run_id, today=step.today
            )
            for upload in waiting
        ]
        with database.tenant_read_session(tenant_id) as session:
            profile = profile_ledger(session, step.today)
        return dg.MaterializeResult(
            metadata=ingest_metadata(outcomes, profile), check_results=check_ledger(profile)
        )
