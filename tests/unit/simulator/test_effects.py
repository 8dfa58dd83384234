"""Each demand multiplier does what its name says."""

import numpy as np
import pytest

from simulator.effects import (
    LAUNCH_START,
    holiday_effect,
    launch_effect,
    price_effect,
    trend_effect,
    weekly_effect,
    yearly_effect,
)

YEAR = np.arange(1, 366, dtype=np.int64)


def test_trend_compounds_to_the_yearly_growth() -> None:
    days = np.array([0, 1461], dtype=np.int64)

    effect = trend_effect(days, yearly_growth=0.1)

    assert effect == pytest.approx([1.0, np.exp(0.4)])


def test_weekly_effect_follows_the_profile() -> None:
    profile = (0.5, 1.0, 1.0, 1.0, 1.0, 2.0, 1.0)

    effect = weekly_effect(np.array([5, 0], dtype=np.int64), profile, strength=1.0)

    assert effect.tolist() == [2.0, 0.5]


def test_yearly_wave_peaks_on_its_day() -> None:
    effect = yearly_effect(YEAR, amplitude=0.3, peak_day=200)

    assert YEAR[effect.argmax()] == 200
    assert effect.max() == pytest.approx(np.exp(0.3))


def test_holiday_lift_shows_before_christmas_only() -> None:
    effect = holiday_effect(YEAR, lift=0.5)

    assert effect[355] == pytest.approx(1.5)
    assert effect[180] == pytest.approx(1.0)


def test_lower_price_raises_demand_by_the_elasticity() -> None:
    effect = price_effect(np.array([50, 100], dtype=np.int64), 100, elasticity=-2.0)

    assert effect.tolist() == [4.0, 1.0]


def test_launch_is_silent_before_and_ramps_after() -> None:
    effect = launch_effect(np.arange(200, dtype=np.int64), launch_day=50)

    assert effect[:50].tolist() == [0.0] * 50
    assert effect[50] == pytest.approx(LAUNCH_START)
    assert effect[199] == pytest.approx(1.0, abs=0.01)


def test_product_from_before_the_history_has_no_ramp() -> None:
    assert launch_effect(np.arange(3, dtype=np.int64), launch_day=0).tolist() == [1.0, 1.0, 1.0]
