"""Declared shapes of the frames that enter the forecasting room.

Belongs here: column names, the covariate declaration, and checks at the boundary. Stays out:
gap filling and array building (`panel.py`) and every feature (`features.py`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from ml.errors import InsufficientHistory, InvalidFrame

UNIQUE_ID = "unique_id"
DS = "ds"
Y = "y"
STOCK_OUT_SHARE = "stock_out_share"
RESERVED = frozenset({UNIQUE_ID, DS, Y, "step", "cutoff", "y_hat"})


@dataclass(frozen=True)
class Covariates:
    """Which columns explain demand, and until when each is known.

    Attributes:
        static: Text columns of the static frame, one value per `unique_id`.
        historical: Numeric columns of the history frame, known up to the cutoff only. The name
            `stock_out_share` (share of the day with nothing to sell, 0..1, null = unknown) makes
            demand of those days an estimate; see `censoring.py`.
        future: Columns known over the horizon too (numeric, boolean or text), found in the
            history frame, the future frame or both.
    """

    static: tuple[str, ...] = ()
    historical: tuple[str, ...] = ()
    future: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse names that collide with each other or with the panel's own columns."""
        names = [*self.static, *self.historical, *self.future]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise InvalidFrame(f"covariates {repeated} are declared twice; keep one role each")
        plain = [plain_name(name) for name in names]
        alike = sorted(name for name in names if plain.count(plain_name(name)) > 1)
        if alike and not repeated:
            raise InvalidFrame(f"covariates {alike} differ in punctuation only; rename one")
        reserved = sorted(RESERVED.intersection(names))
        if reserved:
            raise InvalidFrame(f"covariates {reserved} use reserved names; rename those columns")


def plain_name(name: str) -> str:
    """Return the name with every character LightGBM refuses in feature names replaced.

    >>> plain_name("sell price [USD]")
    'sell_price__USD_'
    """
    return re.sub(r"\W", "_", name)


def check_history(history: pl.DataFrame, covariates: Covariates, cutoff: date) -> pl.DataFrame:
    """Return the history up to the cutoff with canonical dtypes.

    Args:
        history: One row per (unique_id, ds); `y` numeric units, null = unknown.
        covariates: Declared columns; a future column may be absent here if the future frame has it.
        cutoff: Last day training may see; later rows are dropped before anything else.

    Returns:
        One row per (unique_id, ds), sorted; `unique_id` String, `ds` Date, `y` Float64 units/period
        (null = unknown, negative net sales read as zero demand), then the covariates present.

    Raises:
        InvalidFrame: A column is missing, has an unusable dtype, or a key repeats.
        InsufficientHistory: No row with a known `y` is left at or before the cutoff.
    """
    _require(history, (UNIQUE_ID, DS, Y, *covariates.historical), "history")
    kept = [c for c in (*covariates.historical, *covariates.future) if c in history.columns]
    frame = _with_keys(history.select(UNIQUE_ID, DS, Y, *kept), "history")
    frame = frame.filter(pl.col(DS) <= cutoff)
    _check_covariates(frame, covariates.historical, "history", texts=False)
    _check_covariates(frame, covariates.future, "history", texts=True)
    if not frame.schema[Y].is_numeric() and frame.schema[Y] != pl.Null:
        raise InvalidFrame(f"history column 'y' is {frame.schema[Y]}; give numeric units")
    frame = frame.with_columns(pl.col(Y).cast(pl.Float64).fill_nan(None).clip(lower_bound=0.0))
    if frame.filter(pl.col(Y).is_infinite()).height:
        raise InvalidFrame("history column 'y' holds an infinite value; replace it with null")
    if frame.get_column(Y).drop_nulls().is_empty():
        raise InsufficientHistory(
            f"no series has a known y at or before cutoff {cutoff}; load sales first"
        )
    return frame.sort(UNIQUE_ID, DS)


def check_future(future: pl.DataFrame, covariates: Covariates, last_day: date) -> pl.DataFrame:
    """Return the known-ahead covariates up to the last forecast day.

    Args:
        future: One row per (unique_id, ds) with any of the declared future columns.
        covariates: Declared columns.
        last_day: cutoff + horizon; later rows are dropped.

    Returns:
        One row per (unique_id, ds), sorted, with the future columns present.

    Raises:
        InvalidFrame: A key column is missing, has a wrong dtype, or a key repeats.
    """
    _require(future, (UNIQUE_ID, DS), "future")
    kept = [c for c in covariates.future if c in future.columns]
    frame = _with_keys(future.select(UNIQUE_ID, DS, *kept), "future")
    _check_covariates(frame, covariates.future, "future", texts=True)
    return frame.filter(pl.col(DS) <= last_day).sort(UNIQUE_ID, DS)


def check_static(static: pl.DataFrame, covariates: Covariates) -> pl.DataFrame:
    """Return one row of text attributes per series.

    Args:
        static: One row per `unique_id` with every declared static column.
        covariates: Declared columns.

    Returns:
        One row per `unique_id`, sorted; static columns as String, null where unknown.

    Raises:
        InvalidFrame: A column is missing or a `unique_id` repeats.
    """
    _require(static, (UNIQUE_ID, *covariates.static), "static")
    frame = static.select(pl.col(UNIQUE_ID, *covariates.static).cast(pl.String)).sort(UNIQUE_ID)
    repeated = frame.filter(pl.col(UNIQUE_ID).is_duplicated())
    if repeated.height:
        raise InvalidFrame(
            f"static frame repeats unique_id {repeated[UNIQUE_ID][0]!r}; keep one row per series"
        )
    return frame


def _require(frame: pl.DataFrame, columns: Sequence[str], name: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise InvalidFrame(
            f"{name} frame lacks {missing} (it has {frame.columns}); add or undeclare them"
        )


def _check_covariates(
    frame: pl.DataFrame, names: Sequence[str], frame_name: str, *, texts: bool
) -> None:
    """Refuse covariates that are neither numbers, flags nor, where allowed, text."""
    for name in names:
        if name not in frame.columns:
            continue
        dtype = frame.schema[name]
        is_text = dtype in (pl.String, pl.Categorical, pl.Enum)
        if not (dtype.is_numeric() or dtype in (pl.Boolean, pl.Null) or (texts and is_text)):
            raise InvalidFrame(
                f"{frame_name} covariate {name!r} is {dtype}; give numbers, flags"
                f"{' or text' if texts else ''}"
            )


def _with_keys(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Cast the key columns and refuse null or repeated keys."""
    if not frame.schema[DS].is_temporal():
        raise InvalidFrame(f"{name} column 'ds' is {frame.schema[DS]}; give calendar days (Date)")
    frame = frame.with_columns(pl.col(UNIQUE_ID).cast(pl.String), pl.col(DS).cast(pl.Date))
    if frame.select(pl.col(UNIQUE_ID, DS).is_null().any()).row(0) != (False, False):
        raise InvalidFrame(f"{name} frame has a null unique_id or ds; drop or fix those rows")
    repeated = frame.select(pl.struct(UNIQUE_ID, DS).is_duplicated().arg_max()).item()
    if frame.height and frame.select(pl.struct(UNIQUE_ID, DS).is_duplicated().any()).item():
        key = frame.row(int(repeated))[:2]
        raise InvalidFrame(f"{name} frame repeats key {key}; sum the rows of one day first")
    return frame
