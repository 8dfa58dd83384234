"""Seeded sales frames for tests of the forecasting room.

What belongs here: small synthetic histories with a known shape. What stays out: assertions.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl

from ml.config import EngineConfig

FIRST_DAY = date(2023, 1, 2)
TINY = EngineConfig(
    n_trees=12, n_leaves=15, max_train_rows=20_000, min_train_rows=500, min_bin_rows=100
)


def day(offset: int) -> date:
    """Return the day `offset` days after the first."""
    return FIRST_DAY + timedelta(days=offset)


def series(unique_id: str, values: Sequence[float | None], *, start: int = 0) -> pl.DataFrame:
    """Return one series with a row for each value, from day `start` on."""
    return pl.DataFrame(
        {
            "unique_id": [unique_id] * len(values),
            "ds": [day(start + offset) for offset in range(len(values))],
            "y": values,
        },
        schema={"unique_id": pl.String, "ds": pl.Date, "y": pl.Float64},
    )


def store(n_series: int, n_days: int, *, seed: int = 0) -> pl.DataFrame:
    """Return Poisson sales with a weekly rhythm, a price and promotions that lift sales."""
    generator = np.random.default_rng(seed)
    weekday = np.array([0.8, 0.8, 0.9, 1.0, 1.3, 1.5, 0.7])[np.arange(n_days) % 7]
    parts = []
    for number in range(n_series):
        level = float(np.exp(generator.normal(0.5, 1.0)))
        promotion = (generator.random(n_days) < 0.1).astype(float)
        units = generator.poisson(level * weekday * (1 + promotion)).astype(float)
        parts.append(
            series(f"sku-{number:03d}", units.tolist()).with_columns(
                pl.lit(2.0 + number % 5).alias("price"), pl.Series("promotion", promotion)
            )
        )
    return pl.concat(parts)


def traits(history: pl.DataFrame) -> pl.DataFrame:
    """Return a category for every series of a history."""
    ids = history.select("unique_id").unique().sort("unique_id")
    return ids.with_columns(
        pl.when(pl.int_range(pl.len()) % 2 == 0)
        .then(pl.lit("food"))
        .otherwise(pl.lit("toys"))
        .alias("category")
    )
