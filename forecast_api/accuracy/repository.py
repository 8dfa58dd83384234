"""Reads accuracy measurements of the session's tenant."""

from __future__ import annotations

from typing import Any

from psycopg.rows import dict_row

from ordernimbus.database.sessions import TenantReadSession

ALL_SERIES = ""


def list_measured_series(session: TenantReadSession, *, after: str | None, limit: int) -> list[str]:
    """Return up to `limit` series with a measurement, in order, after the series `after`."""
    rows = session.execute(
        """
        SELECT DISTINCT series_id FROM serving.accuracy
        WHERE series_id > %s
        ORDER BY series_id
        LIMIT %s
        """,
        (after or ALL_SERIES, limit),
    ).fetchall()
    return [row[0] for row in rows]


def latest_measurements(session: TenantReadSession, series_ids: list[str]) -> list[dict[str, Any]]:
    """Return the latest measurement of each series and kind of evidence.

    Args:
        session: Whose tenant's measurements.
        series_ids: Which series; `ALL_SERIES` stands for all of them together.

    Returns:
        One row per (series_id, evidence); `served` comes before `backtest`.
    """
    with session.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            """
            SELECT DISTINCT ON (series_id, evidence)
                series_id, evidence, vintage_id, from_date, to_date, n_days, actual_units,
                100 * wape AS wape_pct, bias_pct, rmsse,
                100 * coverage_80 AS coverage_80_pct, 100 * coverage_95 AS coverage_95_pct,
                100 * seasonal_naive_wape AS seasonal_naive_wape_pct, seasonal_naive_rmsse
            FROM serving.accuracy
            WHERE series_id = ANY(%s)
            ORDER BY series_id, evidence DESC, to_date DESC, measured_at DESC
            """,
            (series_ids,),
        )
        return cursor.fetchall()


def series_exists(session: TenantReadSession, series_id: str) -> bool:
    """Return whether the catalogue has the series."""
    found = session.execute("SELECT 1 FROM serving.series WHERE series_id = %s", (series_id,))
    return found.fetchone() is not None
