"""Demand behind empty shelves, against figures worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log

import numpy as np
import polars as pl
import pytest

from ml.censoring import conditional_mean, estimate_demand, observed_demand
from ml.errors import InvalidFrame
from ml.grain import DAILY
from ml.panel import Panel, build_panel
from ml.schema import STOCK_OUT_SHARE, Covariates
from tests.sales_frames import day, series

WEEKDAYS = (4.0, 4.0, 4.0, 4.0, 8.0, 10.0, 1.0)


def _panel(*parts: pl.DataFrame, future: tuple[str, ...] = ()) -> Panel:
    history = pl.concat(parts)
    last = history.select(pl.col("ds").max()).item()
    return build_panel(
        history,
        cutoff=last,
        horizon=7,
        covariates=Covariates(historical=(STOCK_OUT_SHARE,), future=future),
        static=None,
        future=None,
        grain=DAILY,
        max_history=500,
    )


def _sold(
    unique_id: str, values: Sequence[float | None], empty: dict[int, float | None]
) -> pl.DataFrame:
    """One series with the stock-out shares of some of its days."""
    shares = [empty.get(offset, 0.0) for offset in range(len(values))]
    return series(unique_id, values).with_columns(
        pl.Series(STOCK_OUT_SHARE, shares, dtype=pl.Float64)
    )


def _weeks(n_weeks: int, changes: dict[int, float | None]) -> list[float | None]:
    return [changes.get(n, WEEKDAYS[n % 7]) for n in range(7 * n_weeks)]


def _estimate(panel: Panel, row: int, offset: int) -> float:
    return float(estimate_demand(panel).y[row, DAILY.pad + offset])


def _brute_force(at_least: int, mean: float, ratio: float) -> float:
    """E[D | D >= at_least] from two thousand terms of the negative binomial."""
    size = mean / (ratio - 1.0)
    values = range(at_least, at_least + 2_000)
    weights = [
        exp(lgamma(k + size) - lgamma(k + 1) - lgamma(size) - size * log(ratio))
        * (1.0 - 1.0 / ratio) ** k
        for k in values
    ]
    return sum(k * w for k, w in zip(values, weights, strict=True)) / sum(weights)


@pytest.mark.parametrize(
    ("at_least", "mean", "ratio"), [(0, 5.0, 1.5), (3, 5.0, 1.5), (9, 5.0, 2.0), (1, 0.2, 1.1)]
)
def test_the_conditional_mean_is_the_sum_over_all_values(
    at_least: int, mean: float, ratio: float
) -> None:
    found = conditional_mean(np.array([float(at_least)]), np.array([mean]), np.array([ratio]))

    assert found[0] == pytest.approx(_brute_force(at_least, mean, ratio), rel=1e-6)


def test_large_demand_is_counted_in_packs() -> None:
    found = conditional_mean(np.array([1_500.0]), np.array([1_000.0]), np.array([90.0]))

    assert found[0] == pytest.approx(_brute_force(1_500, 1_000.0, 90.0), rel=0.02)


def test_an_expectation_of_nothing_leaves_what_was_sold() -> None:
    assert conditional_mean(np.array([4.0]), np.array([0.0]), np.array([2.0])).tolist() == [4.0]


def test_an_empty_day_is_what_its_weekday_usually_sells() -> None:
    saturday = 7 * 15 + 5
    panel = _panel(_sold("a", _weeks(16, {saturday: 0.0}), {saturday: 1.0}))

    assert _estimate(panel, 0, saturday) == pytest.approx(10.0, rel=0.15)


def test_an_empty_day_without_a_sales_figure_is_estimated_too() -> None:
    saturday = 7 * 15 + 5
    panel = _panel(_sold("a", _weeks(16, {saturday: None}), {saturday: 1.0}))

    assert _estimate(panel, 0, saturday) == pytest.approx(10.0, rel=0.15)


def test_a_day_that_sold_out_counts_for_more_than_it_sold() -> None:
    friday = 7 * 15 + 4
    panel = _panel(_sold("a", _weeks(16, {friday: 9.0}), {friday: 0.5}))

    assert 9.0 < _estimate(panel, 0, friday) < 14.0


def test_an_empty_promotion_day_is_estimated_with_its_lift() -> None:
    promoted = {n: 3.0 * WEEKDAYS[n % 7] for n in range(70, 84)}
    last = 7 * 15 + 2
    sales = _sold("a", _weeks(16, {**promoted, last: 0.0}), {last: 1.0})
    flags = pl.Series("promotion", [1.0 if n in promoted or n == last else 0.0 for n in range(112)])

    panel = _panel(sales.with_columns(flags), future=("promotion",))

    assert _estimate(panel, 0, last) > 2.0 * WEEKDAYS[2]


def test_a_good_day_of_the_store_raises_the_estimate() -> None:
    last = 7 * 16 - 3
    busy = [_sold(f"b{n}", _weeks(16, {last: 16.0}), {}) for n in range(8)]
    usual = [_sold(f"b{n}", _weeks(16, {}), {}) for n in range(8)]
    censored = _sold("a", _weeks(16, {last: 0.0}), {last: 1.0})

    raised = _estimate(_panel(censored, *busy), 0, last)

    assert raised > 1.5 * _estimate(_panel(censored, *usual), 0, last)


def test_an_unknown_share_leaves_sales_as_they_are() -> None:
    panel = _panel(_sold("a", _weeks(16, {30: 0.0}), {30: None, 40: 1.0}))

    assert _estimate(panel, 0, 30) == 0.0


def test_a_series_hardly_seen_stays_unknown_on_its_empty_days() -> None:
    panel = _panel(_sold("a", [2.0, 0.0, 2.0], {1: 1.0}))

    assert np.isnan(_estimate(panel, 0, 1))


def test_a_history_without_shares_is_left_alone() -> None:
    panel = build_panel(
        series("a", [1.0, 2.0]),
        cutoff=day(1),
        horizon=7,
        covariates=Covariates(),
        static=None,
        future=None,
        grain=DAILY,
        max_history=500,
    )

    assert estimate_demand(panel) is panel
    assert observed_demand(panel) is panel.y


def test_forecasts_are_not_judged_by_days_that_were_empty_throughout() -> None:
    panel = estimate_demand(_panel(_sold("a", _weeks(16, {100: 0.0}), {100: 1.0, 104: 0.5})))

    found = observed_demand(panel)[0]

    assert np.isnan(found[DAILY.pad + 100])
    assert found[DAILY.pad + 104] == panel.y[0, DAILY.pad + 104]


def test_a_share_outside_its_range_is_refused() -> None:
    panel = _panel(_sold("a", [1.0, 1.0], {1: 50.0}))

    with pytest.raises(InvalidFrame, match="stock_out_share of 'a' on 2023-01-03 is 50"):
        estimate_demand(panel)
