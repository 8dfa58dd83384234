"""One tenant's history as dense period-by-series arrays.

Belongs here: gap filling, alignment of covariates, encoding of text values. Stays out: features
(`features.py`) and anything that looks past the panel's cutoff except declared future covariates.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from ml.grain import Grain, Periods, periods_of
from ml.schema import (
    DS,
    STOCK_OUT_SHARE,
    UNIQUE_ID,
    Covariates,
    Y,
    check_future,
    check_history,
    check_static,
)

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
CovariateKind = Literal["flag", "level", "category"]
PERIOD, ROW, COLUMN = "__period", "__row", "__column"
"""Columns added to frames of a caller, whose own names are unlikely to be these."""


@dataclass(frozen=True)
class Encoding:
    """How raw covariates become numbers; learned at training, reused at every forecast.

    Attributes:
        kinds: Kind of each future covariate: 0/1 flag, numeric level, or text category.
        labels: Known labels of each text column, position = code.
    """

    kinds: Mapping[str, CovariateKind]
    labels: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Panel:
    """Dense arrays of one tenant; rows are series sorted by id, columns are periods.

    Attributes:
        unique_ids: Series identifiers, sorted; row order of every array.
        grain: Window lengths of the calendar grain.
        periods: Numbering of the calendar's periods.
        start: Number of column 0's period.
        horizon: Periods known ahead in `future`.
        y: Shape (n_series, n_periods), units/period; NaN = unknown or before the first observation.
        first: Shape (n_series,), column of the first observation; n_periods where there is none.
        future: Name to shape (n_series, n_periods + horizon) arrays of covariates known ahead.
        historical: Name to shape (n_series, n_periods) arrays.
        static: Name to shape (n_series,) codes, -1 = unknown.
        encoding: How text and flags were read.
        stock_out_share: Shape (n_series, n_days), share of the day with nothing to sell, NaN =
            unknown; None where the history does not tell.
    """

    unique_ids: tuple[str, ...]
    grain: Grain
    periods: Periods
    start: int
    horizon: int
    y: FloatArray
    first: IntArray
    future: Mapping[str, FloatArray]
    historical: Mapping[str, FloatArray]
    static: Mapping[str, IntArray]
    encoding: Encoding
    stock_out_share: FloatArray | None = None

    @property
    def n_series(self) -> int:
        """Number of series."""
        return len(self.unique_ids)

    @property
    def last(self) -> int:
        """Column of the cutoff."""
        return int(self.y.shape[1]) - 1

    def day(self, column: int) -> date:
        """Calendar day that names a column."""
        return self.periods.day(self.start + column)


def build_panel(
    history: pl.DataFrame,
    *,
    cutoff: date,
    horizon: int,
    grain: Grain,
    covariates: Covariates,
    static: pl.DataFrame | None,
    future: pl.DataFrame | None,
    max_history: int,
    encoding: Encoding | None = None,
) -> Panel:
    """Return dense arrays up to the cutoff, with absent periods read as zero sales.

    Args:
        history: One row per (unique_id, ds); see `schema.check_history`.
        cutoff: Last day that may be seen.
        horizon: Periods of future covariates kept past the cutoff.
        grain: What one row's `ds` stands for.
        covariates: Declared columns.
        static: One row per unique_id, or None when nothing is declared.
        future: One row per (unique_id, ds), or None when nothing is known ahead.
        max_history: Older periods are dropped.
        encoding: The training run's encoding; None learns one here.

    Returns:
        A panel whose gaps between first observation and cutoff are zero sales; a null `y` row
        stays unknown. Unknown levels carry the last value forward; unknown flags of the horizon
        take the majority of past seasons, such as the same weekdays.

    Raises:
        InvalidFrame: A frame breaks its schema.
        InsufficientHistory: No known `y` at or before the cutoff.
    """
    known = check_history(history, covariates, cutoff)
    periods = periods_of(grain.freq, known[DS][0])
    last = periods.number(cutoff)
    known = known.with_columns(periods.numbers(known[DS], "history").alias(PERIOD))
    births = known.group_by(UNIQUE_ID).agg(pl.col(PERIOD).min()).sort(UNIQUE_ID)
    ids = births.get_column(UNIQUE_ID)
    born = births[PERIOD].to_numpy()
    opening = max(int(born.min()), last - max_history + 1)
    start = opening - grain.pad
    n_periods = last - start + 1
    index = pl.DataFrame({UNIQUE_ID: ids, ROW: np.arange(ids.len(), dtype=np.int64)})
    placed = _place(known.filter(pl.col(PERIOD) >= opening), index, start)
    rows, cols = placed[ROW].to_numpy(), placed[COLUMN].to_numpy()
    first = np.maximum(born, opening) - start
    y = np.where(np.arange(n_periods) >= first[:, None], 0.0, np.nan).astype(np.float32)
    y[rows, cols] = placed[Y].cast(pl.Float32).fill_null(float("nan")).to_numpy()

    ahead = None
    if future is not None:
        checked = check_future(future, covariates, periods.day(last + horizon))
        checked = checked.with_columns(periods.numbers(checked[DS], "future").alias(PERIOD))
        ahead = _place(checked.filter(pl.col(PERIOD) >= start), index, start)
    traits = check_static(static, covariates) if static is not None else None
    if encoding is None:
        encoding = _learn_encoding(placed, ahead, traits, covariates)
    return Panel(
        unique_ids=tuple(ids.to_list()),
        grain=grain,
        periods=periods,
        start=start,
        horizon=horizon,
        y=y,
        first=first,
        future={
            name: _future_array(
                name, placed, ahead, (ids.len(), n_periods + horizon), grain, horizon, encoding
            )
            for name in covariates.future
        },
        historical={
            name: _carry_forward(_scatter(placed, name, (ids.len(), n_periods), None))
            for name in covariates.historical
            if name != STOCK_OUT_SHARE
        },
        static={name: _static_codes(name, traits, index, encoding) for name in covariates.static},
        encoding=encoding,
        stock_out_share=_scatter(placed, STOCK_OUT_SHARE, (ids.len(), n_periods), None)
        if STOCK_OUT_SHARE in covariates.historical
        else None,
    )


def _place(frame: pl.DataFrame, index: pl.DataFrame, start: int) -> pl.DataFrame:
    """Add `row` and `column` positions; rows of unknown series are dropped."""
    column = (pl.col(PERIOD) - start).alias(COLUMN)
    return frame.join(index, on=UNIQUE_ID, how="inner").with_columns(column)


def _learn_encoding(
    placed: pl.DataFrame,
    ahead: pl.DataFrame | None,
    traits: pl.DataFrame | None,
    covariates: Covariates,
) -> Encoding:
    kinds: dict[str, CovariateKind] = {}
    labels: dict[str, tuple[str, ...]] = {}
    for name in covariates.future:
        parts = [f[name] for f in (placed, ahead) if f is not None and name in f.columns]
        texts = [part for part in parts if part.dtype in (pl.String, pl.Categorical, pl.Enum)]
        if texts:
            found = {str(v) for part in parts for v in part.drop_nulls().unique().to_list()}
            kinds[name], labels[name] = "category", tuple(sorted(found))
            continue
        values = {float(v) for part in parts for v in part.drop_nulls().unique().to_list()[:9]}
        kinds[name] = "flag" if values <= {0.0, 1.0} else "level"
    for name in covariates.static:
        found = set() if traits is None else set(traits[name].drop_nulls().to_list())
        labels[name] = tuple(sorted(found))
    return Encoding(kinds=kinds, labels=labels)


def _scatter(
    placed: pl.DataFrame, name: str, shape: tuple[int, int], labels: tuple[str, ...] | None
) -> FloatArray:
    """Return a dense array of one column, NaN where no row gives a value."""
    array = np.full(shape, np.nan, dtype=np.float32)
    values = placed[name]
    if labels is not None:
        values = values.cast(pl.String).replace_strict(
            list(labels), list(range(len(labels))), default=None, return_dtype=pl.Float32
        )
    array[placed[ROW].to_numpy(), placed[COLUMN].to_numpy()] = (
        values.cast(pl.Float32).fill_null(float("nan")).to_numpy()
    )
    return array


def _future_array(
    name: str,
    placed: pl.DataFrame,
    ahead: pl.DataFrame | None,
    shape: tuple[int, int],
    grain: Grain,
    horizon: int,
    encoding: Encoding,
) -> FloatArray:
    """Return one future covariate over history and horizon, unknown periods filled by its kind."""
    array = np.full(shape, np.nan, dtype=np.float32)
    for part in (placed, ahead):
        if part is not None and name in part.columns:
            given = _scatter(part, name, shape, encoding.labels.get(name))
            array = np.where(np.isnan(given), array, given)
    if encoding.kinds[name] == "level":
        return _carry_forward(array)
    if encoding.kinds[name] == "flag":
        known = shape[1] - horizon
        array[:, :known] = np.nan_to_num(array[:, :known])
        for column in range(known, shape[1]):
            # Opening days keep their weekly rhythm this way, and rare promotions read as none.
            seasons = np.arange(1, grain.flag_seasons + 1) + (column - known) // grain.season
            usual = array[:, column - grain.season * seasons].mean(axis=1) > 0.5
            array[:, column] = np.where(np.isnan(array[:, column]), usual, array[:, column])
    return array


def _carry_forward(array: FloatArray) -> FloatArray:
    """Return the array with each NaN replaced by the last value before it in its row."""
    columns = np.where(np.isnan(array), 0, np.arange(array.shape[1]))
    return np.take_along_axis(array, np.maximum.accumulate(columns, axis=1), axis=1)


def _static_codes(
    name: str, traits: pl.DataFrame | None, index: pl.DataFrame, encoding: Encoding
) -> IntArray:
    """Return label codes by series; labels unseen at training get codes past the known ones."""
    if traits is None:
        return np.full(index.height, -1, dtype=np.int64)
    values = index.join(traits, on=UNIQUE_ID, how="left", maintain_order="left")[name]
    known = encoding.labels.get(name, ())
    unseen = sorted(set(values.drop_nulls().to_list()).difference(known))
    codes = {label: code for code, label in enumerate([*known, *unseen])}
    return np.array([-1 if v is None else codes[v] for v in values.to_list()], dtype=np.int64)
