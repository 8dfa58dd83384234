"""Sums of past forecasts give the tables their errors ask for."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from ml.grain import DAILY
from ml.panel import Panel, build_panel
from ml.points import LIGHTGBM, ZERO
from ml.schema import Covariates
from ml.sum_calibration import (
    KNOT_DAYS,
    MAX_DAYS,
    SumCalibration,
    extend_forecasts,
    fit_sum_calibration,
)
from tests.sales_frames import day, series

N_SERIES = 200
N_DAYS = 120


def _panel(values: list[list[float | None]]) -> Panel:
    return build_panel(
        pl.concat([series(f"s{row:03d}", units) for row, units in enumerate(values)]),
        cutoff=day(len(values[0]) - 1),
        horizon=28,
        covariates=Covariates(),
        static=None,
        future=None,
        grain=DAILY,
        max_history=500,
    )


def _window(cutoff: int, y_hat: float, method: str = LIGHTGBM) -> pl.DataFrame:
    ahead = pl.DataFrame({"ds": [day(cutoff + step) for step in range(1, 29)]})
    ids = pl.DataFrame({"unique_id": [f"s{row:03d}" for row in range(N_SERIES)]})
    return ids.join(ahead, how="cross").with_columns(
        pl.lit(day(cutoff)).alias("cutoff"),
        pl.lit(y_hat).alias("y_hat"),
        pl.lit(method).alias("method"),
    )


def _fit(forecasts: pl.DataFrame, panel: Panel) -> SumCalibration:
    return fit_sum_calibration(forecasts, panel, quantiles=(0.1, 0.5, 0.9), seed=1)


def test_a_forecast_half_of_what_came_gets_ratios_of_two() -> None:
    panel = _panel([[4.0] * N_DAYS] * N_SERIES)

    tables = _fit(_window(N_DAYS - 29, 2.0), panel).tables["lightgbm"]

    assert [table.days for table in tables] == [1, 3, 7, 14, 21, 28]
    assert np.array(tables[-1].ratios) == pytest.approx(2.0)


def test_an_earlier_window_is_judged_by_all_days_after_it() -> None:
    panel = _panel([[4.0] * N_DAYS] * N_SERIES)

    tables = _fit(_window(N_DAYS - 1 - 90, 4.0), panel).tables["lightgbm"]

    assert [table.days for table in tables] == list(KNOT_DAYS)
    assert np.array(tables[-1].ratios) == pytest.approx(1.0)


def test_ratios_ascend_with_the_quantile() -> None:
    generator = np.random.default_rng(3)
    panel = _panel([generator.poisson(3.0, N_DAYS).astype(float).tolist() for _ in range(N_SERIES)])

    tables = _fit(_window(N_DAYS - 29, 3.0), panel).tables["lightgbm"]

    assert all((np.diff(table.ratios, axis=1) >= 0).all() for table in tables)


def test_longer_sums_of_independent_days_err_less() -> None:
    generator = np.random.default_rng(3)
    panel = _panel([generator.poisson(3.0, N_DAYS).astype(float).tolist() for _ in range(N_SERIES)])

    tables = _fit(_window(N_DAYS - 29, 3.0), panel).tables["lightgbm"]

    widths = [float(np.ptp(table.ratios[0])) for table in tables]
    assert widths[0] > 3 * widths[-1]


def test_unknown_days_are_left_out_of_both_sides() -> None:
    units: list[float | None] = [4.0] * N_DAYS
    units[-3] = None
    panel = _panel([units] * N_SERIES)

    tables = _fit(_window(N_DAYS - 29, 4.0), panel).tables["lightgbm"]

    assert np.array(tables[-1].ratios) == pytest.approx(1.0)


def test_dead_series_teach_nothing() -> None:
    panel = _panel([[4.0] * N_DAYS] * N_SERIES)

    found = _fit(_window(N_DAYS - 29, 4.0, ZERO), panel)

    assert found.tables["fallback"][0].n_rows == 0


def test_no_window_at_all_gives_assumed_tables_that_narrow_with_length() -> None:
    found = _fit(pl.DataFrame(), _panel([[4.0] * N_DAYS])).tables["lightgbm"]

    widths = [float(np.ptp(table.ratios[-1])) for table in found]
    assert [table.days for table in found] == list(KNOT_DAYS)
    assert widths[0] > 1.5 * widths[-1]


def test_an_extended_forecast_keeps_its_weekdays() -> None:
    week = np.arange(7, dtype=np.float32)

    found = extend_forecasts(np.tile(week, 4)[None, :])

    assert found.shape == (1, MAX_DAYS)
    assert found[0].tolist() == np.tile(week, 13)[:MAX_DAYS].tolist()


def test_a_horizon_that_is_no_whole_week_continues_on_the_right_weekday() -> None:
    week = np.arange(7, dtype=np.float32)

    found = extend_forecasts(np.tile(week, 5)[None, :30])

    assert found[0].tolist() == np.tile(week, 13)[:MAX_DAYS].tolist()


def test_a_horizon_below_a_week_is_continued_by_its_mean() -> None:
    found = extend_forecasts(np.array([[2.0, 4.0]], dtype=np.float32))

    assert found[0, 2:].tolist() == [3.0] * (MAX_DAYS - 2)
