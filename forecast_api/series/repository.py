"""Reads the series catalogue (`serving.series`) of the session's tenant."""

from __future__ import annotations

from typing import Any, Literal

from psycopg import sql
from psycopg.rows import dict_row

from forecast_api.cursors import Position
from forecast_api.series.filters import SeriesFilter
from ordernimbus.database.sessions import TenantReadSession

SeriesOrder = Literal["volume", "series_id"]

_COLUMNS = sql.SQL(
    """
    s.series_id, s.product_key, s.sku, s.product_title, s.category, s.location_key,
    s.series_class, s.first_sale_date, s.last_sale_date, s.n_days, s.mean_daily_units
    """
)
_AFTER = {
    "volume": sql.SQL(
        "(s.mean_daily_units < %(units)s"
        " OR (s.mean_daily_units = %(units)s AND s.series_id > %(series_id)s))"
    ),
    "series_id": sql.SQL("s.series_id > %(series_id)s"),
}
_ORDER = {
    "volume": sql.SQL("s.mean_daily_units DESC, s.series_id"),
    "series_id": sql.SQL("s.series_id"),
}


def list_series(
    session: TenantReadSession,
    wanted: SeriesFilter,
    order: SeriesOrder,
    *,
    after: Position | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Return up to `limit` series in `order`, without their history.

    Args:
        session: Whose tenant's series.
        wanted: Which series.
        order: `volume` (most sold first) or `series_id`.
        after: (mean_daily_units, series_id) of the row before the first one wanted.
        limit: Most rows.
    """
    condition, values = wanted.conditions()
    parameters: dict[str, Any] = {**values, "limit": limit}
    if after is not None:
        condition = sql.SQL("{} AND {}").format(condition, _AFTER[order])
        parameters |= {"units": after[0], "series_id": after[1]}
    query = sql.SQL(
        "SELECT {} FROM serving.series AS s WHERE {} ORDER BY {} LIMIT %(limit)s"
    ).format(_COLUMNS, condition, _ORDER[order])
    with session.cursor(row_factory=dict_row) as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()


def find_series(session: TenantReadSession, series_id: str, n_days: int) -> dict[str, Any] | None:
    """Return one series with its last `n_days` days of history, or None."""
    query = sql.SQL(
        """
        SELECT
            {},
            s.history_start_date
                + greatest(cardinality(s.history_units) - %(n_days)s, 0) AS history_start_date,
            s.history_units[greatest(cardinality(s.history_units) - %(n_days)s, 0) + 1:]
                AS history_units
        FROM serving.series AS s
        WHERE s.series_id = %(series_id)s
        """
    ).format(_COLUMNS)
    with session.cursor(row_factory=dict_row) as cursor:
        cursor.execute(query, {"series_id": series_id, "n_days": n_days})
        return cursor.fetchone()


def list_locations(session: TenantReadSession) -> list[str]:
    """Return every location with a series, in order."""
    rows = session.execute("SELECT DISTINCT location_key FROM serving.series ORDER BY 1").fetchall()
    return [row[0] for row in rows]
