"""What a run shows of the files it read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dagster as dg

from ingestion.contract import EVENT_SCHEMA
from ingestion.ledger import LoadOutcome
from orchestration.repositories.ledger import LedgerProfile

LEDGER_METADATA = {
    "dagster/table_name": "core.sales_event",
    "dagster/column_schema": dg.TableSchema(
        columns=[dg.TableColumn(name, type=str(dtype)) for name, dtype in EVENT_SCHEMA.items()]
    ),
}


def ingest_metadata(outcomes: Sequence[LoadOutcome], profile: LedgerProfile) -> dict[str, Any]:
    """Return counts of this run's files and of the whole ledger, and a table of the files."""
    files = [
        dg.TableRecord(
            {
                "file": outcome.file_name,
                "state": outcome.state,
                "format": outcome.format_name or "",
                "read": outcome.n_rows_read or 0,
                "accepted": outcome.n_rows_accepted or 0,
                "rejected": outcome.n_rows_rejected or 0,
                "reason": outcome.refusal_message or "",
            }
        )
        for outcome in outcomes
    ]
    metadata: dict[str, Any] = {
        "n_files": len(outcomes),
        "n_rows_read": sum(outcome.n_rows_read or 0 for outcome in outcomes),
        "n_rows_accepted": sum(outcome.n_rows_accepted or 0 for outcome in outcomes),
        "n_rows_rejected": sum(outcome.n_rows_rejected or 0 for outcome in outcomes),
        "dagster/row_count": profile.n_events,
        "n_orders": profile.n_orders,
        "n_series": profile.n_series,
        "first_business_date": str(profile.first_date),
        "last_business_date": str(profile.last_date),
    }
    if files:
        metadata["files"] = dg.MetadataValue.table(files)
    return metadata
