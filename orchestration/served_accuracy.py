"""How good served vintages turned out to be, as actual demand arrives.

What belongs here: comparing published forecasts with demand that came later.
What stays out: metric formulas' siblings for backtests (`ml.metrics`), SQL.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from orchestration.champions import TenantHistory
from orchestration.frames import OBSERVED_UNITS
from orchestration.repositories import serving
from orchestration.resources import Platform
from ordernimbus.tenancy import Tenant

MINIMUM_DAYS = 7


def served_accuracy(forecasts: pl.DataFrame, history: TenantHistory) -> pl.DataFrame:
    """Return accuracy of vintages on the days that have passed since their cutoff.

    Args:
        forecasts: From `repositories.serving.read_served_forecasts`.
        history: Demand up to its cutoff; a day without a row is a day without demand, a day of
            unknown demand is left out.

    Returns:
        Rows in serving's accuracy columns plus `vintage_id`, one per vintage and series and one
        per vintage with series_id ''; only vintages with at least `MINIMUM_DAYS` passed days.
        Scaled errors are null: the scale belongs to the backtest.
    """
    actual = history.frames.history.select(
        pl.col("unique_id").alias("series_id"),
        pl.col("ds").alias("target_date"),
        OBSERVED_UNITS.alias("y"),
    ).with_columns(pl.lit(value=True).alias("has_row"))
    compared = (
        forecasts.filter(pl.col("target_date") <= history.cutoff)
        .join(actual, on=["series_id", "target_date"], how="left")
        .with_columns(pl.when(pl.col("has_row")).then(pl.col("y")).otherwise(0.0).alias("y"))
        .filter(pl.col("y").is_not_null())
    )
    overall = compared.with_columns(pl.lit("").alias("series_id"))
    error = pl.col("mean_units") - pl.col("y")
    units = pl.col("y").sum()
    return (
        pl.concat([compared, overall])
        .group_by("vintage_id", "series_id")
        .agg(
            pl.lit("served").alias("evidence"),
            pl.col("target_date").min().alias("from_date"),
            pl.col("target_date").max().alias("to_date"),
            pl.col("target_date").n_unique().cast(pl.Int32).alias("n_days"),
            units.alias("actual_units"),
            pl.when(units > 0).then(error.abs().sum() / units).alias("wape"),
            pl.when(units > 0).then(100.0 * error.sum() / units).alias("bias_pct"),
            pl.lit(None, dtype=pl.Float64).alias("rmsse"),
            pl.col("y").is_between(pl.col("q0.1"), pl.col("q0.9")).mean().alias("coverage_80"),
            pl.col("y").is_between(pl.col("q0.025"), pl.col("q0.975")).mean().alias("coverage_95"),
            pl.lit(None, dtype=pl.Float64).alias("seasonal_naive_wape"),
            pl.lit(None, dtype=pl.Float64).alias("seasonal_naive_rmsse"),
        )
        .filter(pl.col("n_days") >= MINIMUM_DAYS)
        .sort("vintage_id", "series_id")
    )


def measure_served_vintages(
    platform: Platform, tenant: Tenant, history: TenantHistory
) -> pl.DataFrame:
    """Measure and store the accuracy of recent vintages, and return it.

    Repeating it adds nothing new: a vintage, a series and an end date are measured once.
    """
    since = history.cutoff - timedelta(days=MINIMUM_DAYS)
    with platform.database.tenant_read_session(tenant.tenant_id) as session:
        forecasts = serving.read_served_forecasts(session, since=since)
    accuracy = served_accuracy(forecasts, history)
    with platform.database.tenant_session(tenant.tenant_id) as session:
        serving.add_accuracy(session, tenant.tenant_id, accuracy)
    return accuracy
