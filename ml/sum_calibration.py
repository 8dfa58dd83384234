"""How sums of demand over several days miss the sums of their forecasts.

Belongs here: extending forecasts to the longest lead time, and tables of actual over forecast,
fitted from past windows. Stays out: quantiles made of them (`lead_time.py`) and of single days
(`quantiles.py`).

Days of one series err together: a level forecast too low is too low every day. So quantiles of
a sum are neither sums of daily quantiles, which are too wide, nor those of independent days,
which are too narrow. The ratio of summed actual to summed forecast is kept instead, by length of
the sum and by its level, and windows of one length share a table, so that a month which
surprised every series widens it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from ml.censoring import observed_demand
from ml.classes import TextArray
from ml.panel import FloatArray, Panel
from ml.points import LIGHTGBM, ZERO
from ml.windows import DoubleArray

MAX_DAYS = 90
KNOT_DAYS = (1, 3, 7, 14, 21, 28, 42, 56, 70, 84, 90)
"""Lengths with a table of their own; lengths between are interpolated."""
PATTERN_WEEKS = 4
MIN_KNOWN_SHARE = 0.8
MIN_TABLE_SUMS = 60
MIN_BIN_SUMS = 150
PRIOR_DISPERSION = (0.1, 0.5)
"""Squared relative error assumed without evidence: of the level, and of one day."""
PRIOR_DRAWS = 4_000
KINDS = ("lightgbm", "fallback")


@dataclass(frozen=True)
class SumTable:
    """Quantiles of summed actual over summed forecast for one length.

    Attributes:
        days: Length of the sums.
        log_level: Ascending log2 forecasts at the centres of the bins, units per sum.
        ratios: Shape (n_bins, n_quantiles), ascending along the last axis.
        n_rows: Sums behind the table; 0 for an assumed one.
    """

    days: int
    log_level: tuple[float, ...]
    ratios: tuple[tuple[float, ...], ...]
    n_rows: int


@dataclass(frozen=True)
class SumCalibration:
    """Tables by kind of method, "lightgbm" and "fallback".

    Attributes:
        quantiles: Probabilities, ascending.
        tables: Kind to tables, ascending in length; lengths without evidence have none.
    """

    quantiles: tuple[float, ...]
    tables: Mapping[str, tuple[SumTable, ...]]


@dataclass(frozen=True)
class _Sums:
    """Sums of one length from all windows: actual and forecast units, shape (n,) each."""

    actual: DoubleArray
    forecast: DoubleArray
    is_booster: np.ndarray[tuple[int], np.dtype[np.bool_]]


def fit_sum_calibration(
    forecasts: pl.DataFrame, panel: Panel, *, quantiles: tuple[float, ...], seed: int
) -> SumCalibration:
    """Return how sums of past forecasts erred, for every length the history can tell.

    Args:
        forecasts: Out-of-sample forecasts of past windows: one row per (cutoff, unique_id, ds),
            sorted, equally many days for each series, with `y_hat` units/day and `method`.
        panel: Demand up to today; windows are judged by all days after their cutoff.
        quantiles: Probabilities, ascending.
        seed: Seed of the table assumed for a kind without evidence.

    Returns:
        A table for each of `KNOT_DAYS` that fits between a window and the panel's end.
    """
    windows = [] if forecasts.is_empty() else forecasts.partition_by("cutoff", maintain_order=True)
    rows = {name: row for row, name in enumerate(panel.unique_ids)}
    actual = observed_demand(panel)
    parts: dict[int, list[_Sums]] = {days: [] for days in KNOT_DAYS}
    for window in windows:
        y_hat, method, ids = forecast_arrays(window)
        column = panel.last - (panel.day(panel.last) - window["cutoff"][0]).days
        y = actual[[rows[name] for name in ids], column + 1 : column + 1 + MAX_DAYS]
        ahead = extend_forecasts(y_hat)[:, : y.shape[1]]
        for days in KNOT_DAYS:
            if days <= y.shape[1]:
                parts[days].append(_sum_days(y[:, :days], ahead[:, :days], method))
    tables: dict[str, tuple[SumTable, ...]] = {}
    for kind in KINDS:
        found = [_fit(parts[days], kind, days, quantiles) for days in KNOT_DAYS]
        known = tuple(table for table in found if table is not None)
        tables[kind] = known or _assumed_tables(quantiles, seed)
    return SumCalibration(quantiles=quantiles, tables=tables)


def forecast_arrays(forecasts: pl.DataFrame) -> tuple[FloatArray, TextArray, list[str]]:
    """Return forecasts of one cutoff as arrays.

    Args:
        forecasts: One row per (unique_id, ds), sorted, equally many days for each series.

    Returns:
        `y_hat` of shape (n, horizon) units/day, `method` of shape (n,), and the ids.
    """
    ids = forecasts["unique_id"].unique(maintain_order=True).to_list()
    horizon = forecasts.height // max(len(ids), 1)
    y_hat = forecasts["y_hat"].to_numpy().reshape(len(ids), horizon).astype(np.float32)
    method = forecasts["method"].gather_every(max(horizon, 1)).to_numpy().astype(np.str_)
    return y_hat, method, ids


def extend_forecasts(y_hat: FloatArray) -> FloatArray:
    """Return forecasts of `MAX_DAYS` days, the last weeks' weekday averages repeated.

    Args:
        y_hat: Shape (n, horizon), units/day.

    Returns:
        Shape (n, MAX_DAYS), units/day; a horizon below a week is continued by its mean.
    """
    n_series, horizon = y_hat.shape
    missing = MAX_DAYS - horizon
    if missing <= 0:
        return y_hat[:, :MAX_DAYS]
    if horizon == 0:
        return np.zeros((n_series, MAX_DAYS), dtype=np.float32)
    weeks = min(horizon // 7, PATTERN_WEEKS)
    if weeks:
        week = y_hat[:, horizon - 7 * weeks :].reshape(n_series, weeks, 7).mean(axis=1)
    else:
        week = np.repeat(y_hat.mean(axis=1, keepdims=True), 7, axis=1)
    tail = np.tile(week, (1, -(-missing // 7)))[:, :missing]
    return np.concatenate([y_hat, tail], axis=1)


def _sum_days(y: FloatArray, y_hat: FloatArray, method: TextArray) -> _Sums:
    """Sum the known days of both sides; sums of too many unknown days are left out."""
    known = ~np.isnan(y)
    actual = np.where(known, y, 0.0).sum(axis=1, dtype=np.float64)
    matched = np.where(known, y_hat, 0.0).sum(axis=1, dtype=np.float64)
    usable = (known.mean(axis=1) >= MIN_KNOWN_SHARE) & (matched > 0) & (method != ZERO)
    return _Sums(actual[usable], matched[usable], method[usable] == LIGHTGBM)


def _fit(parts: list[_Sums], kind: str, days: int, quantiles: tuple[float, ...]) -> SumTable | None:
    """Return the table of one length, or None without enough sums."""
    if not parts:
        return None
    wanted = [part.is_booster == (kind == "lightgbm") for part in parts]
    actual = np.concatenate([p.actual[w] for p, w in zip(parts, wanted, strict=True)])
    forecast = np.concatenate([p.forecast[w] for p, w in zip(parts, wanted, strict=True)])
    if actual.size < MIN_TABLE_SUMS:
        return None
    order = np.argsort(forecast, kind="stable")
    level, ratio = np.log2(forecast[order]), actual[order] / forecast[order]
    bins = np.array_split(np.arange(level.size), _n_bins(level))
    return SumTable(
        days=days,
        log_level=tuple(float(np.median(level[b])) for b in bins),
        # Weibull's positions are those of conformal prediction: a new sum is one more draw.
        ratios=tuple(
            tuple(float(v) for v in np.quantile(ratio[b], quantiles, method="weibull"))
            for b in bins
        ),
        n_rows=int(level.size),
    )


def _n_bins(level: DoubleArray) -> int:
    """About two bins per doubling of the level, each with enough sums."""
    return max(1, min(level.size // MIN_BIN_SUMS, 2 * int(np.ptp(level)) + 1))


def _assumed_tables(quantiles: tuple[float, ...], seed: int) -> tuple[SumTable, ...]:
    """Return tables of counts around a level known to about a third."""
    generator = np.random.default_rng(seed)
    levels = 2.0 ** np.arange(-8.0, 14.0)
    tables = []
    for days in KNOT_DAYS:
        shape = 1.0 / (PRIOR_DISPERSION[0] + PRIOR_DISPERSION[1] / days)
        size = (levels.size, PRIOR_DRAWS)
        rates = generator.gamma(shape, 1.0 / shape, size=size) * levels[:, None]
        ratios = np.quantile(generator.poisson(rates) / levels[:, None], quantiles, axis=1).T
        tables.append(
            SumTable(
                days=days,
                log_level=tuple(float(v) for v in np.log2(levels)),
                ratios=tuple(tuple(float(v) for v in row) for row in ratios),
                n_rows=0,
            )
        )
    return tuple(tables)
