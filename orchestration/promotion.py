"""Decisions about models: when to train a new one, and whether it becomes the champion.

Pure functions of facts, so that every decision can be tested and explained in the run's metadata.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from orchestration.repositories.models import ModelVersion

RETRAIN_AFTER_DAYS = 7
RETRAIN_AFTER_SERIES_GROWTH = 1.2
_TOLERATED_LOSS = 1.02


@dataclass(frozen=True)
class Decision:
    """A yes or no with its reason, a sentence for people."""

    is_yes: bool
    reason: str


def decide_training(
    newest: ModelVersion | None,
    *,
    cutoff: date,
    n_series: int,
    code_version: str,
    is_forced: bool = False,
) -> Decision:
    """Decide whether a new model is to be trained before forecasting.

    Args:
        newest: The model trained last, if a champion serves; None before the first champion.
        cutoff: Last day of demand now.
        n_series: Series there are now.
        code_version: Version of the running code.
        is_forced: A person asked for it.
    """
    if is_forced:
        return Decision(is_yes=True, reason="It was asked for.")
    if newest is None:
        return Decision(is_yes=True, reason="There is no champion yet.")
    if newest.code_version != code_version:
        reason = f"The code changed from {newest.code_version} to {code_version}."
        return Decision(is_yes=True, reason=reason)
    age_days = (cutoff - newest.cutoff_date).days
    age = f"The newest model's data ends {age_days} days earlier."
    if age_days >= RETRAIN_AFTER_DAYS or age_days < 0:
        return Decision(is_yes=True, reason=age)
    known_series = int(newest.metrics.get("n_series", 0))
    if n_series > known_series * RETRAIN_AFTER_SERIES_GROWTH:
        reason = f"There are {n_series} series; the newest model learned from {known_series}."
        return Decision(is_yes=True, reason=reason)
    return Decision(is_yes=False, reason=age)


def decide_promotion(
    challenger: dict[str, float | int | None], champion: ModelVersion | None
) -> Decision:
    """Decide whether a freshly trained challenger serves from now on.

    Both backtests measure RMSSE on their own last windows, against seasonal naive on the same
    windows; the two ratios can be compared although the windows differ.

    Args:
        challenger: Backtest metrics of the new model.
        champion: Today's champion, if any.
    """
    if champion is None:
        return Decision(is_yes=True, reason="It is the tenant's first model.")
    mine, theirs = _ratio_to_naive(challenger), _ratio_to_naive(champion.metrics)
    if mine is None or theirs is None:
        return Decision(is_yes=True, reason="History is too short for a backtest to compare.")
    compared = f"{mine:.3f} of seasonal naive's RMSSE against the champion's {theirs:.3f}"
    if mine > theirs * _TOLERATED_LOSS:
        return Decision(is_yes=False, reason=f"The challenger is worse: {compared}.")
    return Decision(is_yes=True, reason=f"The challenger holds up: {compared}.")


def _ratio_to_naive(metrics: dict[str, float | int | None]) -> float | None:
    rmsse, naive = metrics.get("rmsse"), metrics.get("seasonal_naive_rmsse")
    return None if not rmsse or not naive else float(rmsse) / float(naive)
