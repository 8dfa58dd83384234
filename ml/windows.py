"""Averages over trailing windows that skip unknown periods.

Belongs here: arithmetic on (series x period) arrays. Stays out: which windows become features.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.panel import FloatArray

DoubleArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Totals:
    """Running sums over periods, so that any window costs two look-ups.

    Attributes:
        known: Shape (n_series, n_periods + 1), known periods before each column.
        sums: Same shape, units sold before each column.
        squares: Same shape, squared units.
        sales: Same shape, periods with a sale.
        last_sale: Shape (n_series, n_periods), column of the latest sale so far; -1 = none.
    """

    known: FloatArray
    sums: DoubleArray
    squares: DoubleArray
    sales: FloatArray
    last_sale: npt.NDArray[np.int32]

    def mean(self, column: int, length: int) -> DoubleArray:
        """Mean units of the `length` periods ending at `column`; NaN where none is known.

        The column may lie before the array's first, where nothing is known.
        """
        return self._per_known(self.sums, column, length)

    def mean_square(self, column: int, length: int) -> DoubleArray:
        """Mean squared units of the window; NaN where no period is known."""
        return self._per_known(self.squares, column, length)

    def sale_share(self, column: int, length: int) -> DoubleArray:
        """Share of the window's known periods with a sale; NaN where no period is known."""
        return self._per_known(self.sales, column, length)

    def known_periods(self, column: int, length: int) -> DoubleArray:
        """Number of known periods in the window."""
        return self._window(self.known, column, length)

    def _per_known(self, totals: DoubleArray | FloatArray, column: int, length: int) -> DoubleArray:
        known = self._window(self.known, column, length)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(known > 0, self._window(totals, column, length) / known, np.nan)

    @staticmethod
    def _window(totals: DoubleArray | FloatArray, column: int, length: int) -> DoubleArray:
        begin, end = max(column + 1 - length, 0), max(column + 1, 0)
        return np.asarray(totals[:, end] - totals[:, begin], dtype=np.float64)


def running_totals(y: FloatArray) -> Totals:
    """Return running sums of units, squares and known periods.

    Args:
        y: Shape (n_series, n_periods), units/period, NaN = unknown.

    Returns:
        Totals whose windows skip unknown periods.
    """
    known = ~np.isnan(y)
    units = np.nan_to_num(y.astype(np.float64))
    sold_at = np.where(units > 0, np.arange(y.shape[1], dtype=np.int32), np.int32(-1))
    return Totals(
        known=_count(known),
        sums=_cumulate(units),
        squares=_cumulate(units**2),
        sales=_count(units > 0),
        last_sale=np.maximum.accumulate(sold_at, axis=1),
    )


def season_means(y: FloatArray, column: int, season: int, count: int) -> DoubleArray:
    """Mean units by position in the season, such as weekday, ordered by periods ahead.

    Args:
        y: Shape (n_series, n_periods), NaN = unknown.
        column: Last column that may be seen.
        season: Length of a season, 7 for the week of a daily array.
        count: Whole seasons to average; fewer at the array's left edge.

    Returns:
        Shape (n_series, season); position j is that of `column + 1 + j`, NaN if never known.
    """
    count = min(count, (column + 1) // season)
    block = y[:, column + 1 - season * count : column + 1].reshape(y.shape[0], count, season)
    known = (~np.isnan(block)).sum(axis=1)
    sums = np.nan_to_num(block.astype(np.float64)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known > 0, sums / known, np.nan)


def _cumulate(values: DoubleArray) -> DoubleArray:
    padded = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=padded[:, 1:])
    return padded


def _count(values: npt.NDArray[np.bool_]) -> FloatArray:
    """Running counts, which are exact in single precision."""
    padded = np.zeros((values.shape[0], values.shape[1] + 1), dtype=np.float32)
    np.cumsum(values, axis=1, out=padded[:, 1:], dtype=np.float32)
    return padded
