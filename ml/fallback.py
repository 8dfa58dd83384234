"""Plain forecasts for series the booster should not or cannot serve.

Belongs here: averages with a weekday rhythm. Stays out: the decision which series fall back
(`points.py`).
"""

import numpy as np

from ml.config import EngineConfig
from ml.features import FeatureSource
from ml.panel import FloatArray, IntArray
from ml.windows import DoubleArray, weekday_means

LEVEL_DAYS = 182
RECENT_DAYS = 28
PRIOR_DAYS = 7.0
RHYTHM_WEEKS = 8
MIN_RHYTHM_WEEKS = 3


def shrunk_mean(
    source: FeatureSource, column: int, series: IntArray, config: EngineConfig
) -> FloatArray:
    """Forecast series with little history from their mean and the tenant's weekday rhythm.

    A series younger than `new_below_days` is drawn towards the tenant's median level, as if it
    had been seen selling that for a week; the pull fades to none as the series ages.

    Args:
        source: The panel and its running sums.
        column: Origin.
        series: Shape (n,), series rows.
        config: Horizon and the age at which the pull ends.

    Returns:
        Shape (n, horizon), units/day.
    """
    known = source.totals.known_days(column, LEVEL_DAYS)
    mean = np.nan_to_num(source.totals.mean(column, LEVEL_DAYS))
    started = known > 0
    prior = float(np.median(mean[started])) if started.any() else 0.0
    pull = PRIOR_DAYS * np.maximum(1.0 - known / config.new_below_days, 0.0)
    level = (mean * known + prior * pull) / np.maximum(known + pull, 1.0)
    rhythm = _tenant_rhythm(source, column, config.horizon)
    return (level[series, None] * rhythm[None, :]).astype(np.float32)


def weekday_mean(
    source: FeatureSource, column: int, series: IntArray, config: EngineConfig
) -> FloatArray:
    """Forecast series from their recent level and, in equal parts, their own weekday means.

    Args:
        source: The panel and its running sums.
        column: Origin.
        series: Shape (n,), series rows.
        config: Horizon.

    Returns:
        Shape (n, horizon), units/day.
    """
    totals = source.totals
    recent, long = totals.mean(column, RECENT_DAYS), totals.mean(column, LEVEL_DAYS)
    level = np.nan_to_num(np.where(np.isnan(recent), long, recent))
    steady = level[:, None] * _tenant_rhythm(source, column, config.horizon)[None, :]
    own = weekday_means(source.panel.y, column, RHYTHM_WEEKS)
    own = own[:, np.arange(config.horizon) % 7]
    blend = 0.5 * (steady + np.where(np.isnan(own), steady, own))
    return blend[series].astype(np.float32)


def _tenant_rhythm(source: FeatureSource, column: int, horizon: int) -> DoubleArray:
    """Shape (horizon,) weekday factors of the whole tenant, mean 1 over a week."""
    tenant = source.parents[0]
    weeks = min(RHYTHM_WEEKS, int(tenant.totals.known_days(column, 7 * RHYTHM_WEEKS)[0]) // 7)
    if weeks < MIN_RHYTHM_WEEKS:
        return np.ones(horizon)
    week = weekday_means(tenant.y, column, weeks)[0]
    mean = week.mean()
    factors = week / mean if mean > 0 else np.ones(7)
    return np.asarray(factors[np.arange(horizon) % 7], dtype=np.float64)
