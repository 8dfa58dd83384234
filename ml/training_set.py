"""Sampled training rows: (origin, series, step) before a cutoff.

Belongs here: which origins and pairs teach the booster, within a row budget. Stays out: what a
row contains (`features.py`) and fitting (`booster.py`).
"""

from dataclasses import dataclass

import numpy as np

from ml.config import EngineConfig
from ml.features import FeatureSource, feature_rows
from ml.panel import FloatArray, IntArray, Panel


@dataclass(frozen=True)
class TrainingSet:
    """Rows the booster learns from.

    Attributes:
        names: Feature names, in column order.
        categorical: Names read as categories.
        features: Shape (n_rows, n_features), NaN = unknown.
        target: Shape (n_rows,), units/period.
        level: Shape (n_rows,), the series' recent level at the origin, units/period.
    """

    names: tuple[str, ...]
    categorical: tuple[str, ...]
    features: FloatArray
    target: FloatArray
    level: FloatArray


def build_training_set(
    source: FeatureSource, cutoff_column: int, config: EngineConfig
) -> TrainingSet | None:
    """Return sampled rows whose target periods are all at or before the cutoff.

    Args:
        source: The panel and its running sums.
        cutoff_column: Last column that may be seen as a target.
        config: Row budget, origins and seed.

    Returns:
        About `config.train_rows` rows, sampled evenly, or None when fewer than `min_train_rows`
        exist.
    """
    generator = np.random.default_rng([config.seed, cutoff_column])
    origins = _origins(source.panel, cutoff_column, config)
    pairs = [_pairs(source.panel, origin, cutoff_column, config) for origin in origins]
    n_rows = sum(series.size for series, _ in pairs)
    if n_rows < config.min_train_rows:
        return None
    share = min(1.0, config.train_rows(source.panel.n_series) / n_rows)
    blocks: list[FloatArray] = []
    targets: list[FloatArray] = []
    levels: list[FloatArray] = []
    names: tuple[str, ...] = ()
    for origin, (all_series, all_steps) in zip(origins, pairs, strict=True):
        kept = generator.random(all_series.size) < share
        series, steps = all_series[kept], all_steps[kept]
        columns, level = feature_rows(source, origin, series, steps)
        names = tuple(columns)
        blocks.append(np.stack(list(columns.values()), axis=1))
        targets.append(source.panel.y[series, origin + steps])
        levels.append(level)
    return TrainingSet(
        names=names,
        categorical=categorical_names(source),
        features=np.concatenate(blocks),
        target=np.concatenate(targets),
        level=np.concatenate(levels),
    )


def categorical_names(source: FeatureSource) -> tuple[str, ...]:
    """Feature names the booster reads as categories."""
    kinds = source.panel.encoding.kinds
    texts = [name for name in source.panel.future if kinds[name] == "category"]
    return (*texts, *(f"static_{name}" for name in source.categorical))


def _origins(panel: Panel, cutoff_column: int, config: EngineConfig) -> list[int]:
    """Origins before the cutoff, latest first; the oldest still sees some history."""
    earliest = int(panel.first.min()) + panel.grain.min_age - 1
    latest = cutoff_column - min(panel.grain.n_lags, config.horizon)
    return list(range(latest, earliest - 1, -panel.grain.stride))[: config.max_origins]


def _pairs(
    panel: Panel, origin: int, cutoff_column: int, config: EngineConfig
) -> tuple[IntArray, IntArray]:
    """All (series, step) of an origin that are old enough and have a known target."""
    n_steps = min(config.horizon, cutoff_column - origin)
    old_enough = panel.first + panel.grain.min_age - 1 <= origin
    known = ~np.isnan(panel.y[:, origin + 1 : origin + 1 + n_steps])
    series, offset = np.nonzero(known & old_enough[:, None])
    return series.astype(np.int64), offset.astype(np.int64) + 1
