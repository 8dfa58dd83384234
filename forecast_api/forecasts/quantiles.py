"""Which quantiles a caller wants, and what they are, given the stored ones.

Stored quantiles are returned as stored; others are interpolated linearly between their neighbours,
which keeps them in order. Nothing is extrapolated: beyond the outermost stored quantile we know
nothing, and say so.
What belongs here: arithmetic on quantiles. What stays out: HTTP, SQL.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from forecast_api.problems import InvalidInput

_MOST_VALUES = 50
_SAME = 1e-9


def parse_quantiles(text: str) -> tuple[float, ...]:
    """Return the quantiles in `text`, such as `0.1,0.9`, ascending and without repeats.

    Raises:
        InvalidInput: A value is not a number strictly between 0 and 1, or there are too many.
    """
    values = _parse_numbers(text, "quantiles")
    wrong = [value for value in values if not 0 < value < 1]
    if wrong:
        detail = f"quantile {wrong[0]:g} is not strictly between 0 and 1: for example 0.1,0.5,0.9"
        raise InvalidInput("invalid_quantiles", detail)
    return values


def parse_levels(text: str) -> tuple[float, ...]:
    """Return the central intervals in `text`, such as `80,95` (percent), ascending.

    Raises:
        InvalidInput: A value is not a number strictly between 0 and 100, or there are too many.
    """
    values = _parse_numbers(text, "levels")
    wrong = [value for value in values if not 0 < value < 100]
    if wrong:
        detail = f"level {wrong[0]:g} is not strictly between 0 and 100: for example 80,95"
        raise InvalidInput("invalid_levels", detail)
    return values


def quantiles_of_level(level: float) -> tuple[float, float]:
    """Return the lower and upper quantile of a central interval of `level` percent.

    >>> quantiles_of_level(80.0)
    (0.1, 0.9)
    """
    tail = round((100 - level) / 200, 10)
    return tail, round(1 - tail, 10)


def require_within(wanted: Sequence[float], stored: Sequence[float]) -> None:
    """Check that every wanted quantile lies between the outermost stored ones.

    Raises:
        InvalidInput: `quantile_out_of_range`.
    """
    for quantile in wanted:
        if not stored[0] - _SAME <= quantile <= stored[-1] + _SAME:
            widest = 100 * (1 - 2 * max(stored[0], 1 - stored[-1]))
            detail = (
                f"quantile {quantile:g} is outside what is forecast: ask for quantiles from "
                f"{stored[0]:g} to {stored[-1]:g}, or levels up to {widest:g}"
            )
            raise InvalidInput("quantile_out_of_range", detail)


def units_at(
    quantile: float, stored: Sequence[float], stored_units: Sequence[Sequence[float]]
) -> list[float]:
    """Return the units per day at `quantile`.

    Args:
        quantile: Between the outermost stored quantiles.
        stored: Stored quantiles, strictly ascending, shape (n_quantiles,).
        stored_units: Their units, shape (n_quantiles, n_days).

    Returns:
        Units per day, shape (n_days,).
    """
    above = min(bisect_left(stored, quantile - _SAME), len(stored) - 1)
    if abs(stored[above] - quantile) <= _SAME or above == 0:
        return list(stored_units[above])
    low, high = stored[above - 1], stored[above]
    weight = (quantile - low) / (high - low)
    pairs = zip(stored_units[above - 1], stored_units[above], strict=True)
    return [round(lower + weight * (upper - lower), 6) for lower, upper in pairs]


def _parse_numbers(text: str, name: str) -> tuple[float, ...]:
    parts = text.split(",")
    if len(parts) > _MOST_VALUES:
        raise InvalidInput(f"invalid_{name}", f"{name}: at most {_MOST_VALUES} values at a time")
    try:
        return tuple(sorted({float(part) for part in parts}))
    except ValueError as error:
        detail = f"{name} {text[:80]!r} is not a list of numbers separated by commas"
        raise InvalidInput(f"invalid_{name}", detail) from error
