"""Forecast the M5 store CA_1 at one origin and compare with seasonal naive.

Belongs here: one measured run, printed as a table row. Stays out: the engine and the score.

One store cannot be scored on levels that sum stores, so WRMSSE is the mean over the four levels
whose keys name a store (store, store-category, store-department, item-store), weighted within
CA_1. It is comparable between rows of this script, not with published overall figures.
"""

import argparse
import resource
import time
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.m5 import Score, data_folder, day, read_events, read_items, read_sales, wrmsse
from ml.engine import Covariates, EngineConfig, forecast, train
from ml.metrics import level_columns
from ml.windows import DoubleArray

STORE = "CA_1"
STORE_LEVELS = (3, 8, 9, 12)
COVARIATES = Covariates(static=("item_id", "dept_id", "cat_id"), future=("price", "event", "snap"))


def main() -> None:
    """Run one origin and print accuracy, interval coverage, time and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--m5", type=Path, help="folder of the M5 files")
    parser.add_argument("--origin", type=int, default=1885, help="day number of the cutoff")
    options = parser.parse_args()
    folder = data_folder(options.m5)
    sales = read_sales(folder, (STORE,))
    cutoff = day(options.origin)
    long = sales.join(read_events(folder, STORE[:2]), on="ds", how="left")
    history = long.filter(pl.col("ds") <= cutoff)
    future = long.filter(pl.col("ds") > cutoff).drop("y")
    static = read_items(folder).filter(pl.col("store_id") == STORE)

    started, started_cpu = time.monotonic(), time.process_time()
    model = train(history, cutoff=cutoff, covariates=COVARIATES, static=static, future=future)
    forecasts = forecast(model, history, cutoff=cutoff, static=static, future=future)
    wall, cpu = time.monotonic() - started, time.process_time() - started_cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20

    naive = _seasonal_naive(history, options.origin)
    for name, frame in (("engine", forecasts), ("seasonal naive", naive)):
        score = wrmsse(frame, sales, folder, options.origin, STORE_LEVELS)
        print(f"{name:15} {_describe(frame, sales, score)}")
    print(f"intervals       {_intervals(forecasts, sales)}")
    print(f"cost            {wall:.1f} s wall, {cpu:.1f} s CPU, peak {peak:.2f} GiB")


def _seasonal_naive(history: pl.DataFrame, origin: int) -> pl.DataFrame:
    last = history.filter(pl.col("ds") > day(origin - 7)).select(
        "unique_id", "ds", pl.col("y").alias("y_hat")
    )
    return pl.concat(
        last.with_columns(pl.col("ds") + pl.duration(days=7 * week)) for week in range(1, 5)
    )


def _describe(frame: pl.DataFrame, sales: pl.DataFrame, score: Score) -> str:
    joined = frame.join(sales, on=["unique_id", "ds"])
    y, y_hat = joined["y"].to_numpy(), joined["y_hat"].to_numpy()
    units = float(y.sum())
    wape, bias = float(np.abs(y_hat - y).sum()) / units, float(y_hat.sum()) / units - 1
    levels = " ".join(f"L{level} {value:.3f}" for level, value in score.by_level.items())
    return f"WRMSSE {score.overall:.4f} ({levels})  WAPE {wape:.4f}  bias {100 * bias:+.2f} %"


def _intervals(frame: pl.DataFrame, sales: pl.DataFrame) -> str:
    joined = frame.join(sales, on=["unique_id", "ds"])
    parts = []
    for level in (50, 80, 90, 95):
        bounds = level_columns(level, EngineConfig().quantiles)
        if bounds is None:
            continue
        y, low, high = (joined[name].to_numpy() for name in ("y", *bounds))
        tail = (100 - level) / 200
        loss = _pinball(y, low, tail) + _pinball(y, high, 1 - tail)
        inside = float(np.mean((y >= low) & (y <= high)))
        parts.append(f"{level} %: covers {inside:.3f}, wQL {loss / float(y.sum()):.3f}")
    return "; ".join(parts)


def _pinball(y: DoubleArray, quantile: DoubleArray, level: float) -> float:
    gap = y - quantile
    return float(np.maximum(level * gap, (level - 1) * gap).sum())


if __name__ == "__main__":
    main()
