"""Reads uploads and their rejected rows of the session's tenant; landing writes them."""

from __future__ import annotations

import uuid
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from ordernimbus.database.sessions import TenantReadSession

_SELECT = sql.SQL(
    """
    SELECT
        u.upload_id, u.upload_seq, u.file_name, u.size_bytes, u.state, u.format_name,
        u.n_rows_read, u.n_rows_accepted, u.n_rows_rejected,
        u.first_business_date, u.last_business_date, u.rejects_key,
        u.rejects_key IS NOT NULL AS has_rejects_file,
        u.refusal_code, u.refusal_message, u.created_at, u.updated_at,
        u.state = 'loaded' AND EXISTS (
            SELECT 1
            FROM serving.current_vintage AS c
            INNER JOIN serving.vintage AS v USING (tenant_id, vintage_id)
            WHERE v.data_watermark_seq >= u.upload_seq
        ) AS is_in_forecast
    FROM core.upload AS u
    """
)


def list_uploads(
    session: TenantReadSession, *, state: str | None, before_seq: int | None, limit: int
) -> list[dict[str, Any]]:
    """Return up to `limit` uploads, newest first, that arrived before `before_seq`."""
    query = sql.SQL(
        """
        {}
        WHERE (%(state)s::text IS NULL OR u.state = %(state)s)
            AND (%(before_seq)s::bigint IS NULL OR u.upload_seq < %(before_seq)s)
        ORDER BY u.upload_seq DESC
        LIMIT %(limit)s
        """
    ).format(_SELECT)
    with session.cursor(row_factory=dict_row) as cursor:
        cursor.execute(query, {"state": state, "before_seq": before_seq, "limit": limit})
        return cursor.fetchall()


def find_upload(session: TenantReadSession, upload_id: uuid.UUID) -> dict[str, Any] | None:
    """Return one upload, or None."""
    query = sql.SQL("{} WHERE u.upload_id = %s").format(_SELECT)
    with session.cursor(row_factory=dict_row) as cursor:
        cursor.execute(query, (upload_id,))
        return cursor.fetchone()


def list_row_errors(
    session: TenantReadSession, upload_id: uuid.UUID, *, after_ordinal: int, limit: int
) -> list[dict[str, Any]]:
    """Return up to `limit` rejected rows of an upload after `after_ordinal`, in file order."""
    with session.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            """
            SELECT error_ordinal, row_number AS row, column_name AS column, value, code, message
            FROM core.upload_row_error
            WHERE upload_id = %s AND error_ordinal > %s
            ORDER BY error_ordinal
            LIMIT %s
            """,
            (upload_id, after_ordinal, limit),
        )
        return cursor.fetchall()
