"""Seasonal naive repeats the last week."""

from __future__ import annotations

import numpy as np

from ml.benchmark import seasonal_naive


def test_the_last_week_repeats() -> None:
    y = np.arange(21, dtype=np.float32)[None, :]

    found = seasonal_naive(y, column=20, horizon=10, season_days=7)

    assert found[0].tolist() == [14, 15, 16, 17, 18, 19, 20, 14, 15, 16]


def test_an_unknown_day_is_read_from_the_week_before() -> None:
    y = np.arange(14, dtype=np.float32)[None, :]
    y[0, 10] = np.nan

    found = seasonal_naive(y, column=13, horizon=7, season_days=7)

    assert found[0].tolist() == [7, 8, 9, 3, 11, 12, 13]


def test_a_series_younger_than_a_week_forecasts_zero() -> None:
    y = np.full((1, 3), 5.0, dtype=np.float32)

    assert seasonal_naive(y, column=2, horizon=7, season_days=7).sum() == 0.0
