"""Forecast all 30,490 M5 series at several origins; accuracy, CPU seconds and peak memory.

    make bench B="forecast_m5 --peer"
    python -m benchmarks.forecast_m5 --origins 1885 1857 --windows 0

Belongs here: one measured run per origin and model, each in a process of its own so that its peak
memory is its own, and the table. Stays out: the engine, the score (`m5.py`), the peer's
configuration (`mlforecast_peer.py`).

`train` includes the backtest of `--windows` windows, which also calibrates the quantiles;
`refresh` forecasts with quantiles from the trained model, without retraining.
"""

import argparse
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks import m5, mlforecast_peer
from ml.engine import Covariates, EngineConfig, forecast, train

HORIZON = 28
COVARIATES = Covariates(
    static=("item_id", "dept_id", "cat_id", "store_id", "state_id"),
    future=("price", "event", "snap"),
)
RSS_PER_GIB = 2**30 if sys.platform == "darwin" else 2**20


@dataclass(frozen=True)
class Result:
    """What one model did at one origin.

    Attributes:
        model: "engine" or "mlforecast".
        origin: Day number of the cutoff.
        score: WRMSSE.
        bias_pct: Sum of forecasts over sum of sales, less one, in percent.
        n_series: Series forecast.
        train_cpu: CPU seconds of training.
        refresh_cpu: CPU seconds of forecasting with the trained model.
        wall: Seconds for both.
        peak_gib: Largest resident memory of the process, reading the data included.
    """

    model: str
    origin: int
    score: m5.Score
    bias_pct: float
    n_series: int
    train_cpu: float
    refresh_cpu: float
    wall: float
    peak_gib: float


def measure(model: str, folder: Path, origin: int, config: EngineConfig) -> Result:
    """Train and forecast at one origin, in this process.

    Args:
        model: "engine" or "mlforecast".
        folder: M5 folder.
        origin: Day number of the cutoff.
        config: Settings of the engine; the peer reads its seed and threads.

    Returns:
        Accuracy and cost.
    """
    items = m5.read_items(folder)
    cutoff = m5.day(origin)
    long = _with_events(folder, m5.read_sales(folder))
    history = long.filter(pl.col("ds") <= cutoff)
    future = long.filter(pl.col("ds") > cutoff).drop("y")
    del long
    started, begun = time.monotonic(), time.process_time()
    refresh: Callable[[], pl.DataFrame]
    if model == "engine":
        trained = train(
            history,
            cutoff=cutoff,
            covariates=COVARIATES,
            static=items,
            future=future,
            config=config,
        )
        refresh = partial(forecast, trained, history, cutoff=cutoff, static=items, future=future)
    else:
        peer = mlforecast_peer.train(history, items, config)
        refresh = partial(mlforecast_peer.forecast, peer, future, HORIZON)
    fitted = time.process_time()
    found = refresh()
    done, wall = time.process_time(), time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / RSS_PER_GIB
    sales = m5.read_sales(folder)
    joined = found.select("unique_id", "ds", "y_hat").join(sales, on=["unique_id", "ds"])
    # A series that has not sold by the origin is not forecast, which the score reads as none.
    keys = sales.select("unique_id").unique().join(_horizon(origin), how="cross")
    served = keys.join(found, on=["unique_id", "ds"], how="left").with_columns(
        pl.col("y_hat").fill_null(0.0)
    )
    return Result(
        model=model,
        origin=origin,
        score=m5.wrmsse(served, sales, folder, origin),
        bias_pct=100.0 * (float(joined["y_hat"].sum()) / float(joined["y"].sum()) - 1.0),
        n_series=found["unique_id"].n_unique(),
        train_cpu=fitted - begun,
        refresh_cpu=done - fitted,
        wall=wall,
        peak_gib=peak,
    )


def _with_events(folder: Path, sales: pl.DataFrame) -> pl.DataFrame:
    """Add `event` and `snap` of each series' state."""
    states = ("CA", "TX", "WI")
    events = [
        m5.read_events(folder, state).with_columns(pl.lit(state).alias("state")) for state in states
    ]
    state = pl.col("unique_id").str.extract(r"_([A-Z]{2})_\d$").alias("state")
    joined = sales.with_columns(state).join(pl.concat(events), on=["ds", "state"], how="left")
    return joined.drop("state")


def _horizon(origin: int) -> pl.DataFrame:
    return pl.DataFrame({"ds": [m5.day(origin + step) for step in range(1, HORIZON + 1)]})


def describe(result: Result) -> str:
    """Return one line of the table."""
    levels = " ".join(f"{value:.3f}" for value in result.score.by_level.values())
    per_day = 1000.0 * result.refresh_cpu / (result.n_series * HORIZON)
    return (
        f"{result.model:10} {result.origin}  WRMSSE {result.score.overall:.4f}  ({levels})  "
        f"bias {result.bias_pct:+.1f} %  train {result.train_cpu:.0f} CPU-s, refresh "
        f"{result.refresh_cpu:.1f} CPU-s ({per_day:.4f} CPU-ms per series-day), "
        f"{result.wall:.0f} s wall, peak {result.peak_gib:.2f} GiB"
    )


def compare(ours: list[Result], peers: list[Result]) -> str:
    """Return the engine's figures as shares of the peer's, over the same origins."""

    def ratio(read: Callable[[Result], float]) -> float:
        mean = [float(np.mean([read(result) for result in side])) for side in (ours, peers)]
        return mean[0] / mean[1]

    return (
        f"engine / mlforecast: WRMSSE {ratio(lambda r: r.score.overall):.3f}, "
        f"train {ratio(lambda r: r.train_cpu):.2f} CPU, "
        f"refresh over its training {_refresh_share(ours, peers):.3f} CPU, "
        f"peak {ratio(lambda r: r.peak_gib):.2f}"
    )


def _refresh_share(ours: list[Result], peers: list[Result]) -> float:
    """A refresh against the peer's cheapest way to new forecasts, which is to train again."""
    again = sum(result.train_cpu + result.refresh_cpu for result in peers)
    return sum(result.refresh_cpu for result in ours) / again


def main() -> None:
    """Run every origin and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--m5", type=Path, help="folder of the M5 files")
    parser.add_argument("--origins", type=int, nargs="+", default=[1885, 1857, 1829])
    parser.add_argument("--windows", type=int, default=0, help="backtest windows of the engine")
    parser.add_argument("--peer", action="store_true", help="run mlforecast beside the engine")
    options = parser.parse_args()
    folder = m5.data_folder(options.m5)
    config = replace(EngineConfig(), horizon=HORIZON, n_windows=options.windows)
    models = ["engine", "mlforecast"] if options.peer else ["engine"]
    found: dict[str, list[Result]] = {model: [] for model in models}
    context = multiprocessing.get_context("spawn")
    for origin in options.origins:
        for model in models:
            with ProcessPoolExecutor(1, mp_context=context) as pool:
                result = pool.submit(measure, model, folder, origin, config).result()
            found[model].append(result)
            print(describe(result), flush=True)
    for model, results in found.items():
        mean = float(np.mean([result.score.overall for result in results]))
        print(f"{model}: mean WRMSSE of {len(results)} origins {mean:.4f}")
    if options.peer:
        print(compare(found["engine"], found["mlforecast"]))


if __name__ == "__main__":
    main()
