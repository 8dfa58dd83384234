"""Prediction quantiles from out-of-sample errors (Mondrian split conformal prediction).

Belongs here: fitting and applying the calibration. Stays out: how the out-of-sample forecasts
were made (`backtest.py`).

A forecast of 0.3 units errs differently from one of 300, and step 28 from step one. Nor
does a product sold singly err like one sold by the dozen. So the ratios of actual to forecast are
kept by forecast level, by steps ahead and by group of spread (`spread.py`), and a new forecast's
quantiles are its own value times the ratio quantiles of its neighbours. Quantiles share their
interpolation weights and ratios are >= 0, so they neither cross nor turn negative.
Source: V. Vovk et al., "Algorithmic Learning in a Random World", 2005, section 4.5.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.classes import TextArray
from ml.panel import FloatArray
from ml.points import LIGHTGBM, ZERO
from ml.spread import SpreadGroups, fit_groups
from ml.windows import DoubleArray

BINS_PER_OCTAVE = 3
STEPS_PER_BLOCK = 7
MIN_BLOCK_ROWS = 50_000
"""Below this, telling steps apart adds more noise than their difference is worth."""
PRIOR_DISPERSION = 0.5
PRIOR_DRAWS = 4_000


@dataclass(frozen=True)
class RatioTable:
    """Quantiles of actual over forecast for one kind of method.

    Attributes:
        log_level: By block of steps, ascending log2 forecasts at the centres of the bins.
        ratios: By block of steps, shape (n_bins, n_quantiles), ascending along the last axis.
        n_rows: Out-of-sample forecasts behind the table; 0 for the assumed one.
    """

    log_level: tuple[tuple[float, ...], ...]
    ratios: tuple[tuple[tuple[float, ...], ...], ...]
    n_rows: int


@dataclass(frozen=True)
class Calibration:
    """Ratio tables by kind of forecast.

    Attributes:
        quantiles: Probabilities, ascending.
        groups: Groups of spread of the booster's forecasts.
        tables: "fallback", and "lightgbm 0" (the evenest group) and so on, to their tables.
    """

    quantiles: tuple[float, ...]
    groups: SpreadGroups
    tables: Mapping[str, RatioTable]


def fit_calibration(
    y: DoubleArray,
    y_hat: DoubleArray,
    step: npt.NDArray[np.int64],
    method: TextArray,
    spread: DoubleArray,
    *,
    quantiles: tuple[float, ...],
    min_bin_rows: int,
    seed: int,
) -> Calibration:
    """Return ratio quantiles of out-of-sample forecasts.

    Args:
        y: Shape (n,), actual units, no NaN.
        y_hat: Shape (n,), point forecasts made without seeing `y`.
        step: Shape (n,), 1..horizon.
        method: Shape (n,), method of each forecast.
        spread: Shape (n,), recent spread of its series, units.
        quantiles: Probabilities, ascending.
        min_bin_rows: Forecasts a bin needs; a kind with fewer gets an assumed table, that of
            counts whose variance is the mean plus half its square.
        seed: Seed of the assumed table.

    Returns:
        A table for every kind of forecast.
    """
    tables: dict[str, RatioTable] = {}
    usable = (y_hat > 0) & (method != ZERO)
    learned = usable & (method == LIGHTGBM)
    groups = fit_groups(y_hat[learned], spread[learned])
    for kind, rows in _kinds(groups, y_hat, method, spread).items():
        chosen = usable & rows
        if chosen.sum() >= min_bin_rows:
            tables[kind] = _fit_table(
                y[chosen], y_hat[chosen], step[chosen], quantiles, min_bin_rows
            )
        else:
            tables[kind] = _assumed_table(quantiles, seed)
    return Calibration(quantiles=quantiles, groups=groups, tables=tables)


def predict_quantiles(
    calibration: Calibration, y_hat: FloatArray, method: TextArray, spread: DoubleArray
) -> FloatArray:
    """Return quantiles around point forecasts.

    Args:
        calibration: Fitted tables.
        y_hat: Shape (n, horizon), units/period.
        method: Shape (n,), method of each series.
        spread: Shape (n,), recent spread of each series, units.

    Returns:
        Shape (n, horizon, n_quantiles), units/period, >= 0, ascending along the last axis; all zero
        where the point forecast is zero.
    """
    found = np.zeros((*y_hat.shape, len(calibration.quantiles)), dtype=np.float32)
    for offset in range(y_hat.shape[1]):
        points = y_hat[:, offset].astype(np.float64)
        for kind, rows in _kinds(calibration.groups, points, method, spread).items():
            table = calibration.tables[kind]
            block = min(offset // STEPS_PER_BLOCK, len(table.log_level) - 1)
            level = np.log2(np.maximum(points[rows], 1e-9))
            ratios = np.array(table.ratios[block])
            for position in range(ratios.shape[1]):
                ratio = np.interp(level, table.log_level[block], ratios[:, position])
                found[rows, offset, position] = points[rows] * ratio
    # Interpolation repeats one rounding per quantile; the maximum removes its last-bit noise.
    return np.maximum.accumulate(found, axis=2)


def _kinds(
    groups: SpreadGroups, y_hat: DoubleArray, method: TextArray, spread: DoubleArray
) -> dict[str, npt.NDArray[np.bool_]]:
    """Return which of the shape (n,) forecasts each table serves."""
    learned, group = method == LIGHTGBM, groups.find(y_hat, spread)
    served = {f"lightgbm {n}": learned & (group == n) for n in range(groups.n_groups)}
    return served | {"fallback": ~learned}


def _fit_table(
    y: DoubleArray,
    y_hat: DoubleArray,
    step: npt.NDArray[np.int64],
    quantiles: tuple[float, ...],
    min_bin_rows: int,
) -> RatioTable:
    wanted = -(-int(step.max()) // STEPS_PER_BLOCK)
    n_blocks = wanted if y.size >= wanted * MIN_BLOCK_ROWS else 1
    block = np.minimum((step - 1) // STEPS_PER_BLOCK, n_blocks - 1)
    centres: list[tuple[float, ...]] = []
    ratios: list[tuple[tuple[float, ...], ...]] = []
    for number in range(n_blocks):
        chosen = block == number
        level = np.log2(y_hat[chosen])
        ratio = y[chosen] / y_hat[chosen]
        bins = _merge_bins(np.floor(level * BINS_PER_OCTAVE).astype(np.int64), min_bin_rows)
        members = [bins == value for value in np.unique(bins)]
        centres.append(tuple(float(np.median(level[m])) for m in members))
        ratios.append(
            tuple(tuple(float(v) for v in np.quantile(ratio[m], quantiles)) for m in members)
        )
    return RatioTable(log_level=tuple(centres), ratios=tuple(ratios), n_rows=int(y.size))


def _merge_bins(bins: npt.NDArray[np.int64], min_rows: int) -> npt.NDArray[np.int64]:
    """Return bins renumbered, still ascending, so that each holds at least `min_rows`.

    Merging starts at the top, where levels are rare and errors matter most.
    """
    values, counts = np.unique(bins, return_counts=True)
    merged: dict[int, int] = {}
    group, filled = 0, 0
    for value, count in zip(values[::-1], counts[::-1], strict=True):
        merged[int(value)] = group
        filled += int(count)
        if filled >= min_rows:
            group, filled = group + 1, 0
    if filled and group:
        merged = {value: min(number, group - 1) for value, number in merged.items()}
    return np.array([-merged[int(value)] for value in values])[np.searchsorted(values, bins)]


def _assumed_table(quantiles: tuple[float, ...], seed: int) -> RatioTable:
    generator = np.random.default_rng(seed)
    levels = 2.0 ** np.arange(-8.0, 14.0)
    shape = 1.0 / PRIOR_DISPERSION
    rates = generator.gamma(shape, 1.0 / shape, size=(levels.size, PRIOR_DRAWS)) * levels[:, None]
    ratios = np.quantile(generator.poisson(rates) / levels[:, None], quantiles, axis=1).T
    return RatioTable(
        log_level=(tuple(float(v) for v in np.log2(levels)),),
        ratios=(tuple(tuple(float(v) for v in row) for row in ratios),),
        n_rows=0,
    )
