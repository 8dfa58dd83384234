"""The one place where business names become forecasting names, and back.

What belongs here: renaming, unit conversion and array packing between marts, `ml` and serving.
What stays out: SQL (repositories), features and models (`ml`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from ml.metrics import quantile_column
from ml.schema import STOCK_OUT_SHARE, Covariates

COVARIATES = Covariates(
    static=("product", "location", "category"),
    historical=(STOCK_OUT_SHARE,),
    future=("price", "promotion"),
)
# Demand as far as it is known: a day that was sold out from open to close tells nothing.
OBSERVED_UNITS = pl.when(pl.col(STOCK_OUT_SHARE).fill_null(0.0) < 1.0).then(pl.col("y"))
HISTORY_DAYS_SERVED = 400
_SERVED_DECIMALS = 4


@dataclass(frozen=True)
class TrainingFrames:
    """What `ml` learns from.

    Attributes:
        history: One row per (unique_id, ds); `y` units sold/day, `stock_out_share` of the day
            (null where stock is unknown), `price` in minor currency units and `promotion`
            (1.0/0.0), null where unknown.
        static: One row per unique_id with `product`, `location`, `category`.
    """

    history: pl.DataFrame
    static: pl.DataFrame


def training_frames(demand: pl.DataFrame, series: pl.DataFrame) -> TrainingFrames:
    """Return a tenant's demand in forecasting terms.

    Args:
        demand: As from `repositories.demand.read_demand`.
        series: As from `repositories.demand.read_series`; demand of other series is left out.
    """
    # A row before the first sale stays: the product was on offer, and nobody bought it.
    history = demand.join(series.select("series_id"), on="series_id", how="semi")
    return TrainingFrames(
        history=history.select(
            pl.col("series_id").alias("unique_id"),
            pl.col("demand_date").alias("ds"),
            pl.col("demand_units").alias("y"),
            pl.col("stock_out_share").alias(STOCK_OUT_SHARE),
            pl.col("unit_price_minor").alias("price"),
            pl.col("is_promotion").alias("promotion"),
        ),
        static=series.select(
            pl.col("series_id").alias("unique_id"),
            pl.col("product_key").alias("product"),
            pl.col("location_key").alias("location"),
            pl.col("category").fill_null("unknown").alias("category"),
        ),
    )


def quantile_columns(quantiles: tuple[float, ...]) -> list[str]:
    """Return the forecast frame's column of each quantile, for example `q0.05`."""
    return [quantile_column(quantile) for quantile in quantiles]


def serving_forecasts(forecasts: pl.DataFrame, quantiles: tuple[float, ...]) -> pl.DataFrame:
    """Return forecasts packed to one row per series.

    Args:
        forecasts: From `ml.engine.forecast`: one row per (unique_id, step), with a column per
            quantile.
        quantiles: The vintage's quantiles, ascending.

    Returns:
        One row per series_id, sorted: `start_date`, `mean_units` and `quantile_units` as Postgres
        array literals (the latter one row per quantile), `method`, `reason`, `series_class`.
    """
    columns = quantile_columns(quantiles)
    packed = (
        forecasts.sort("unique_id", "step")
        .group_by("unique_id", maintain_order=True)
        .agg(
            pl.col("ds").first().alias("start_date"),
            *[_array_literal(column) for column in ("y_hat", *columns)],
            pl.col("method", "reason", "series_class").first(),
        )
    )
    return packed.select(
        pl.col("unique_id").alias("series_id"),
        "start_date",
        pl.col("y_hat").alias("mean_units"),
        pl.concat_str([pl.lit("{"), pl.concat_str(columns, separator=","), pl.lit("}")]).alias(
            "quantile_units"
        ),
        "method",
        "reason",
        "series_class",
    )


def serving_series(
    history: pl.DataFrame, series: pl.DataFrame, classes: pl.DataFrame, cutoff: date
) -> pl.DataFrame:
    """Return the series catalogue with each series' recent demand as an array.

    Args:
        history: `TrainingFrames.history`.
        series: As from `repositories.demand.read_series`.
        classes: `series_id`, `series_class`.
        cutoff: Last day of history.

    Returns:
        One row per series_id, sorted, with `history_start_date` and `history_units` (a Postgres
        array literal: days without a row are 0, days of unknown demand NULL).
    """
    oldest = cutoff - timedelta(days=HISTORY_DAYS_SERVED - 1)
    span = series.select(
        "series_id",
        pl.max_horizontal(pl.col("first_sale_date"), pl.lit(oldest)).alias("history_start_date"),
    ).filter(pl.col("history_start_date") <= cutoff)
    known = history.select(
        pl.col("unique_id").alias("series_id"),
        pl.col("ds").alias("demand_date"),
        OBSERVED_UNITS.alias("y"),
        pl.lit(value=True).alias("has_row"),
    )
    days = (
        span.with_columns(pl.date_ranges("history_start_date", pl.lit(cutoff)).alias("demand_date"))
        .explode("demand_date")
        .join(known, on=["series_id", "demand_date"], how="left")
        .with_columns(pl.when(pl.col("has_row")).then(pl.col("y")).otherwise(0.0).alias("units"))
    )
    arrays = (
        days.sort("series_id", "demand_date")
        .group_by("series_id", maintain_order=True)
        .agg(
            pl.col("history_start_date").first(),
            pl.col("units").mean().fill_null(0.0).alias("mean_daily_units"),
            _array_literal("units").alias("history_units"),
        )
    )
    n_days = (pl.lit(cutoff) - pl.col("first_sale_date")).dt.total_days().cast(pl.Int32) + 1
    return (
        series.join(arrays, on="series_id")
        .join(classes, on="series_id")
        .with_columns(n_days.alias("n_days"))
        .sort("series_id")
    )


def _array_literal(column: str) -> pl.Expr:
    values = pl.col(column).round(_SERVED_DECIMALS).cast(pl.String).fill_null("NULL")
    return pl.concat_str([pl.lit("{"), values.str.join(","), pl.lit("}")]).alias(column)
