"""How unevenly a series sells: the second number, besides its level, that decides its quantiles.

Belongs here: the measure and the division of series into groups of like spread. Stays out: the
quantiles of each group (`quantiles.py`).

Two products that sell 0.3 units a day may do so one by one or by the dozen. The measure is the
mean square over the mean: the size of the period in which a typical unit is sold. It is 1 where
units go one by one and 12 where they go by the dozen.
"""

from dataclasses import dataclass

import numpy as np

from ml.grain import Grain
from ml.panel import IntArray
from ml.windows import DoubleArray, Totals

MIN_GROUP_ROWS = 4_000
"""Out-of-sample forecasts that a further group must be worth."""
MAX_GROUPS = 5
MIN_LEVEL_ROWS = 500
MAX_LEVELS = 24


@dataclass(frozen=True)
class SpreadGroups:
    """Limits that divide forecasts of one level into groups of equal size.

    Attributes:
        log_level: Ascending log2 forecasts at the centres of the level bins.
        limits: Shape (n_bins, n_groups - 1), ascending along the last axis.
    """

    log_level: tuple[float, ...]
    limits: tuple[tuple[float, ...], ...]

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return len(self.limits[0]) + 1

    def find(self, y_hat: DoubleArray, spread: DoubleArray) -> IntArray:
        """Return the group, 0 = evenest, of each forecast.

        Args:
            y_hat: Any shape, units/period.
            spread: Same shape, from `recent_spread`.

        Returns:
            Same shape.
        """
        level = np.log2(np.maximum(y_hat, 1e-9))
        group = np.zeros(y_hat.shape, dtype=np.int64)
        for position in range(self.n_groups - 1):
            limit = np.interp(level, self.log_level, [row[position] for row in self.limits])
            group += spread > limit
        return group


def recent_spread(totals: Totals, grain: Grain, column: int) -> DoubleArray:
    """Return the size of the period in which a typical recent unit was sold.

    Args:
        totals: Running sums per series.
        grain: Window lengths.
        column: Origin.

    Returns:
        Shape (n_series,), units; 0 where nothing was sold.
    """
    mean, square = totals.mean(column, grain.long), totals.mean_square(column, grain.long)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(mean > 0, square / mean, 0.0)


def fit_groups(y_hat: DoubleArray, spread: DoubleArray) -> SpreadGroups:
    """Return groups of equal size at every level, as many as the rows can calibrate.

    Args:
        y_hat: Shape (n,), point forecasts > 0.
        spread: Shape (n,), of each forecast's series.

    Returns:
        One to `MAX_GROUPS` groups.
    """
    n_groups = int(np.clip(y_hat.size // MIN_GROUP_ROWS, 1, MAX_GROUPS))
    shares = np.arange(1, n_groups) / n_groups
    order = np.argsort(y_hat, kind="stable")
    bins = np.array_split(order, np.clip(y_hat.size // MIN_LEVEL_ROWS, 1, MAX_LEVELS))
    return SpreadGroups(
        log_level=tuple(float(np.log2(np.median(y_hat[rows]))) for rows in bins if rows.size)
        or (0.0,),
        limits=tuple(
            tuple(float(v) for v in np.quantile(spread[rows], shares)) for rows in bins if rows.size
        )
        or ((),),
    )
