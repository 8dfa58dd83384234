"""Averages over trailing windows that skip unknown days.

Belongs here: arithmetic on (series x day) arrays. Stays out: which windows become features.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.panel import FloatArray

DoubleArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Totals:
    """Running sums over days, so that any window costs two look-ups.

    Attributes:
        known: Shape (n_series, n_days + 1), known days before each column.
        sums: Same shape, units sold before each column.
        squares: Same shape, squared units.
        sales: Same shape, days with a sale.
        last_sale: Shape (n_series, n_days), column of the latest sale so far; -1 = none.
    """

    known: DoubleArray
    sums: DoubleArray
    squares: DoubleArray
    sales: DoubleArray
    last_sale: npt.NDArray[np.int64]

    def mean(self, column: int, days: int) -> DoubleArray:
        """Mean units/day of the `days` days ending at `column`; NaN where none is known."""
        return self._per_known(self.sums, column, days)

    def mean_square(self, column: int, days: int) -> DoubleArray:
        """Mean squared units of the window; NaN where no day is known."""
        return self._per_known(self.squares, column, days)

    def sale_share(self, column: int, days: int) -> DoubleArray:
        """Share of the window's known days with a sale; NaN where no day is known."""
        return self._per_known(self.sales, column, days)

    def known_days(self, column: int, days: int) -> DoubleArray:
        """Number of known days in the window."""
        return self._window(self.known, column, days)

    def _per_known(self, totals: DoubleArray, column: int, days: int) -> DoubleArray:
        known = self._window(self.known, column, days)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(known > 0, self._window(totals, column, days) / known, np.nan)

    @staticmethod
    def _window(totals: DoubleArray, column: int, days: int) -> DoubleArray:
        window: DoubleArray = totals[:, column + 1] - totals[:, max(column + 1 - days, 0)]
        return window


def running_totals(y: FloatArray) -> Totals:
    """Return running sums of units, squares and known days.

    Args:
        y: Shape (n_series, n_days), units/day, NaN = unknown.

    Returns:
        Totals whose windows skip unknown days.
    """
    known = ~np.isnan(y)
    units = np.nan_to_num(y.astype(np.float64))
    sold_at = np.where(units > 0, np.arange(y.shape[1]), -1)
    return Totals(
        known=_cumulate(known.astype(np.float64)),
        sums=_cumulate(units),
        squares=_cumulate(units**2),
        sales=_cumulate((units > 0).astype(np.float64)),
        last_sale=np.maximum.accumulate(sold_at, axis=1),
    )


def weekday_means(y: FloatArray, column: int, weeks: int) -> DoubleArray:
    """Mean units of each weekday over the last weeks, ordered by days ahead.

    Args:
        y: Shape (n_series, n_days), NaN = unknown.
        column: Last column that may be seen.
        weeks: Whole weeks to average; shortened at the array's left edge.

    Returns:
        Shape (n_series, 7); position j is the weekday of `column + 1 + j`, NaN if never known.
    """
    weeks = min(weeks, (column + 1) // 7)
    block = y[:, column + 1 - 7 * weeks : column + 1].reshape(y.shape[0], weeks, 7)
    known = (~np.isnan(block)).sum(axis=1)
    sums = np.nan_to_num(block.astype(np.float64)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known > 0, sums / known, np.nan)


def _cumulate(values: DoubleArray) -> DoubleArray:
    padded = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=padded[:, 1:])
    return padded
