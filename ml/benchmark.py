"""Seasonal naive: the benchmark every model must beat.

Belongs here: the naive rule alone. Stays out: scoring (`metrics.py`).
"""

import numpy as np

from ml.panel import FloatArray


def seasonal_naive(y: FloatArray, column: int, horizon: int, season_days: int) -> FloatArray:
    """Repeat the last season, reading an unknown day from the season before it.

    Args:
        y: Shape (n_series, n_days), units/day, NaN = unknown.
        column: Origin; no `y` after it is read.
        horizon: Days to forecast.
        season_days: Length of the season, 7 = same weekday.

    Returns:
        Shape (n_series, horizon), units/day; 0 where the last four seasons are unknown.
    """
    season = np.full((y.shape[0], season_days), np.nan, dtype=np.float32)
    for back in range(4):
        end = column + 1 - back * season_days
        if end < season_days:
            break
        season = np.where(np.isnan(season), y[:, end - season_days : end], season)
    repeats = -(-horizon // season_days)
    return np.tile(np.nan_to_num(season), (1, repeats))[:, :horizon]
