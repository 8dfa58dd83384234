"""The state of uploads: waiting, processing, and how each one ended.

Belongs here: queries on `core.upload` and `core.upload_row_error` made while loading.
Stays out: landing a file (kernel) and its events (staging.py).
"""

from __future__ import annotations

import uuid
from datetime import date

import polars as pl
from psycopg.rows import class_row

from ingestion.parsing import RowCounts
from ordernimbus.database.sessions import TenantReadSession, TenantSession
from ordernimbus.errors import PermanentError
from ordernimbus.landing import UPLOAD_COLUMNS, Upload

_ENDED = ("loaded", "refused")


def pending_uploads(session: TenantReadSession) -> list[uuid.UUID]:
    """Return the uploads that wait or were begun and not ended, in order of arrival."""
    rows = session.execute(
        """
        SELECT upload_id FROM core.upload WHERE state IN ('landed', 'processing')
        ORDER BY upload_seq
        """
    ).fetchall()
    return [row[0] for row in rows]


def find_upload(
    session: TenantReadSession, upload_id: uuid.UUID, *, for_update: bool = False
) -> Upload:
    """Return an upload, locked until the transaction ends if `for_update`.

    Raises:
        PermanentError: The tenant has no such upload.
    """
    lock = "FOR UPDATE" if for_update else ""
    with session.cursor(row_factory=class_row(Upload)) as cursor:
        cursor.execute(
            f"SELECT {UPLOAD_COLUMNS} FROM core.upload WHERE upload_id = %s {lock}",  # noqa: S608
            (upload_id,),
        )
        upload = cursor.fetchone()
    if upload is None:
        message = f"upload {upload_id} does not exist for this tenant: land the file first"
        raise PermanentError(message)
    return upload


def has_ended(upload: Upload) -> bool:
    """Return whether the upload was loaded or refused."""
    return upload.state in _ENDED


def begin_upload(session: TenantSession, upload_id: uuid.UUID, run_id: str) -> Upload:
    """Mark an upload as processing, unless it has ended, and return it.

    Raises:
        PermanentError: The tenant has no such upload.
    """
    session.execute(
        """
        UPDATE core.upload SET state = 'processing', run_id = %s, updated_at = now()
        WHERE upload_id = %s AND state IN ('landed', 'processing')
        """,
        (run_id, upload_id),
    )
    return find_upload(session, upload_id)


def finish_upload(
    session: TenantSession,
    upload_id: uuid.UUID,
    *,
    format_name: str,
    counts: RowCounts,
    dates: tuple[date, date],
    rejects_key: str | None,
) -> None:
    """Record that an upload is loaded."""
    session.execute(
        """
        UPDATE core.upload SET
            state = 'loaded', format_name = %s,
            n_rows_read = %s, n_rows_accepted = %s, n_rows_rejected = %s,
            first_business_date = %s, last_business_date = %s,
            rejects_key = %s, updated_at = now()
        WHERE upload_id = %s
        """,
        (
            format_name,
            counts.n_read,
            counts.n_accepted,
            counts.n_rejected,
            *dates,
            rejects_key,
            upload_id,
        ),
    )


def refuse_upload(
    session: TenantSession,
    upload_id: uuid.UUID,
    *,
    code: str,
    message: str,
    format_name: str | None = None,
    n_rows: int | None = None,
    rejects_key: str | None = None,
) -> None:
    """Record that nothing of an upload was loaded, and why; an ended upload stays as it is.

    Args:
        session: The tenant's.
        upload_id: Which one.
        code: Stable machine-readable reason.
        message: What is wrong and what to do.
        format_name: The file's format, if it was recognised.
        n_rows: Rows of the file, all of which count as rejected, if they were read.
        rejects_key: Object key of the rejected rows, if there is one.
    """
    session.execute(
        """
        UPDATE core.upload SET
            state = 'refused', refusal_code = %s, refusal_message = %s, format_name = %s,
            n_rows_read = %s, n_rows_accepted = %s, n_rows_rejected = %s,
            rejects_key = %s, updated_at = now()
        WHERE upload_id = %s AND state IN ('landed', 'processing')
        """,
        (
            code,
            message,
            format_name,
            n_rows,
            None if n_rows is None else 0,
            n_rows,
            rejects_key,
            upload_id,
        ),
    )


def store_row_errors(
    session: TenantSession, tenant_id: uuid.UUID, upload_id: uuid.UUID, errors: pl.DataFrame
) -> None:
    """Store row errors (`ERROR_SCHEMA`) in their order."""
    session.execute(
        """
        INSERT INTO core.upload_row_error (
            tenant_id, upload_id, error_ordinal, row_number, column_name, value, code, message
        )
        SELECT %s, %s, error.ordinal, error.row_number, error.column_name, error.value, error.code,
            error.message
        FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[])
            WITH ORDINALITY AS error (row_number, column_name, value, code, message, ordinal)
        """,
        (tenant_id, upload_id, *(errors.get_column(name).to_list() for name in errors.columns)),
    )
