"""Quantiles of demand summed over a lead time and review period.

Belongs here: applying the calibration of sums to a vintage's forecasts. Stays out: fitting it
(`sum_calibration.py`) and what a buyer does with the answer.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from ml.errors import InvalidFrame
from ml.metrics import quantile_column
from ml.model import TrainedModel
from ml.points import LIGHTGBM
from ml.sum_calibration import MAX_DAYS, SumTable, extend_forecasts, forecast_arrays
from ml.windows import DoubleArray

DEFAULT_DAYS = (7, 14, 28, 56, 90)


def lead_time_quantiles(
    model: TrainedModel, forecasts: pl.DataFrame, days: Sequence[int] = DEFAULT_DAYS
) -> pl.DataFrame:
    """Return quantiles of the demand of the first days after the cutoff together.

    Args:
        model: The model that made the forecasts.
        forecasts: From `engine.forecast`: one row per (unique_id, ds) with `y_hat`, `method`.
        days: Lengths, lead time + review period, each 1..90; days past the horizon repeat the
            last weeks' weekday averages, and the calibration has seen how well that does.

    Returns:
        One row per (unique_id, days), sorted: `unique_id` String, `days` Int32, `y_hat` (expected
        units of all days together) and one column per quantile such as `q0.05` Float64 units,
        >= 0, ascending with the quantile and with `days`; no nulls.

    Raises:
        InvalidFrame: Series differ in their number of days, or the model is not daily.
        ValueError: A length lies outside 1..90.
    """
    if model.config.freq != "D":
        raise InvalidFrame(
            f"lead times count days, but the model's periods are {model.config.freq!r}: "
            "train it on daily demand"
        )
    lengths = np.array(sorted(set(days)), dtype=np.int64)
    if lengths.size and not (lengths[0] >= 1 and lengths[-1] <= MAX_DAYS):
        raise ValueError(f"days {tuple(days)} must lie in 1..{MAX_DAYS}; drop the others")
    ordered = forecasts.sort("unique_id", "ds")
    counts = sorted(set(ordered.group_by("unique_id").len()["len"].to_list()))
    if len(counts) > 1:
        raise InvalidFrame(
            f"forecasts hold {counts[0]} to {counts[-1]} days per series; pass one vintage"
        )
    y_hat, method, ids = forecast_arrays(ordered)
    sums = np.cumsum(extend_forecasts(y_hat).astype(np.float64), axis=1)
    found = np.zeros((*sums.shape, len(model.sum_calibration.quantiles)))
    for kind, tables in model.sum_calibration.tables.items():
        rows = (method == LIGHTGBM) == (kind == "lightgbm")
        for day in range(1, MAX_DAYS + 1):
            found[rows, day - 1] = _quantiles_of_sum(tables, day, sums[rows, day - 1])
    # More days never need less stock, and rounding never crosses quantiles.
    found = np.maximum.accumulate(np.maximum.accumulate(found, axis=1), axis=2)
    chosen = found[:, lengths - 1].reshape(-1, found.shape[2])
    return pl.DataFrame(
        {
            "unique_id": pl.Series(
                np.repeat(np.array(ids, dtype=object), lengths.size), dtype=pl.String
            ),
            "days": pl.Series(np.tile(lengths, len(ids)), dtype=pl.Int32),
            "y_hat": sums[:, lengths - 1].ravel(),
            **{
                quantile_column(q): chosen[:, at]
                for at, q in enumerate(model.sum_calibration.quantiles)
            },
        }
    )


def _quantiles_of_sum(
    tables: tuple[SumTable, ...], days: int, expected: DoubleArray
) -> DoubleArray:
    """Return quantiles of sums of one length, shape (n, n_quantiles)."""
    known = np.array([table.days for table in tables], dtype=np.float64)
    above = int(np.searchsorted(known, days))
    if above == known.size:
        return expected[:, None] * _widened(tables[-1], days, expected)
    ratio = _ratios(tables[above], days, expected)
    if above > 0 and known[above] != days:
        low, high = np.log(known[above - 1]), np.log(known[above])
        weight = (np.log(days) - low) / (high - low)
        ratio = (1.0 - weight) * _ratios(tables[above - 1], days, expected) + weight * ratio
    found: DoubleArray = expected[:, None] * ratio
    return found


def _ratios(table: SumTable, days: int, expected: DoubleArray) -> DoubleArray:
    """Ratio quantiles at the table's length for series of this level, shape (n, n_quantiles)."""
    level = np.log2(np.maximum(expected, 1e-9) * (table.days / days))
    ratios = np.array(table.ratios)
    columns = [
        np.interp(level, np.array(table.log_level), ratios[:, at]) for at in range(ratios.shape[1])
    ]
    return np.stack(columns, axis=1)


def _widened(table: SumTable, days: int, expected: DoubleArray) -> DoubleArray:
    """Ratios of sums longer than any seen: a drifting level errs with the root of time."""
    ratio = 1.0 + (_ratios(table, days, expected) - 1.0) * np.sqrt(days / table.days)
    floored: DoubleArray = np.maximum(ratio, 0.0)
    return floored
