"""A file's events on their way into `core.sales_event`.

COPY into a table under row-level security is refused by PostgreSQL, so events are copied into a
temporary table and moved from there.
Belongs here: the statements of that move. Stays out: when to commit, and the upload's state.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import polars as pl
import psycopg
from psycopg import sql

from ingestion.contract import EVENT_SCHEMA
from ordernimbus.database.sessions import TenantSession

_COLUMNS = sql.SQL(", ").join(map(sql.Identifier, EVENT_SCHEMA))
_TABLE = sql.Identifier("pg_temp", "staged_event")


@dataclass(frozen=True)
class Origin:
    """What all events of one upload have in common.

    Attributes:
        source: Name of the file's format.
        upload_seq: Order of arrival; of two uploads with the same order, the later one wins.
    """

    tenant_id: uuid.UUID
    source: str
    upload_id: uuid.UUID
    upload_seq: int
    currency_code: str


class EventCopy:
    """Takes the events of one file, batch by batch."""

    def __init__(self, copy: psycopg.Copy) -> None:
        self._copy = copy

    def add(self, events: pl.DataFrame) -> None:
        """Send a frame of `EVENT_SCHEMA` to the temporary table."""
        buffer = io.BytesIO()
        events.write_csv(buffer, include_header=False)
        self._copy.write(buffer.getbuffer())


@contextmanager
def staging(session: TenantSession) -> Iterator[EventCopy]:
    """Create this transaction's temporary table and fill it inside the block."""
    session.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE staged_event ON COMMIT DROP AS "
            "SELECT {} FROM core.sales_event WITH NO DATA"
        ).format(_COLUMNS)
    )
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(_TABLE, _COLUMNS)
    with session.cursor() as cursor, cursor.copy(statement) as copy:
        yield EventCopy(copy)


def lock_source(session: TenantSession, tenant_id: uuid.UUID, source: str) -> None:
    """Wait until no other transaction writes this tenant's events of `source`."""
    session.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
        (f"sales_event/{tenant_id}/{source}",),
    )


def move_staged_events(session: TenantSession, origin: Origin) -> None:
    """Replace the ledger's orders by the staged ones, but for those a later upload holds."""
    scope = {
        "tenant_id": origin.tenant_id,
        "source": origin.source,
        "upload_id": origin.upload_id,
        "upload_seq": origin.upload_seq,
        "currency_code": origin.currency_code,
    }
    session.execute(sql.SQL("ANALYZE {}").format(_TABLE))
    held = session.execute(
        """
        SELECT EXISTS (
            SELECT FROM core.sales_event WHERE tenant_id = %(tenant_id)s AND source = %(source)s
        )
        """,
        scope,
    ).fetchone()
    if held is not None and held[0]:
        _make_room(session, scope)
    session.execute(
        sql.SQL(
            """
            INSERT INTO core.sales_event (
                tenant_id, source, upload_id, upload_seq, currency_code, {columns}
            )
            SELECT
                %(tenant_id)s, %(source)s, %(upload_id)s, %(upload_seq)s, %(currency_code)s,
                {columns}
            FROM {table}
            ORDER BY order_key, event_key
            """
        ).format(columns=_COLUMNS, table=_TABLE),
        scope,
    )


def _make_room(session: TenantSession, scope: dict[str, object]) -> None:
    session.execute(
        sql.SQL(
            """
            DELETE FROM {table} AS staged
            USING core.sales_event AS held
            WHERE held.tenant_id = %(tenant_id)s
                AND held.source = %(source)s
                AND held.order_key = staged.order_key
                AND held.upload_seq > %(upload_seq)s
            """
        ).format(table=_TABLE),
        scope,
    )
    session.execute(
        sql.SQL(
            """
            DELETE FROM core.sales_event AS held
            USING (SELECT DISTINCT order_key FROM {table}) AS staged
            WHERE held.tenant_id = %(tenant_id)s
                AND held.source = %(source)s
                AND held.order_key = staged.order_key
            """
        ).format(table=_TABLE),
        scope,
    )
