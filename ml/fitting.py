"""Boosters of several cutoffs, fitted side by side.

Belongs here: sampling rows and fitting one booster per cutoff within the thread budget. Stays
out: the booster's parameters (`booster.py`) and what the windows are for (`backtest.py`).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import lightgbm as lgb

from ml.booster import fit_booster
from ml.config import EngineConfig
from ml.features import FeatureSource
from ml.training_set import build_training_set


@dataclass(frozen=True)
class Fit:
    """A booster and what it learned from.

    Attributes:
        booster: The model; None when there are too few rows or no sale at all.
        n_rows: Training rows; 0 without a booster.
    """

    booster: lgb.Booster | None
    n_rows: int


def fit_boosters(
    source: FeatureSource,
    columns: Sequence[int],
    config: EngineConfig,
    progress: Callable[[int, int], None],
) -> dict[int, Fit]:
    """Return one booster per cutoff, each trained only on days up to its own.

    Args:
        source: The panel and its running sums.
        columns: Cutoffs; at most `n_threads` are fitted at once, which bounds memory.
        config: Size of the model, row budget and threads.
        progress: Called with the number of boosters fitted and their total.

    Returns:
        Cutoff to its fit; equal for any number of threads.
    """
    fits: dict[int, Fit] = {}
    with ThreadPoolExecutor(max_workers=config.n_threads) as pool:
        running = {pool.submit(_fit, source, column, config): column for column in columns}
        for done in as_completed(running):
            fits[running[done]] = done.result()
            progress(len(fits), len(columns))
    return fits


def _fit(source: FeatureSource, column: int, config: EngineConfig) -> Fit:
    rows = build_training_set(source, column, config)
    if rows is None or not rows.target.any():
        return Fit(None, 0)
    return Fit(fit_booster(rows, config), rows.target.size)
