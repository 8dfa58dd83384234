"""Publishing to the serving schema, and reading published vintages back for their accuracy.

A vintage becomes visible by one commit: its forecasts, the series catalogue, its accuracy and the
pointer to it change together, so that readers see the old vintage or the new one, never a mix.
Published rows are never updated; the pipeline's role has no right to.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import polars as pl
from psycopg import sql
from psycopg.rows import class_row

from orchestration.repositories.demand import copy_out
from ordernimbus.database.sessions import TenantReadSession, TenantSession

_FORECAST_COLUMNS = (
    "series_id", "start_date", "mean_units", "quantile_units", "method", "reason",
)  # fmt: skip
_SERIES_COLUMNS = (
    "series_id", "product_key", "sku", "product_title", "category", "location_key",
    "series_class", "first_sale_date", "last_sale_date", "n_days", "mean_daily_units",
    "history_start_date", "history_units",
)  # fmt: skip
ACCURACY_COLUMNS = (
    "series_id", "evidence", "from_date", "to_date", "n_days", "actual_units", "wape", "bias_pct",
    "rmsse", "coverage_80", "coverage_95", "seasonal_naive_wape", "seasonal_naive_rmsse",
)  # fmt: skip


@dataclass(frozen=True)
class Vintage:
    """One published set of forecasts, with everything needed to say where it came from.

    Attributes:
        cutoff_date: Last day of demand it knew.
        data_watermark_seq: Newest upload whose rows it knew.
        run_id: Dagster run that made it; publishing twice from one run is one vintage.
    """

    vintage_id: UUID
    cutoff_date: date
    horizon_days: int
    quantiles: list[float]
    model_version: int
    model_sha256: str
    code_version: str
    data_watermark_seq: int
    n_series: int
    run_id: str


def lock_publishing(session: TenantSession, tenant_id: UUID) -> None:
    """Wait until no other transaction publishes for this tenant; readers go on meanwhile."""
    session.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"publish/{tenant_id}",)
    )


def publish_vintage(
    session: TenantSession,
    tenant_id: UUID,
    vintage: Vintage,
    *,
    forecasts: pl.DataFrame,
    series: pl.DataFrame,
    accuracy: pl.DataFrame,
) -> None:
    """Write a vintage whole and point readers at it, within the caller's transaction.

    Args:
        session: Its commit makes the vintage visible; it holds the tenant's publishing lock.
        tenant_id: Whose vintage it is.
        vintage: Its header.
        forecasts: As from `frames.serving_forecasts`.
        series: As from `frames.serving_series`; series that are not in it leave the catalogue.
        accuracy: Columns `ACCURACY_COLUMNS`; series_id '' is all series together.
    """
    session.execute(
        """
        INSERT INTO serving.vintage (
            tenant_id, vintage_id, cutoff_date, horizon_days, quantiles, model_version,
            model_sha256, code_version, data_watermark_seq, n_series, run_id
        ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            tenant_id,
            vintage.vintage_id,
            vintage.cutoff_date,
            vintage.horizon_days,
            vintage.quantiles,
            vintage.model_version,
            vintage.model_sha256,
            vintage.code_version,
            vintage.data_watermark_seq,
            vintage.n_series,
            vintage.run_id,
        ),
    )
    constants = {"tenant_id": tenant_id, "vintage_id": vintage.vintage_id}
    copy_in(session, "serving.forecast", forecasts.select(_FORECAST_COLUMNS), constants)
    session.execute("DELETE FROM serving.series")
    copy_in(session, "serving.series", series.select(_SERIES_COLUMNS), constants)
    copy_in(session, "serving.accuracy", accuracy.select(ACCURACY_COLUMNS), constants)
    session.execute(
        """
        INSERT INTO serving.current_vintage (tenant_id, vintage_id) VALUES (%s, %s)
        ON CONFLICT (tenant_id)
        DO UPDATE SET vintage_id = excluded.vintage_id, updated_at = now()
        """,
        (tenant_id, vintage.vintage_id),
    )


