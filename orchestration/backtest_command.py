"""Forecast a long frame with the engine that serves tenants, for evaluation.

What belongs here: reading files, choosing covariates by their columns, writing forecasts, and a
report of time and memory. What stays out: Dagster (this runs as a plain process, without its
import cost) and the engine itself (`ml`).

Run as `python -m orchestration.backtest_command --input long.parquet ...`, or through
`ordernimbus backtest`.
"""

import argparse
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from ml.engine import Covariates, EngineConfig, TrainedModel, forecast, train
from ml.errors import ForecastingError, InvalidFrame
from ml.grain import FREQS, detect_freq
from ml.metrics import quantile_column

KEYS = frozenset({"unique_id", "ds", "y"})
BYTES_PER_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
EXIT_BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, train, forecast and write; return the exit code.

    Args:
        arguments: Command line without the program; None reads the process's own.

    Returns:
        0, or 2 with a message on stderr when the input cannot be forecast.
    """
    options = _parser().parse_args(arguments)
    started, started_cpu = time.monotonic(), time.process_time()
    try:
        model, forecasts = backtest(options)
    except (ForecastingError, FileNotFoundError, pl.exceptions.PolarsError) as error:
        _say(f"cannot forecast {options.input}: {error}")
        return EXIT_BAD_INPUT
    _write(forecasts, options.output)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_PER_RSS_UNIT
    _say(model.backtest.note + _accuracy(model))
    _say(
        f"{forecasts['unique_id'].n_unique()} series, {forecasts.height} rows in {options.output}; "
        f"{time.monotonic() - started:.1f} s wall, {time.process_time() - started_cpu:.1f} s CPU, "
        f"peak {peak / 2**20:.0f} MiB"
    )
    return 0


def backtest(options: argparse.Namespace) -> tuple[TrainedModel, pl.DataFrame]:
    """Train on rows up to the cutoff and forecast the horizon after it.

    Args:
        options: Parsed command line.

    Returns:
        The model, and one row per (unique_id, ds), sorted: `y_hat` and one column per quantile.

    Raises:
        InvalidFrame: A file breaks its schema.
        InsufficientHistory: No row at or before the cutoff.
    """
    known = pl.col("ds").cast(pl.Date) <= options.cutoff
    history = _read(options.input, ("unique_id", "ds", "y")).filter(known).collect()
    future = (
        None if options.future is None else _read(options.future, ("unique_id", "ds")).collect()
    )
    static = None if options.static is None else _read(options.static, ("unique_id",)).collect()
    config = replace(
        EngineConfig(),
        horizon=options.horizon,
        freq=options.freq or detect_freq(history["ds"].cast(pl.Date)),
        seed=options.seed,
        n_threads=options.threads,
    )
    model = train(
        history,
        cutoff=options.cutoff,
        covariates=declare_covariates(history, future, static),
        static=static,
        future=future,
        config=config,
        progress=lambda message, share: _say(f"{share:4.0%} {message}"),
    )
    forecasts = forecast(model, history, cutoff=options.cutoff, static=static, future=future)
    quantiles = [quantile_column(quantile) for quantile in config.quantiles]
    return model, forecasts.select("unique_id", "ds", "y_hat", *quantiles)


def declare_covariates(
    history: pl.DataFrame, future: pl.DataFrame | None, static: pl.DataFrame | None
) -> Covariates:
    """Return the role of each column: known ahead if the future frame has it, else historical.

    Args:
        history: Long frame; numeric extra columns are historical covariates.
        future: Long frame of columns known ahead, or None.
        static: One row per series, or None; every column is a static covariate.

    Returns:
        The declaration; text columns of the history that are not known ahead are left out.
    """
    ahead = [] if future is None else [name for name in future.columns if name not in KEYS]
    traits = [] if static is None else [name for name in static.columns if name not in KEYS]
    numeric = [
        name
        for name, dtype in history.schema.items()
        if name not in KEYS and (dtype.is_numeric() or dtype == pl.Boolean)
    ]
    past = [name for name in numeric if name not in ahead and name not in traits]
    return Covariates(static=tuple(traits), historical=tuple(past), future=tuple(ahead))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="backtest", description=__doc__.split("\n", 1)[0])
    defaults = EngineConfig()
    parser.add_argument("--input", type=Path, required=True, help="unique_id, ds, y (parquet, CSV)")
    parser.add_argument("--future", type=Path, help="unique_id, ds and covariates known ahead")
    parser.add_argument("--static", type=Path, help="one row per unique_id")
    parser.add_argument("--freq", choices=FREQS, help="grain of ds; detected when omitted")
    parser.add_argument("--horizon", type=int, default=defaults.horizon, help="periods to forecast")
    parser.add_argument("--cutoff", type=date.fromisoformat, required=True, help="last known ds")
    parser.add_argument("--output", type=Path, required=True, help="forecasts (parquet, CSV)")
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--threads", type=int, default=defaults.n_threads)
    return parser


def _read(path: Path, required: tuple[str, ...]) -> pl.LazyFrame:
    """Open a file lazily; days may be stored as dates, timestamps or ISO text."""
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; check the path")
    is_csv = path.suffix.lower() == ".csv"
    frame = pl.scan_csv(path, infer_schema_length=None) if is_csv else pl.scan_parquet(path)
    schema = frame.collect_schema()
    missing = [name for name in required if name not in schema]
    if missing:
        raise InvalidFrame(f"{path} lacks {missing} (it has {schema.names()}); add those columns")
    if "ds" in required and schema["ds"] == pl.String:
        frame = frame.with_columns(pl.col("ds").str.to_date())
    return frame


def _write(forecasts: pl.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() == ".csv":
        forecasts.write_csv(path)
    else:
        forecasts.write_parquet(path)


def _accuracy(model: TrainedModel) -> str:
    ours, naive = (model.backtest.value("wape", name) for name in ("engine", "seasonal_naive"))
    if ours is None or naive is None:
        return ""
    return f" WAPE {ours:.3f}, seasonal naive {naive:.3f}."


def _say(message: str) -> None:
    sys.stderr.write(message + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
