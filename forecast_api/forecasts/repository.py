"""Reads vintages and forecasts of the session's tenant; one row holds one series' whole horizon."""

from __future__ import annotations

import uuid
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from forecast_api.series.filters import SeriesFilter
from ordernimbus.database.sessions import TenantReadSession

_VINTAGE = sql.SQL(
    """
    SELECT
        v.vintage_id, v.cutoff_date, v.published_at, v.horizon_days, v.model_version, v.n_series,
        v.quantiles AS stored_quantiles, v.data_watermark_seq
    FROM serving.vintage AS v
    """
)


def current_vintage(session: TenantReadSession) -> dict[str, Any] | None:
    """Return the vintage that is served now, or None before the first one."""
    query = sql.SQL("{} INNER JOIN serving.current_vintage AS c USING (tenant_id, vintage_id)")
    with session.cursor(row_factory=dict_row) as cursor:
        cursor.execute(query.format(_VINTAGE))
        return cursor.fetchone()


def find_vintage(session: TenantReadSession, vintage_id: uuid.UUID) -> dict[str, Any] | None:
    """Return one vintage, current or earlier."""
    query = sql.SQL("{} WHERE v.vintage_id = %s").format(_VINTAGE)
    with session.cursor(row_factory=dict_row) as cursor:
        cursor.execute(query, (vintage_id,))
        return cursor.fetchone()


def list_forecasts(
    session: TenantReadSession,
    vintage_id: uuid.UUID,
    wanted: SeriesFilter,
    *,
    series_id: str | None,
    after_series_id: str | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Return up to `limit` forecasts of one vintage, ordered by series.

    Args:
        session: Whose tenant's forecasts.
        vintage_id: Which vintage.
        wanted: Which series, by their catalogue entries.
        series_id: Only this series.
        after_series_id: The series before the first one wanted.
        limit: Most rows.

    Returns:
        One row per series; `quantile_units` has shape (n_quantiles, n_days).
    """
    condition, values = wanted.conditions()
    parameters: dict[str, Any] = {**values, "vintage_id": vintage_id, "limit": limit}
    conditions = [sql.SQL("f.vintage_id = %(vintage_id)s"), condition]
    if series_id is not None:
        conditions.append(sql.SQL("f.series_id = %(series_id)s"))
        parameters["series_id"] = series_id
    if after_series_id is not None:
        conditions.append(sql.SQL("f.series_id > %(after_series_id)s"))
        parameters["after_series_id"] = after_series_id
    query = sql.SQL(
        """
        SELECT
            f.series_id, s.product_key, s.sku, s.product_title, s.location_key, f.method, f.reason,
            f.start_date, f.mean_units, f.quantile_units
        FROM serving.forecast AS f
        INNER JOIN serving.series AS s USING (tenant_id, series_id)
        WHERE {}
        ORDER BY f.series_id
        LIMIT %(limit)s
        """
    ).format(sql.SQL(" AND ").join(conditions))
    with session.cursor(row_factory=dict_row) as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()
