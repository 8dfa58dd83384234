"""Point forecasts: each series by the method its class deserves, with the reason in words.

Belongs here: the choice of method and its explanation. Stays out: the methods themselves and the
quantiles around the points.
"""

from dataclasses import dataclass
from typing import Final

import lightgbm as lgb
import numpy as np

from ml.booster import predict_units
from ml.classes import DEAD, NEW, TextArray, classify
from ml.config import EngineConfig
from ml.fallback import season_mean, shrunk_mean
from ml.features import FeatureSource
from ml.grain import Grain
from ml.panel import FloatArray, IntArray
from ml.spread import recent_spread
from ml.windows import DoubleArray

LIGHTGBM: Final = "lightgbm"
SHRUNK_MEAN: Final = "shrunk_mean"
SEASON_MEAN: Final = "season_mean"
ZERO: Final = "zero"


@dataclass(frozen=True)
class Points:
    """Point forecasts of chosen series at one origin.

    Attributes:
        column: Origin.
        series: Shape (n,), series rows.
        y_hat: Shape (n, horizon), expected units/period, >= 0.
        method: Shape (n,), how each was made.
        series_class: Shape (n,), demand class at the origin.
        spread: Shape (n,), recent spread, units; see `spread.py`.
    """

    column: int
    series: IntArray
    y_hat: FloatArray
    method: TextArray
    series_class: TextArray
    spread: DoubleArray


def point_forecasts(
    source: FeatureSource, column: int, booster: lgb.Booster | None, config: EngineConfig
) -> Points:
    """Return point forecasts of every series that has started by the origin.

    Args:
        source: The panel and its running sums.
        column: Origin; no `y` after it is read.
        booster: The global model, or None when the tenant has too little data for one.
        config: Horizon.

    Returns:
        Forecasts of all started series, in row order.
    """
    series = np.flatnonzero(source.panel.first <= column)
    series_class = classify(source, column)[series]
    usual = SEASON_MEAN if booster is None else LIGHTGBM
    method = np.where(series_class == NEW, SHRUNK_MEAN, usual)
    method = np.where(series_class == DEAD, ZERO, method)
    y_hat = np.zeros((series.size, config.horizon), dtype=np.float32)
    for name in (LIGHTGBM, SHRUNK_MEAN, SEASON_MEAN):
        chosen = method == name
        if not chosen.any():
            continue
        rows = series[chosen]
        if name == LIGHTGBM and booster is not None:
            y_hat[chosen] = predict_units(booster, source, column, rows)
        elif name == SHRUNK_MEAN:
            y_hat[chosen] = shrunk_mean(source, column, rows, config)
        else:
            y_hat[chosen] = season_mean(source, column, rows, config)
    spread = recent_spread(source.totals, source.panel.grain, column)[series]
    return Points(column, series, y_hat, method, series_class, spread)


def explain(source: FeatureSource, points: Points) -> list[str]:
    """Return one sentence per series saying why it was forecast as it was.

    Args:
        source: The panel and its running sums.
        points: Forecasts to explain.

    Returns:
        Sentences in the order of `points.series`.
    """
    age = points.column + 1 - source.panel.first[points.series]
    sales = source.totals.sales[points.series, points.column + 1]
    return [
        _sentence(str(method), int(periods), int(sold), source.panel.grain)
        for method, periods, sold in zip(points.method, age, sales, strict=True)
    ]


def _sentence(method: str, age: int, n_sales: int, grain: Grain) -> str:
    if method == ZERO:
        return f"No sale in the last {grain.dead_after} known {grain.unit}, so none is expected."
    if method == SHRUNK_MEAN and age < grain.new_below:
        return (
            f"Only {age} {grain.unit} of history ({grain.new_below} needed), so this is its own "
            "average, drawn towards the typical product."
        )
    if method == SHRUNK_MEAN:
        return (
            f"Only {n_sales} {grain.unit} with a sale ({grain.new_below_sales} needed), so this is "
            "its own average."
        )
    if method == SEASON_MEAN:
        return "Too little history in total to learn a model, so this is a recent seasonal average."
    return "Forecast by the model learned from all series together."
