"""Rolling-origin backtest: forecasts made as if each past cutoff were today.

Belongs here: choosing windows, collecting out-of-sample forecasts, calibrating and scoring them
honestly against seasonal naive. Stays out: metric formulas (`metrics.py`) and the calibration
itself (`quantiles.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import lightgbm as lgb
import numpy as np
import polars as pl

from ml.benchmark import seasonal_naive
from ml.censoring import observed_demand
from ml.config import EngineConfig
from ml.features import FeatureSource
from ml.metrics import METRIC_UNITS, quantile_column, score
from ml.panel import FloatArray
from ml.points import Points, point_forecasts
from ml.quantiles import Calibration, fit_calibration, predict_quantiles
from ml.windows import DoubleArray

ENGINE = "engine"
BENCHMARK = "seasonal_naive"
SCOPES: dict[str, tuple[str, ...]] = {
    "overall": (),
    "window": ("cutoff",),
    "step": ("step",),
    "class": ("series_class",),
}


METRIC_SCHEMA = {
    "model": pl.String(),
    "scope": pl.String(),
    "key": pl.String(),
    "metric": pl.String(),
    "value": pl.Float64(),
    "unit": pl.String(),
}


@dataclass(frozen=True)
class BacktestReport:
    """What the backtest found.

    Attributes:
        cutoffs: Cutoff of each window, earliest first; empty when history holds none.
        note: One sentence saying how many windows ran and why not more.
        metrics: One row per (model, scope, key, metric), sorted: `model` "engine" or
            "seasonal_naive", `scope` one of overall, window, step, class, `key` String, `metric`,
            `value` Float64, `unit` String.
        forecasts: One row per (cutoff, unique_id, ds), sorted, with `step`, `y`, `y_hat`,
            `naive`, quantiles, `method` and `series_class`; the quantiles of a window are
            calibrated on the other windows. Empty on a model loaded from its artifact.
    """

    cutoffs: tuple[date, ...]
    note: str
    metrics: pl.DataFrame
    forecasts: pl.DataFrame

    def value(self, metric: str, model: str = ENGINE) -> float | None:
        """Return an overall metric, or None if it could not be computed."""
        found = self.metrics.filter(
            (pl.col("model") == model)
            & (pl.col("scope") == "overall")
            & (pl.col("metric") == metric)
        )
        return None if found.is_empty() else float(found["value"][0])


@dataclass(frozen=True)
class _Window:
    points: Points
    y: FloatArray
    naive: FloatArray


def run_backtest(
    source: FeatureSource, boosters: Mapping[int, lgb.Booster | None], config: EngineConfig
) -> tuple[BacktestReport, Calibration]:
    """Return the scored backtest and the calibration learned from all its windows.

    Args:
        source: The panel and its running sums.
        boosters: Origin of each window to the booster trained on days up to it.
        config: Windows, horizon and quantiles.

    Returns:
        The report, and the calibration for forecasts after the panel's cutoff.
    """
    columns = sorted(boosters)
    windows = [_run_window(source, column, boosters[column], config) for column in columns]
    calibration = _calibrate(windows, [slice(None)] * len(windows), config)
    frame = _frame(source, windows, config)
    return (
        BacktestReport(
            cutoffs=tuple(source.panel.day(column) for column in columns),
            note=_note(len(columns), config),
            metrics=_metrics(frame, config),
            forecasts=frame,
        ),
        calibration,
    )


def window_columns(source: FeatureSource, config: EngineConfig) -> list[int]:
    """Return the origins of the windows, earliest first.

    Args:
        source: The panel and its running sums.
        config: Windows wanted and horizon.

    Returns:
        Origins one horizon apart, the last one horizon before the cutoff; each has at least one
        horizon of history before it.
    """
    panel = source.panel
    earliest = int(panel.first.min()) + config.horizon - 1
    wanted = [panel.last - config.horizon * back for back in range(config.n_windows, 0, -1)]
    return [column for column in wanted if column >= earliest]


def _run_window(
    source: FeatureSource, column: int, booster: lgb.Booster | None, config: EngineConfig
) -> _Window:
    points = point_forecasts(source, column, booster, config)
    ahead = slice(column + 1, column + 1 + config.horizon)
    naive = seasonal_naive(source.panel.y, column, config.horizon, config.grain.season)
    actual = observed_demand(source.panel)[points.series, ahead]
    return _Window(points, actual, naive[points.series])


def _calibrate(windows: list[_Window], rows: list[slice], config: EngineConfig) -> Calibration:
    """Fit ratio tables on the given series rows of the given windows."""
    y = [w.y[r].ravel() for w, r in zip(windows, rows, strict=True)]
    y_hat = [w.points.y_hat[r].ravel() for w, r in zip(windows, rows, strict=True)]
    method = [
        np.repeat(w.points.method[r], config.horizon) for w, r in zip(windows, rows, strict=True)
    ]
    spread = [
        np.repeat(w.points.spread[r], config.horizon) for w, r in zip(windows, rows, strict=True)
    ]
    actual: DoubleArray = np.concatenate([*y, np.zeros(0)]).astype(np.float64)
    step = np.tile(np.arange(1, config.horizon + 1), actual.size // config.horizon)
    known = ~np.isnan(actual)
    return fit_calibration(
        actual[known],
        np.concatenate([*y_hat, np.zeros(0)]).astype(np.float64)[known],
        step[known],
        np.concatenate([*method, np.zeros(0, dtype=np.str_)])[known],
        np.concatenate([*spread, np.zeros(0)])[known],
        quantiles=config.quantiles,
        min_bin_rows=config.min_bin_rows,
        seed=config.seed,
    )


def _held_out_quantiles(windows: list[_Window], number: int, config: EngineConfig) -> FloatArray:
    """Return a window's quantiles, calibrated without it.

    With one window alone, even series are calibrated on odd ones and odd on even.
    """
    points = windows[number].points
    others = [w for position, w in enumerate(windows) if position != number]
    if others:
        calibration = _calibrate(others, [slice(None)] * len(others), config)
        return predict_quantiles(calibration, points.y_hat, points.method, points.spread)
    found = np.zeros((*points.y_hat.shape, len(config.quantiles)), dtype=np.float32)
    even, odd = slice(0, None, 2), slice(1, None, 2)
    for mine, theirs in ((even, odd), (odd, even)):
        calibration = _calibrate(windows, [theirs], config)
        found[mine] = predict_quantiles(
            calibration, points.y_hat[mine], points.method[mine], points.spread[mine]
        )
    return found


def _frame(source: FeatureSource, windows: list[_Window], config: EngineConfig) -> pl.DataFrame:
    parts = []
    ids = pl.Series("unique_id", source.panel.unique_ids, dtype=pl.String)
    for number, window in enumerate(windows):
        quantiles = _held_out_quantiles(windows, number, config)
        part = points_frame(source, window.points, quantiles, config).with_columns(
            pl.lit(source.panel.day(window.points.column)).alias("cutoff"),
            pl.Series("y", window.y.ravel().astype(np.float64)).fill_nan(None),
            pl.Series("naive", window.naive.ravel().astype(np.float64)),
        )
        parts.append(part.join(_scales(source, window.points.column, ids), on="unique_id"))
    if not parts:
        return pl.DataFrame()
    return pl.concat(parts).sort("cutoff", "unique_id", "ds")


def points_frame(
    source: FeatureSource, points: Points, quantiles: FloatArray, config: EngineConfig
) -> pl.DataFrame:
    """Return forecasts in long form.

    Args:
        source: The panel the points belong to.
        points: Point forecasts.
        quantiles: Shape (n, horizon, n_quantiles), from `predict_quantiles`.
        config: Horizon and quantiles.

    Returns:
        One row per (unique_id, ds), sorted: `step` Int32, `y_hat` and one column per quantile
        Float64 units/period, `method` and `series_class` String; no nulls.
    """
    panel, horizon = source.panel, config.horizon
    ids = np.array(panel.unique_ids, dtype=object)[points.series]
    days = [panel.day(points.column + step) for step in range(1, horizon + 1)]
    flat = quantiles.reshape(-1, len(config.quantiles)).astype(np.float64)
    return pl.DataFrame(
        {
            "unique_id": pl.Series(np.repeat(ids, horizon), dtype=pl.String),
            "ds": pl.Series(days * ids.size, dtype=pl.Date),
            "step": pl.Series(np.tile(np.arange(1, horizon + 1), ids.size), dtype=pl.Int32),
            "y_hat": points.y_hat.ravel().astype(np.float64),
            **{quantile_column(q): flat[:, at] for at, q in enumerate(config.quantiles)},
            "method": pl.Series(np.repeat(points.method, horizon), dtype=pl.String),
            "series_class": pl.Series(np.repeat(points.series_class, horizon), dtype=pl.String),
        }
    )


def _scales(source: FeatureSource, column: int, ids: pl.Series) -> pl.DataFrame:
    """Naive errors before the cutoff: mean squared one-period, mean absolute 7-day difference."""
    y = source.panel.y[:, : column + 1].astype(np.float64)
    found = {"unique_id": ids}
    # Seven days make a week; seven weeks or months make nothing, so that scale is unknown there.
    daily = source.panel.grain.freq == "D"
    for name, lag, power in (("scale_1", 1, 2), ("scale_7", 7, 1)):
        if lag == 7 and not daily:
            found[name] = pl.Series([None] * ids.len(), dtype=pl.Float64)
            continue
        gap = np.abs(y[:, lag:] - y[:, :-lag]) ** power
        known = (~np.isnan(gap)).sum(axis=1)
        found[name] = pl.Series(np.nansum(gap, axis=1) / np.maximum(known, 1))
    return pl.DataFrame(found)


def _metrics(frame: pl.DataFrame, config: EngineConfig) -> pl.DataFrame:
    parts = [pl.DataFrame(schema=METRIC_SCHEMA)]
    for model, column, quantiles in (
        (ENGINE, "y_hat", config.quantiles),
        (BENCHMARK, "naive", ()),
    ):
        for scope, keys in SCOPES.items():
            if frame.is_empty():
                continue
            scored = score(frame, keys, quantiles, column)
            key = pl.col(keys[0]).cast(pl.String) if keys else pl.lit("all")
            metrics = [name for name in METRIC_UNITS if name in scored.columns]
            long = scored.with_columns(
                pl.lit(model).alias("model"), pl.lit(scope).alias("scope"), key.alias("key")
            ).unpivot(
                metrics, index=["model", "scope", "key"], variable_name="metric", value_name="value"
            )
            unit = pl.col("metric").replace_strict(METRIC_UNITS, return_dtype=pl.String)
            # Summation order of parallel aggregation moves the last bits; rounding removes them.
            parts.append(
                long.filter(pl.col("value").is_not_null()).with_columns(
                    pl.col("value").round(9), unit.alias("unit")
                )
            )
    return pl.concat(parts).sort("model", "scope", "key", "metric")


def _note(n_windows: int, config: EngineConfig) -> str:
    if n_windows == config.n_windows:
        return f"{n_windows} backtest windows of {config.horizon} {config.grain.unit}."
    return (
        f"{n_windows} of {config.n_windows} backtest windows of {config.horizon} "
        f"{config.grain.unit}: history is too short for more."
    )
