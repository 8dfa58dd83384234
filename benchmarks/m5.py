"""The M5 data kit and its official score.

Belongs here: loading the M5 files, WRMSSE over its twelve levels, at any origin of the kit.
Stays out: forecasting; scores take a forecast frame.

The data are never part of this project; pass their folder or set ORDERNIMBUS_SHARED_DATA.
Source: "The M5 Competition: Competitors' Guide", MOFC, 2020 (WRMSSE, levels and weights).
"""

import os
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

FIRST_DAY = date(2011, 1, 29)
KIT_DAY = 1913
LEVELS: tuple[tuple[str, ...], ...] = (
    (),
    ("state_id",),
    ("store_id",),
    ("cat_id",),
    ("dept_id",),
    ("state_id", "cat_id"),
    ("state_id", "dept_id"),
    ("store_id", "cat_id"),
    ("store_id", "dept_id"),
    ("item_id",),
    ("item_id", "state_id"),
    ("item_id", "store_id"),
)


def data_folder(given: Path | None) -> Path:
    """Return the folder of the M5 files: the argument, or the shared data folder."""
    shared = Path(os.environ.get("ORDERNIMBUS_SHARED_DATA", "../shared"))
    folder = given if given is not None else shared / "data" / "m5"
    if not (folder / "m5_wrmsse_kit.parquet").exists():
        raise FileNotFoundError(f"{folder} holds no m5_wrmsse_kit.parquet; pass the M5 folder")
    return folder


def day(number: int) -> date:
    """Return the calendar day of M5's d_<number>."""
    return FIRST_DAY + timedelta(days=number - 1)


def read_items(folder: Path) -> pl.DataFrame:
    """Return the hierarchy: one row per unique_id, sorted, with item to state columns."""
    return pl.read_parquet(folder / "m5_items.parquet").sort("unique_id")


def read_sales(folder: Path, stores: tuple[str, ...] = ()) -> pl.DataFrame:
    """Return daily sales and prices.

    Args:
        folder: M5 folder.
        stores: Store ids to keep; empty keeps all ten.

    Returns:
        One row per (unique_id, ds), sorted; `y` Float64 units, `price` Float64.
    """
    states = sorted({store[:2] for store in stores}) or ["CA", "TX", "WI"]
    parts = [
        pl.scan_parquet(folder / f"m5_daily_{state}.parquet").with_columns(
            pl.col("unique_id").cast(pl.String)
        )
        for state in states
    ]
    sales = pl.concat(parts)
    if stores:
        store = pl.col("unique_id").str.extract(r"_([A-Z]{2}_\d)$")
        sales = sales.filter(store.is_in(stores))
    return (
        sales.select(
            "unique_id",
            "ds",
            pl.col("y").cast(pl.Float64),
            pl.col("sell_price").cast(pl.Float64).alias("price"),
        )
        .sort("unique_id", "ds")
        .collect()
    )


def read_events(folder: Path, state: str) -> pl.DataFrame:
    """Return known-ahead calendar facts of a state.

    Args:
        folder: M5 folder.
        state: "CA", "TX" or "WI".

    Returns:
        One row per `ds`, sorted; `event` String (null = none), `snap` Float64 0/1.
    """
    return (
        pl.read_parquet(folder / "m5_calendar.parquet")
        .select(
            pl.col("date").cast(pl.Date).alias("ds"),
            pl.col("event_name_1").alias("event"),
            pl.col(f"snap_{state}").cast(pl.Float64).alias("snap"),
        )
        .sort("ds")
    )


@dataclass(frozen=True)
class Score:
    """WRMSSE of one forecast.

    Attributes:
        overall: Mean of the levels.
        by_level: Level number (1..12) to WRMSSE.
    """

    overall: float
    by_level: dict[int, float]


def wrmsse(
    forecasts: pl.DataFrame,
    sales: pl.DataFrame,
    folder: Path,
    origin: int,
    levels: tuple[int, ...] = tuple(range(1, 13)),
) -> Score:
    """Return the official score of 28 days of bottom-level forecasts.

    Args:
        forecasts: One row per (unique_id, ds) of d_<origin+1>..d_<origin+28> with `y_hat`.
        sales: From `read_sales`, covering d_<origin-27>..d_1913 of the same series.
        folder: M5 folder.
        origin: Day number of the cutoff, at most 1885.
        levels: Levels to score; with a few stores only, give those whose keys name a store.

    Returns:
        Errors weighted by revenue of the last 28 days, in units of one-day differences.
    """
    items = read_items(folder).filter(
        pl.col("unique_id").is_in(sales["unique_id"].unique().implode())
    )
    days = [day(d) for d in range(origin - 27, KIT_DAY + 1)]
    keyed = items.select("unique_id").join(pl.DataFrame({"ds": days}), how="cross")
    dense = keyed.join(sales, on=["unique_id", "ds"], how="left", maintain_order="left")
    dense = dense.join(
        forecasts.select("unique_id", "ds", "y_hat"),
        on=["unique_id", "ds"],
        how="left",
        maintain_order="left",
    )
    shape = (items.height, len(days))
    units = dense["y"].fill_null(0.0).to_numpy().reshape(shape)
    revenue = units * dense["price"].fill_null(0.0).to_numpy().reshape(shape)
    ahead = dense["y_hat"].cast(pl.Float64).to_numpy().reshape(shape)[:, 28:56]
    if np.isnan(ahead).any():
        raise ValueError(f"forecasts lack days of d_{origin + 1}..d_{origin + 28}; give them all")
    kit = pl.read_parquet(folder / "m5_wrmsse_kit.parquet")
    by_level: dict[int, float] = {}
    for level in levels:
        columns = LEVELS[level - 1]
        key = pl.concat_str(*columns, separator="|") if columns else pl.lit("X")
        keys = (
            items.select(key.alias("key")).to_series() if columns else pl.Series(["X"] * shape[0])
        )
        names, member_of = np.unique(keys.to_numpy(), return_inverse=True)
        sums = np.zeros((3, len(names), shape[1]))
        np.add.at(sums[0], member_of, units)
        np.add.at(sums[1], member_of, revenue)
        np.add.at(sums[2][:, 28:56], member_of, ahead)
        facts = pl.DataFrame({"key": names}).join(
            kit.filter(pl.col("level") == level), on="key", how="left", maintain_order="left"
        )
        later = np.square(np.diff(sums[0][:, 27:], axis=1)).sum(axis=1)
        n_later = KIT_DAY - origin
        n_diffs = facts["n_diffs_d1913"].to_numpy() - n_later
        total = facts["scale2_d1913"].to_numpy() * facts["n_diffs_d1913"].to_numpy() - later
        weight = sums[1][:, :28].sum(axis=1)
        scored = (n_diffs > 0) & (total > 0) & (weight > 0)
        error = np.square(sums[0][:, 28:56] - sums[2][:, 28:56]).mean(axis=1)
        rmsse = np.sqrt(error[scored] / (total[scored] / n_diffs[scored]))
        by_level[level] = float((rmsse * weight[scored]).sum() / weight.sum())
    return Score(overall=float(np.mean(list(by_level.values()))), by_level=by_level)
