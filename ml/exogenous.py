"""Features of declared covariates: price, promotion, events, and facts known only so far.

Belongs here: how a covariate at the target day compares with its own past. Stays out: filling of
unknown covariate periods (`panel.py`).
"""

import numpy as np

from ml.panel import FloatArray, IntArray, Panel


def future_features(
    panel: Panel, column: int, series: IntArray, steps: IntArray
) -> dict[str, FloatArray]:
    """Return covariates known over the horizon, at the target day and against the past.

    Args:
        panel: The tenant's arrays.
        column: Origin; the past ends here.
        series: Shape (n,), series rows.
        steps: Shape (n,), 1..horizon.

    Returns:
        Name to shape (n,) columns: the value itself, for levels such as price also its ratio to
        the recent and the long mean and to the last value, for flags the share of recent days.
    """
    columns: dict[str, FloatArray] = {}
    grain = panel.grain
    for name, values in panel.future.items():
        target = values[series, column + steps]
        columns[name] = target
        kind = panel.encoding.kinds[name]
        if kind == "level":
            recent = _past_mean(values, column, grain.short)[series]
            long = _past_mean(values, column, grain.long)[series]
            columns[f"{name}_to_recent"] = _ratio(target, recent)
            columns[f"{name}_to_long"] = _ratio(target, long)
            columns[f"{name}_to_last"] = _ratio(target, values[series, column])
        elif kind == "flag":
            columns[f"{name}_recent_share"] = _past_mean(values, column, grain.short)[series]
    return columns


def historical_features(panel: Panel, column: int, series: IntArray) -> dict[str, FloatArray]:
    """Return covariates known only up to the origin: last value and recent mean.

    Args:
        panel: The tenant's arrays.
        column: Origin.
        series: Shape (n,), series rows.

    Returns:
        Name to shape (n,) columns.
    """
    columns: dict[str, FloatArray] = {}
    for name, values in panel.historical.items():
        columns[f"{name}_last"] = values[series, column]
        columns[f"{name}_recent"] = _past_mean(values, column, panel.grain.short)[series]
    return columns


def _past_mean(values: FloatArray, column: int, length: int) -> FloatArray:
    """Mean of the known values of the window ending at `column`; NaN where none is known."""
    window = values[:, max(column + 1 - length, 0) : column + 1]
    known = (~np.isnan(window)).sum(axis=1)
    sums = np.nan_to_num(window).sum(axis=1, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: FloatArray = np.where(known > 0, sums / known, np.nan).astype(np.float32)
    return mean


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio: FloatArray = np.where(below > 0, above / below, np.nan).astype(np.float32)
    return ratio
