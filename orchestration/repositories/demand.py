"""Reading a tenant's demand from the marts.

Rows leave Postgres by COPY, which Polars parses some ten times faster than rows can be fetched.
"""

from __future__ import annotations

import io
from datetime import date

import polars as pl
from psycopg import sql

from ordernimbus.database.sessions import TenantReadSession

_DEMAND_SCHEMA = {
    "series_id": pl.String,
    "demand_date": pl.Date,
    "demand_units": pl.Float64,
    "unit_price_minor": pl.Float64,
    "is_promotion": pl.Float64,
    "stock_out_share": pl.Float64,
}
_SERIES_SCHEMA = {
    "series_id": pl.String,
    "product_key": pl.String,
    "sku": pl.String,
    "product_title": pl.String,
    "category": pl.String,
    "location_key": pl.String,
    "first_sale_date": pl.Date,
    "last_sale_date": pl.Date,
}


def read_demand(
    session: TenantReadSession, *, first_date: date | None = None, last_date: date | None = None
) -> pl.DataFrame:
    """Return the tenant's demand with both dates included.

    Returns:
        One row per (series_id, demand_date) that has any event, sorted; `demand_units` units/day;
        `unit_price_minor` and `is_promotion` (1.0/0.0) null where unknown; `stock_out_share` of
        the day in 0..1, null where stock is unknown.
    """
    conditions = sql.SQL("demand_date BETWEEN {} AND {}").format(
        sql.Literal(first_date or date(1900, 1, 1)), sql.Literal(last_date or date(2999, 1, 1))
    )
    query = sql.SQL(
        """
        SELECT
            series_id, demand_date, demand_units, unit_price_minor, is_promotion::int,
            stock_out_share
        FROM marts.fct_demand_daily
        WHERE {}
        ORDER BY series_id, demand_date
        """
    ).format(conditions)
    return copy_out(session, query, _DEMAND_SCHEMA)


def read_series(session: TenantReadSession) -> pl.DataFrame:
    """Return what is known of each series: one row per series_id, sorted.

    `first_sale_date` and `last_sale_date` span the days with demand above zero; a series that never
    sold is left out.
    """
    query = sql.SQL(
        """
        SELECT
            d.series_id, d.product_key, p.sku, p.product_title, p.category, d.location_key,
            d.first_sale_date, d.last_sale_date
        FROM (
            SELECT
                series_id, product_key, location_key,
                min(demand_date) AS first_sale_date, max(demand_date) AS last_sale_date
            FROM marts.fct_demand_daily
            WHERE demand_units > 0
            GROUP BY series_id, product_key, location_key
        ) AS d
        JOIN marts.dim_product AS p USING (product_key)
        ORDER BY d.series_id
        """
    )
    return copy_out(session, query, _SERIES_SCHEMA)


def last_demand_date(session: TenantReadSession) -> date | None:
    """Return the newest day with any demand row, or None where there is none."""
    row = session.execute("SELECT max(demand_date) FROM marts.fct_demand_daily").fetchone()
    return None if row is None else row[0]


def copy_out(
    session: TenantReadSession, query: sql.Composable, schema: dict[str, type[pl.DataType]]
) -> pl.DataFrame:
    """Return the rows of `query` as a frame with the columns and dtypes of `schema`, in order."""
    copy = sql.SQL("COPY ({}) TO STDOUT WITH (FORMAT csv, HEADER true)").format(query)
    buffer = io.BytesIO()
    with session.cursor() as cursor, cursor.copy(copy) as rows:
        for block in rows:
            buffer.write(block)
    buffer.seek(0)
    return pl.read_csv(buffer, schema=schema)
