"""Demand multipliers, one function per effect a forecaster may try to find.

Belongs here: deterministic, vectorised multipliers around 1.0. Stays out: which product has which
strength (`products`) and random noise (`demand`).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DAYS_PER_YEAR = 365.25
CHRISTMAS_RUN_UP_DAY = 356
CHRISTMAS_RUN_UP_WIDTH_DAYS = 9.0
LAUNCH_START = 0.35
LAUNCH_RAMP_DAYS = 21.0


def trend_effect(day_index: Integers, yearly_growth: float) -> Floats:
    """Return compound growth since the first day.

    Args:
        day_index: Days since the first simulated day, shape (n_days,).
        yearly_growth: Growth per year on the log scale; 0.05 is about +5 %.

    Returns:
        Multipliers, shape (n_days,), 1.0 on day 0.
    """
    return np.asarray(np.exp(yearly_growth * day_index / DAYS_PER_YEAR))


def weekly_effect(weekday: Integers, profile: tuple[float, ...], strength: float) -> Floats:
    """Return the weekday multiplier of each day.

    Args:
        weekday: Monday = 0, shape (n_days,).
        profile: Seven multipliers of the location.
        strength: 1 follows the profile, 0 ignores it.

    Returns:
        Multipliers, shape (n_days,).
    """
    return (np.asarray(profile, dtype=np.float64) ** strength)[weekday]


def yearly_effect(day_of_year: Integers, amplitude: float, peak_day: int) -> Floats:
    """Return a yearly wave that is highest on `peak_day`.

    Args:
        day_of_year: 1..366, shape (n_days,).
        amplitude: Half the wave's height on the log scale.
        peak_day: Day of the year with the highest demand.

    Returns:
        Multipliers, shape (n_days,), from exp(-amplitude) to exp(amplitude).
    """
    phase = 2 * np.pi * (day_of_year - peak_day) / DAYS_PER_YEAR
    return np.asarray(np.exp(amplitude * np.cos(phase)))


def holiday_effect(day_of_year: Integers, lift: float) -> Floats:
    """Return the bump before Christmas.

    Args:
        day_of_year: 1..366, shape (n_days,).
        lift: Extra demand at the top of the bump; 0.5 is +50 %.

    Returns:
        Multipliers of at least 1.0, shape (n_days,).
    """
    distance = (day_of_year - CHRISTMAS_RUN_UP_DAY) / CHRISTMAS_RUN_UP_WIDTH_DAYS
    return 1.0 + lift * np.exp(-(distance**2))


def price_effect(price_minor: Integers, base_price_minor: int, elasticity: float) -> Floats:
    """Return the constant-elasticity response to a price.

    Args:
        price_minor: Price charged, integer minor currency, shape (n_days,).
        base_price_minor: Price at which the multiplier is 1.0.
        elasticity: Relative change of demand per relative change of price; negative.

    Returns:
        Multipliers, shape (n_days,).
    """
    return np.asarray((price_minor / base_price_minor) ** elasticity, dtype=np.float64)


def launch_effect(day_index: Integers, launch_day: int) -> Floats:
    """Return the ramp of a product that is still becoming known.

    Args:
        day_index: Days since the first simulated day, shape (n_days,).
        launch_day: First day on sale; 0 for a product that was there before the history began.

    Returns:
        Multipliers, shape (n_days,): 0 before the launch, then rising from `LAUNCH_START` to 1.0.
    """
    if launch_day == 0:
        return np.ones(len(day_index))
    days_since = day_index - launch_day
    ramp = 1.0 - (1.0 - LAUNCH_START) * np.exp(-np.maximum(days_since, 0) / LAUNCH_RAMP_DAYS)
    return np.where(days_since < 0, 0.0, ramp)
