"""One tenant's history as dense day-by-series arrays.

Belongs here: gap filling, alignment of covariates, encoding of text values. Stays out: features
(`features.py`) and anything that looks past the panel's cutoff except declared future covariates.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from ml.schema import DS, UNIQUE_ID, Covariates, Y, check_future, check_history, check_static

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
CovariateKind = Literal["flag", "level", "category"]

PAD_DAYS = 420
"""Unknown days kept before the first observation, so every window of a year stays in range."""


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
    """Dense arrays of one tenant; rows are series sorted by id, columns are days.

    Attributes:
        unique_ids: Series identifiers, sorted; row order of every array.
        start: Calendar day of column 0.
        horizon: Days known ahead in `future`.
        y: Shape (n_series, n_days), units/day; NaN = unknown or before the first observation.
        first: Shape (n_series,), column of the first observation; n_days where there is none.
        future: Name to shape (n_series, n_days + horizon) arrays of covariates known ahead.
        historical: Name to shape (n_series, n_days) arrays.
        static: Name to shape (n_series,) codes, -1 = unknown.
        encoding: How text and flags were read.
    """

    unique_ids: tuple[str, ...]
    start: date
    horizon: int
    y: FloatArray
    first: IntArray
    future: Mapping[str, FloatArray]
    historical: Mapping[str, FloatArray]
    static: Mapping[str, IntArray]
    encoding: Encoding

    @property
    def n_series(self) -> int:
        """Number of series."""
        return len(self.unique_ids)

    @property
    def last(self) -> int:
        """Column of the cutoff."""
        return int(self.y.shape[1]) - 1

    def day(self, column: int) -> date:
        """Calendar day of a column."""
        return self.start + timedelta(days=column)


def build_panel(
    history: pl.DataFrame,
    *,
    cutoff: date,
    horizon: int,
    covariates: Covariates,
    static: pl.DataFrame | None,
    future: pl.DataFrame | None,
    max_history_days: int,
    encoding: Encoding | None = None,
) -> Panel:
    """Return dense arrays up to the cutoff, with absent days read as zero sales.

    Args:
        history: One row per (unique_id, ds); see `schema.check_history`.
        cutoff: Last day that may be seen.
        horizon: Days of future covariates kept past the cutoff.
        covariates: Declared columns.
        static: One row per unique_id, or None when nothing is declared.
        future: One row per (unique_id, ds), or None when nothing is known ahead.
        max_history_days: Older days are dropped.
        encoding: The training run's encoding; None learns one here.

    Returns:
        A panel whose gaps between first observation and cutoff are zero sales; a null `y` row
        stays unknown. Unknown levels carry the last value forward; unknown flags of the horizon
        take the weekday's majority of the last eight weeks.

    Raises:
        InvalidFrame: A frame breaks its schema.
        InsufficientHistory: No known `y` at or before the cutoff.
    """
    known = check_history(history, covariates, cutoff)
    oldest = cutoff - timedelta(days=max_history_days - 1)
    births = known.group_by(UNIQUE_ID).agg(pl.col(DS).min()).sort(UNIQUE_ID)
    ids = births.get_column(UNIQUE_ID)
    opening = max(births.select(pl.col(DS).min()).item(), oldest)
    start = opening - timedelta(days=PAD_DAYS)
    n_days = (cutoff - start).days + 1
    index = pl.DataFrame({UNIQUE_ID: ids, "row": np.arange(ids.len(), dtype=np.int64)})
    placed = _place(known.filter(pl.col(DS) >= opening), index, start)
    rows, cols = placed["row"].to_numpy(), placed["column"].to_numpy()
    first = (
        births.select((pl.col(DS).clip(lower_bound=opening) - pl.lit(start)).dt.total_days())
        .to_series()
        .to_numpy()
    )
    y = np.where(np.arange(n_days) >= first[:, None], 0.0, np.nan).astype(np.float32)
    y[rows, cols] = placed[Y].cast(pl.Float32).fill_null(float("nan")).to_numpy()

    ahead = None
    if future is not None:
        checked = check_future(future, covariates, cutoff + timedelta(days=horizon))
        ahead = _place(checked.filter(pl.col(DS) >= start), index, start)
    traits = check_static(static, covariates) if static is not None else None
    if encoding is None:
        encoding = _learn_encoding(placed, ahead, traits, covariates)
    return Panel(
        unique_ids=tuple(ids.to_list()),
        start=start,
        horizon=horizon,
        y=y,
        first=first,
        future={
            name: _future_array(
                name, placed, ahead, (ids.len(), n_days + horizon), n_days, encoding
            )
            for name in covariates.future
        },
        historical={
            name: _carry_forward(_scatter(placed, name, (ids.len(), n_days), None))
            for name in covariates.historical
        },
        static={name: _static_codes(name, traits, index, encoding) for name in covariates.static},
        encoding=encoding,
    )


def _place(frame: pl.DataFrame, index: pl.DataFrame, start: date) -> pl.DataFrame:
    """Add `row` and `column` positions; rows of unknown series are dropped."""
    column = (pl.col(DS) - pl.lit(start)).dt.total_days().alias("column")
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
    array[placed["row"].to_numpy(), placed["column"].to_numpy()] = (
        values.cast(pl.Float32).fill_null(float("nan")).to_numpy()
    )
    return array


def _future_array(
    name: str,
    placed: pl.DataFrame,
    ahead: pl.DataFrame | None,
    shape: tuple[int, int],
    n_days: int,
    encoding: Encoding,
) -> FloatArray:
    """Return one future covariate over history and horizon, unknown days filled by its kind."""
    array = np.full(shape, np.nan, dtype=np.float32)
    for part in (placed, ahead):
        if part is not None and name in part.columns:
            given = _scatter(part, name, shape, encoding.labels.get(name))
            array = np.where(np.isnan(given), array, given)
    if encoding.kinds[name] == "level":
        return _carry_forward(array)
    if encoding.kinds[name] == "flag":
        array[:, :n_days] = np.nan_to_num(array[:, :n_days])
        for column in range(n_days, shape[1]):
            # Opening days keep their weekly rhythm this way, and rare promotions read as none.
            weeks_back = np.arange(1, 9) * 7 + 7 * ((column - n_days) // 7)
            usual = (array[:, column - weeks_back].mean(axis=1) > 0.5).astype(np.float32)
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
