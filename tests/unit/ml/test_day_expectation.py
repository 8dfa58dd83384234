"""Effects are learnt from the days that show them, and little from few."""

from __future__ import annotations

import numpy as np
import pytest

from ml.day_expectation import PRIOR_UNITS, Effect

TENANT = np.zeros(2, dtype=np.int64)
OWN = np.arange(2, dtype=np.int64)


def test_an_effect_nobody_has_seen_is_one() -> None:
    assert Effect((TENANT, OWN), 30.0).factors().tolist() == [1.0, 1.0]


def test_a_shared_effect_is_drawn_to_one_by_the_prior() -> None:
    effect = Effect((TENANT,), 30.0)

    effect.learn(np.array([30.0, 10.0]), np.array([10.0, 10.0]))

    assert effect.factors() == pytest.approx((40.0 + PRIOR_UNITS) / (20.0 + PRIOR_UNITS))


def test_a_series_with_many_sales_keeps_its_own_effect() -> None:
    effect = Effect((TENANT, OWN), 1e9)

    for _ in range(200):
        effect.learn(np.array([30.0, 10.0]), np.array([10.0, 10.0]))

    assert effect.factors() == pytest.approx([3.0, 1.0], rel=0.05)


def test_old_days_fade() -> None:
    effect = Effect((TENANT,), 5.0)
    effect.learn(np.array([1_000.0, 0.0]), np.array([100.0, 0.0]))

    for _ in range(60):
        effect.learn(np.array([50.0, 0.0]), np.array([50.0, 0.0]))

    assert effect.factors() == pytest.approx(1.0, abs=0.01)
