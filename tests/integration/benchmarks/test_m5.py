"""The M5 score against its published anchor."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from benchmarks.m5 import data_folder, day, read_sales, wrmsse
from tests.shared_data import shared

ORIGIN = 1885
PUBLISHED_LEVELS = [0.668, 0.725, 0.825, 0.754, 0.974, 0.835, 0.984, 0.921, 1.029, 1.114]


def test_seasonal_naive_scores_as_published() -> None:
    folder = data_folder(shared("data/m5"))
    week = pl.col("ds").is_between(day(ORIGIN - 6), day(ORIGIN))
    sales = read_sales(folder).filter(pl.col("ds") >= day(ORIGIN - 27))
    last = sales.filter(week).select("unique_id", "ds", pl.col("y").alias("y_hat"))
    naive = pl.concat(
        last.with_columns(pl.col("ds") + pl.duration(days=7 * ahead)) for ahead in range(1, 5)
    )

    score = wrmsse(naive, sales, folder, ORIGIN)

    assert score.overall == pytest.approx(0.9228, abs=5e-5)
    assert list(score.by_level.values())[:10] == pytest.approx(PUBLISHED_LEVELS, abs=6e-4)


def test_a_forecast_with_missing_days_is_refused() -> None:
    folder = data_folder(shared("data/m5"))
    sales = read_sales(folder, ("CA_1",))
    empty = sales.select("unique_id", "ds", pl.col("y").alias("y_hat")).clear()

    with pytest.raises(ValueError, match="lack days"):
        wrmsse(empty, sales, folder, ORIGIN, levels=(12,))


def test_a_folder_without_the_kit_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="pass the M5 folder"):
        data_folder(tmp_path)
