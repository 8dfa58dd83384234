"""Demand on days when the shelf was empty: estimated, because sales only tell its lower bound.

Belongs here: replacing censored sales by expected demand in a panel. Stays out: what a series was
expected to sell that day (`day_expectation.py`) and everything forecast.

A day with a stock-out sold s units because no more were there, so its demand D was at least s. Its
estimate is E[D | D >= s] for D negative binomial around the expected demand of that day. One
formula serves both kinds of day: with nothing sold it is the expected demand, and a promotion
that sold out early counts for more than it sold. Taking such days for zero, for their sales, or
leaving them out would each bias the level downwards: good days are the ones that sell out.
Source: S. Nahmias, "Demand estimation in lost sales inventory systems", NRL 41, 1994.
"""

from dataclasses import replace

import numpy as np

from ml.day_expectation import DayExpectation
from ml.errors import InvalidFrame
from ml.panel import BoolArray, FloatArray, Panel
from ml.schema import STOCK_OUT_SHARE
from ml.windows import DoubleArray

MAX_MEAN_UNITS = 64.0
"""Larger demand is counted in packs, so that the sum over its values stays short."""
N_TERMS = 320
MIN_VARIANCE_TO_MEAN = 1.05
PASSES = 2


def estimate_demand(panel: Panel) -> Panel:
    """Return the panel with sales of stocked-out days replaced by expected demand.

    Args:
        panel: Arrays up to a cutoff; without `stock_out_share` it is returned unchanged.

    Returns:
        A panel whose `y` is an estimate wherever the share is above 0, never below the units
        sold. An estimate reads no column after its own, so a forecast from any origin stays free
        of what happened later. A day whose series was not yet seen often enough stays unknown.

    Raises:
        InvalidFrame: A share lies outside 0..1.
    """
    share = panel.stock_out_share
    if share is None:
        return panel
    _check_share(panel, share)
    censored = np.nan_to_num(share) > 0
    if not censored.any():
        return panel
    expectation = DayExpectation(panel)
    y = panel.y.astype(np.float64)
    for column in range(int(panel.first.min()), panel.last + 1):
        y[:, column] = _estimate_day(expectation, column, y[:, column], censored[:, column])
    return replace(panel, y=y.astype(np.float32))


def observed_demand(panel: Panel) -> FloatArray:
    """Return demand as far as sales tell it, for judging forecasts.

    Args:
        panel: A panel from `estimate_demand`.

    Returns:
        Shape (n_series, n_days): `y`, unknown on days with nothing to sell from open to close.
    """
    if panel.stock_out_share is None:
        return panel.y
    return np.where(np.nan_to_num(panel.stock_out_share) >= 1.0, np.float32(np.nan), panel.y)


def conditional_mean(
    at_least: DoubleArray, mean: DoubleArray, variance_to_mean: DoubleArray
) -> DoubleArray:
    """Return E[D | D >= at_least] for negative binomial D.

    Args:
        at_least: Shape (n,), units, >= 0.
        mean: Shape (n,), E[D] in units; zero gives `at_least` itself.
        variance_to_mean: Shape (n,), variance of D over its mean.

    Returns:
        Shape (n,), units, never below `at_least`.
    """
    pack = np.maximum(mean / MAX_MEAN_UNITS, variance_to_mean * (16.0 / N_TERMS))
    pack = np.maximum(pack, 1.0)
    ratio = np.maximum(variance_to_mean / pack, MIN_VARIANCE_TO_MEAN)
    size = np.maximum(mean / pack, 1e-9) / (ratio - 1.0)
    start = (at_least / pack)[:, None]
    term = np.arange(N_TERMS, dtype=np.float64)[None, :]
    # Each probability follows from the one before; only their proportions matter.
    steps = np.log1p(-1.0 / ratio)[:, None] + np.log(
        (start + term + size[:, None]) / (start + term + 1.0)
    )
    log_weight = np.concatenate(
        [np.zeros((mean.size, 1)), np.cumsum(steps[:, :-1], axis=1)], axis=1
    )
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    beyond = (weight * term).sum(axis=1) / weight.sum(axis=1)
    return np.where(mean > 0, at_least + beyond * pack, at_least)


def _estimate_day(
    expectation: DayExpectation, column: int, y: DoubleArray, censored: BoolArray
) -> DoubleArray:
    """Return one day's demand, and let the expectation learn from it."""
    sold = np.nan_to_num(y)
    demand = np.where(censored, np.nan, y)
    expected = expectation.of_day(column, demand)
    for _ in range(PASSES):
        bound, mean = sold[censored], expected[censored]
        known = ~np.isnan(mean)
        found = np.full(mean.size, np.nan)
        found[known] = conditional_mean(
            bound[known], mean[known], expectation.variance_to_mean()[censored][known]
        )
        demand[censored] = found
        # A day that sold nothing for want of stock says nothing about the day.
        telling = np.where(censored & (sold == 0), np.nan, demand)
        expected = expectation.of_day(column, telling)
    expectation.learn(column, telling)
    return demand


def _check_share(panel: Panel, share: FloatArray) -> None:
    if panel.grain.freq != "D":
        raise InvalidFrame(
            f"{STOCK_OUT_SHARE} is understood for daily demand only, not for freq "
            f"{panel.grain.freq!r}: leave it out"
        )
    outside = np.argwhere((share < 0) | (share > 1))
    if outside.size:
        row, column = outside[0]
        raise InvalidFrame(
            f"stock_out_share of {panel.unique_ids[row]!r} on {panel.day(int(column))} is "
            f"{share[row, column]:g}; give the share of the day without stock, 0 to 1"
        )
