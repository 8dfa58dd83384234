"""Pictures of a model: fan chart, calibration, importance.

Belongs here: matplotlib figures built from frames, drawn without a display. Stays out: saving
them and pictures for merchants.
"""

import polars as pl
from matplotlib.figure import Figure

from ml.metrics import level_columns, quantile_column
from ml.model import TrainedModel

FAN_LEVELS_PCT = (95, 80, 50)
N_FEATURES = 20


def fan_chart(
    history: pl.DataFrame, forecasts: pl.DataFrame, quantiles: tuple[float, ...]
) -> Figure:
    """Return history and forecast of one series or one sum of series.

    Args:
        history: One row per `ds`, sorted, with `y` units/day.
        forecasts: One row per `ds`, sorted, with `y_hat` and quantile columns, units/day.
        quantiles: Probabilities whose columns exist.

    Returns:
        A figure whose bands are the central 50, 80 and 95 % intervals that are kept.
    """
    figure = Figure(figsize=(9, 4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(history["ds"].to_list(), history["y"].to_list(), color="0.3", label="sold")
    days = forecasts["ds"].to_list()
    for level in FAN_LEVELS_PCT:
        bounds = level_columns(level, quantiles)
        if bounds is not None:
            low, high = (forecasts[name].to_list() for name in bounds)
            axes.fill_between(days, low, high, alpha=0.2, color="C0", label=f"{level} %")
    axes.plot(days, forecasts["y_hat"].to_list(), color="C0", label="expected")
    axes.set_ylabel("units/day")
    axes.legend(loc="upper left", ncols=5, frameon=False)
    return figure


def calibration_chart(forecasts: pl.DataFrame, quantiles: tuple[float, ...]) -> Figure:
    """Return how often actual demand stayed at or below each quantile.

    Args:
        forecasts: Backtest forecasts with `y` and quantile columns.
        quantiles: Probabilities whose columns exist.

    Returns:
        A figure; a calibrated model lies on the diagonal, above it where demand is a count and
        one value holds much probability.
    """
    shares = forecasts.filter(pl.col("y").is_not_null()).select(
        (pl.col("y") <= pl.col(quantile_column(q))).mean().alias(quantile_column(q))
        for q in quantiles
    )
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="0.7")
    axes.plot(quantiles, shares.row(0), marker="o")
    axes.set_xlabel("quantile")
    axes.set_ylabel("share of days at or below it")
    return figure


def importance_chart(model: TrainedModel) -> Figure | None:
    """Return the features that reduced the loss most, or None without a booster.

    Args:
        model: A trained model.

    Returns:
        A bar chart of shares of the total gain.
    """
    if model.booster is None:
        return None
    gains = [float(gain) for gain in model.booster.feature_importance("gain")]
    total = sum(gains) or 1.0
    ranked = sorted(zip(gains, model.booster.feature_name(), strict=True))[-N_FEATURES:]
    figure = Figure(figsize=(7, 6), layout="constrained")
    axes = figure.add_subplot()
    axes.barh([name for _, name in ranked], [gain / total for gain, _ in ranked])
    axes.set_xlabel("share of gain")
    return figure