def current_vintage(session: TenantReadSession) -> Vintage | None:
    """Return the vintage that readers see, or None before the first."""
    with session.cursor(row_factory=class_row(Vintage)) as cursor:
        cursor.execute(
            """
            SELECT
                v.vintage_id, v.cutoff_date, v.horizon_days, v.quantiles, v.model_version,
                v.model_sha256, v.code_version, v.data_watermark_seq, v.n_series, v.run_id
            FROM serving.current_vintage AS c
            JOIN serving.vintage AS v USING (tenant_id, vintage_id)
            """
        )
        return cursor.fetchone()


def read_served_forecasts(session: TenantReadSession, *, since: date) -> pl.DataFrame:
    """Return forecasts of vintages whose horizon reached `since` or later, one row per day.

    Returns:
        One row per (vintage_id, series_id, target_date): `mean_units` and the 80 % and 95 % band
        limits `q0.1`, `q0.9`, `q0.025`, `q0.975`.
    """
    bands = sql.SQL(", ").join(
        sql.SQL(
            "f.quantile_units[array_position(v.quantiles, {}::double precision)][d.step] AS {}"
        ).format(sql.Literal(quantile), sql.Identifier(f"q{quantile:g}"))
        for quantile in (0.025, 0.1, 0.9, 0.975)
    )
    query = sql.SQL(
        """
        SELECT
            v.vintage_id, v.cutoff_date, f.series_id, f.start_date + d.step - 1 AS target_date,
            f.mean_units[d.step] AS mean_units, {bands}
        FROM serving.vintage AS v
        JOIN serving.forecast AS f USING (tenant_id, vintage_id)
        CROSS JOIN generate_series(1, v.horizon_days) AS d (step)
        WHERE v.cutoff_date + v.horizon_days >= {since}
        """
    ).format(bands=bands, since=sql.Literal(since))
    return copy_out(
        session,
        query,
        {
            "vintage_id": pl.String,
            "cutoff_date": pl.Date,
            "series_id": pl.String,
            "target_date": pl.Date,
            "mean_units": pl.Float64,
            "q0.025": pl.Float64,
            "q0.1": pl.Float64,
            "q0.9": pl.Float64,
            "q0.975": pl.Float64,
        },
    )


def add_accuracy(session: TenantSession, tenant_id: UUID, accuracy: pl.DataFrame) -> int:
    """Add measured accuracy of served vintages; what is there already stays.

    Args:
        session: Write session of the tenant.
        tenant_id: Whose accuracy it is.
        accuracy: `vintage_id` and `ACCURACY_COLUMNS`.

    Returns:
        How many rows were new.
    """
    columns = ("vintage_id", *ACCURACY_COLUMNS)
    return copy_in(
        session,
        "serving.accuracy",
        accuracy.select(columns),
        {"tenant_id": tenant_id},
        on_conflict="ON CONFLICT DO NOTHING",
    )


def copy_in(
    session: TenantSession,
    table: str,
    rows: pl.DataFrame,
    constants: dict[str, UUID],
    *,
    on_conflict: str = "",
) -> int:
    """Append `rows` with `constants` added to `table`, and return how many were written.

    COPY is refused on tables under row-level security, hence the detour over a temporary table.
    """
    target = sql.SQL(".").join(sql.Identifier(part) for part in table.split("."))
    staging = sql.Identifier(f"staged_{table.replace('.', '_')}")
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in rows.columns)
    session.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA"
        ).format(staging, columns, target)
    )
    copy = sql.SQL("COPY {} ({}) FROM STDIN WITH (FORMAT csv)").format(staging, columns)
    buffer = io.BytesIO()
    rows.write_csv(buffer, include_header=False, quote_style="non_numeric", null_value="")
    with session.cursor() as cursor, cursor.copy(copy) as target_copy:
        target_copy.write(buffer.getvalue())
    written = session.execute(
        sql.SQL("INSERT INTO {} ({}, {}) SELECT {}, {} FROM {} {}").format(
            target,
            sql.SQL(", ").join(sql.Identifier(name) for name in constants),
            columns,
            sql.SQL(", ").join(sql.Literal(value) for value in constants.values()),
            columns,
            staging,
            sql.SQL(on_conflict),
        )
    )
    return written.rowcount
