"""Seasonal naive repeats the last week."""

from __future__ import annotations

import numpy as np

from ml.benchmark import seasonal_naive


def test_the_last_week_repeats() -> None:
    y = np.arange(21, dtype=np.float32)[None, :]

    found = seasonal_naive(y, column=20, horizon=10, season=7)

    assert found[0].tolist() == [14, 15, 16, 17, 18, 19, 20, 14, 15, 16]


def test_an_unknown_day_is_read_from_the_week_before() -> None:
    y = np.arange(14, dtype=np.float32)[None, :]
    y[0, 10] = np.nan

    found = seasonal_naive(y, column=13, horizon=7, season=7)

    assert found[0].tolist() == [7, 8, 9, 3, 11, 12, 13]


def test_a_series_younger_than_a_season_repeats_its_latest_value() -> None:
    y = np.array([[4.0, 5.0, np.nan]], dtype=np.float32)

    assert seasonal_naive(y, column=2, horizon=7, season=7).tolist() == [[5.0] * 7]


def test_a_series_never_known_forecasts_zero() -> None:
    y = np.full((1, 20), np.nan, dtype=np.float32)

    assert seasonal_naive(y, column=19, horizon=7, season=7).sum() == 0.0
