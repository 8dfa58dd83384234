"""Plain forecasts for series the booster should not or cannot serve.

Belongs here: averages with a seasonal rhythm. Stays out: the decision which series fall back
(`points.py`).
"""

import numpy as np

from ml.config import EngineConfig
from ml.features import FeatureSource
from ml.panel import FloatArray, IntArray
from ml.windows import DoubleArray, season_means

PRIOR_SHARE = 0.125
"""Weight of the typical product, in shares of the age at which a series stops being new."""


def shrunk_mean(
    source: FeatureSource, column: int, series: IntArray, config: EngineConfig
) -> FloatArray:
    """Forecast series with little history from their mean and the tenant's rhythm.

    A series younger than `new_below` is drawn towards the tenant's median level, as if it had
    been seen selling that for a while; the pull fades to none as the series ages.

    Args:
        source: The panel and its running sums.
        column: Origin.
        series: Shape (n,), series rows.
        config: Horizon.

    Returns:
        Shape (n, horizon), units/period.
    """
    grain = source.panel.grain
    known = source.totals.known_periods(column, grain.long)
    mean = np.nan_to_num(source.totals.mean(column, grain.long))
    started = known > 0
    prior = float(np.median(mean[started])) if started.any() else 0.0
    pull = PRIOR_SHARE * np.maximum(grain.new_below - known, 0.0)
    level = (mean * known + prior * pull) / np.maximum(known + pull, 1.0)
    rhythm = _tenant_rhythm(source, column, config.horizon)
    return (level[series, None] * rhythm[None, :]).astype(np.float32)


def season_mean(
    source: FeatureSource, column: int, series: IntArray, config: EngineConfig
) -> FloatArray:
    """Forecast series from their recent level and, in equal parts, their own seasonal means.

    Args:
        source: The panel and its running sums.
        column: Origin.
        series: Shape (n,), series rows.
        config: Horizon.

    Returns:
        Shape (n, horizon), units/period.
    """
    totals, grain = source.totals, source.panel.grain
    recent, long = totals.mean(column, grain.short), totals.mean(column, grain.long)
    level = np.nan_to_num(np.where(np.isnan(recent), long, recent))
    steady = level[:, None] * _tenant_rhythm(source, column, config.horizon)[None, :]
    own = season_means(source.panel.y, column, grain.season, grain.rhythm_seasons[0])
    own = own[:, np.arange(config.horizon) % grain.season]
    blend = 0.5 * (steady + np.where(np.isnan(own), steady, own))
    return blend[series].astype(np.float32)


def _tenant_rhythm(source: FeatureSource, column: int, horizon: int) -> DoubleArray:
    """Shape (horizon,) factors of the whole tenant by position in the season, mean 1."""
    tenant, season = source.parents[0], source.panel.grain.season
    wanted, least = source.panel.grain.rhythm_seasons
    count = min(wanted, int(tenant.totals.known_periods(column, season * wanted)[0]) // season)
    if count < least:
        return np.ones(horizon)
    means = season_means(tenant.y, column, season, count)[0]
    mean = means.mean()
    factors = means / mean if mean > 0 else np.ones(season)
    return np.asarray(factors[np.arange(horizon) % season], dtype=np.float64)
