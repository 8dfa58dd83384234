"""Seasonal naive: the benchmark every model must beat.

Belongs here: the naive rule alone. Stays out: scoring (`metrics.py`).
"""

import numpy as np

from ml.panel import FloatArray


def seasonal_naive(y: FloatArray, column: int, horizon: int, season: int) -> FloatArray:
    """Repeat the last season, reading an unknown period from the season before it.

    Args:
        y: Shape (n_series, n_periods), units/period, NaN = unknown.
        column: Origin; no `y` after it is read.
        horizon: Periods to forecast.
        season: Length of the season in periods; 7 for days = same weekday.

    Returns:
        Shape (n_series, horizon), units/period. Where the last four seasons are unknown, the latest
        known value; 0 where nothing is known.
    """
    found = np.full((y.shape[0], season), np.nan, dtype=np.float32)
    for back in range(4):
        end = column + 1 - back * season
        if end < season:
            break
        found = np.where(np.isnan(found), y[:, end - season : end], found)
    past = y[:, : column + 1]
    known = np.where(np.isnan(past), -1, np.arange(column + 1)).max(axis=1)
    latest = past[np.arange(y.shape[0]), known]
    found = np.where(np.isnan(found), latest[:, None], found)
    repeats = -(-horizon // season)
    return np.tile(np.nan_to_num(found), (1, repeats))[:, :horizon]
