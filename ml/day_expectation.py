"""What every series was expected to sell on a day, learnt from the days up to it.

Belongs here: level, weekday rhythm, lift of flags such as promotions, and the common movement of
a store or category on the day itself, filtered forward in time. Stays out: what becomes of the
expectation (`censoring.py`).

Each effect is a ratio of units sold to units expected without it. Ratios are learnt for the
tenant first, then for each static group, then for the series, each drawn towards 1 as if
`PRIOR_UNITS` had sold exactly as the level above expects. Sums fade, so that old days count less.
Source: gamma-Poisson shrinkage; W. Jewell, "Credible means are exact Bayesian for exponential
families", ASTIN Bulletin 8, 1974.
"""

import numpy as np

from ml.panel import IntArray, Panel
from ml.windows import DoubleArray

LEVEL_MEMORY_DAYS = 42.0
RHYTHM_MEMORY_DAYS = 182.0
LIFT_MEMORY_DAYS = 728.0
PRIOR_UNITS = 20.0
MIN_KNOWN_DAYS = 7
FLAG_ON = 0.5


class Effect:
    """A multiplier learnt as a chain of shrunk ratios: tenant, groups, series.

    Attributes:
        groups: For each link of the chain, the group row of every series.
        memory_days: Days after which a day counts for 1/e.
    """

    def __init__(self, groups: tuple[IntArray, ...], memory_days: float) -> None:
        self.groups = groups
        self.memory_days = memory_days
        self._sold = [np.zeros(int(rows.max()) + 1) for rows in groups]
        self._expected = [np.zeros(int(rows.max()) + 1) for rows in groups]

    def factors(self) -> DoubleArray:
        """Return the multiplier of every series, shape (n_series,)."""
        found = np.ones(self.groups[0].size)
        for rows, sold, expected in zip(self.groups, self._sold, self._expected, strict=True):
            found *= ((sold + PRIOR_UNITS) / (expected + PRIOR_UNITS))[rows]
        return found

    def learn(self, sold: DoubleArray, expected: DoubleArray, days: float = 1.0) -> None:
        """Add one day.

        Args:
            sold: Shape (n_series,), units; 0 where the day tells nothing.
            expected: Shape (n_series,), units without this effect; 0 where it tells nothing.
            days: Days since the effect was last learnt.
        """
        keep = float(np.exp(-days / self.memory_days))
        for at, rows in enumerate(self.groups):
            n_groups = self._sold[at].size
            self._sold[at] = keep * self._sold[at] + np.bincount(rows, sold, n_groups)
            self._expected[at] = keep * self._expected[at] + np.bincount(rows, expected, n_groups)
            before = (self._sold[at] + PRIOR_UNITS) / (self._expected[at] + PRIOR_UNITS)
            expected = expected * before[rows]


class DayExpectation:
    """Expected units of every series, day after day."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._weekday_of_first = panel.day(0).weekday()
        shared, own = _chain(panel), np.arange(panel.n_series, dtype=np.int64)
        chain = (*shared, own)
        self._shared = shared
        self._rhythm = [Effect(chain, RHYTHM_MEMORY_DAYS / 7.0) for _ in range(7)]
        self._flags = {
            name: values
            for name, values in panel.future.items()
            if panel.encoding.kinds[name] == "flag"
        }
        self._lifts = {name: Effect(chain, LIFT_MEMORY_DAYS) for name in self._flags}
        self._movement = np.ones(panel.n_series)
        self._sold, self._exposure = np.zeros(panel.n_series), np.zeros(panel.n_series)
        self._known_days = np.zeros(panel.n_series)
        self._squares, self._means = np.zeros(panel.n_series), np.zeros(panel.n_series)

    def of_day(self, column: int, y: DoubleArray) -> DoubleArray:
        """Return expected units of a day, given what is known of the day itself.

        Args:
            column: The day; days must be taken in order.
            y: Shape (n_series,), its demand as far as known; NaN = unknown.

        Returns:
            Shape (n_series,), units; NaN for a series seen on fewer than `MIN_KNOWN_DAYS` days.
        """
        usual = self._usual(column)
        known = ~np.isnan(y) & ~np.isnan(usual)
        movement = Effect(self._shared, 1.0)
        movement.learn(np.where(known, y, 0.0), np.where(known, usual, 0.0))
        self._movement = movement.factors()
        return usual * self._movement

    def variance_to_mean(self) -> DoubleArray:
        """Return the variance of daily demand over its mean, shape (n_series,)."""
        total = self._means.sum()
        typical = self._squares.sum() / total if total > 0 else 2.0
        return (self._squares + PRIOR_UNITS * typical) / (self._means + PRIOR_UNITS)

    def learn(self, column: int, y: DoubleArray) -> None:
        """Take in a day after `of_day` was asked for it.

        Args:
            column: The day.
            y: Shape (n_series,), its demand; NaN = it tells nothing.
        """
        expected = self._usual(column) * self._movement
        told = ~np.isnan(y)
        judged = told & ~np.isnan(expected)
        sold = np.where(judged, y, 0.0)
        mean = np.where(judged, expected, 0.0)
        for name, effect in self._lifts.items():
            on = self._flags[name][:, column] > FLAG_ON
            lift = effect.factors()
            effect.learn(np.where(on, sold, 0.0), np.where(on, mean / lift, 0.0))
        rhythm = self._rhythm[self._weekday(column)]
        factors = rhythm.factors()
        rhythm.learn(sold, mean / factors)
        keep = np.exp(-1.0 / LEVEL_MEMORY_DAYS)
        self._squares = keep * self._squares + (sold - mean) ** 2
        self._means = keep * self._means + mean
        exposure = self._relative(column) * self._movement
        self._sold = np.where(told, keep * self._sold + np.nan_to_num(y), self._sold)
        self._exposure = np.where(told, keep * self._exposure + exposure, self._exposure)
        self._known_days += told

    def _usual(self, column: int) -> DoubleArray:
        """Expected units of the day but for its own movement; NaN for a series hardly seen."""
        seen = (self._known_days >= MIN_KNOWN_DAYS) & (self._exposure > 0)
        level = self._sold / np.where(seen, self._exposure, 1.0)
        return np.where(seen, level * self._relative(column), np.nan)

    def _relative(self, column: int) -> DoubleArray:
        """Rhythm and lifts of the day, 1 on an average day."""
        found = self._rhythm[self._weekday(column)].factors()
        for name, effect in self._lifts.items():
            on = self._flags[name][:, column] > FLAG_ON
            found = np.where(on, found * effect.factors(), found)
        return found

    def _weekday(self, column: int) -> int:
        return (self._weekday_of_first + column) % 7


def _chain(panel: Panel) -> tuple[IntArray, ...]:
    """Group rows of the tenant and of every static column that groups series, coarse to fine."""
    columns = [np.unique(codes, return_inverse=True)[1] for codes in panel.static.values()]
    grouping = [rows for rows in columns if 2 <= int(rows.max()) + 1 <= panel.n_series / 2]
    everything = np.zeros(panel.n_series, dtype=np.int64)
    ordered = sorted(grouping, key=lambda rows: int(rows.max()))
    return (everything, *(rows.astype(np.int64) for rows in ordered))
