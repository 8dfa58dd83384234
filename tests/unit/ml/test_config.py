"""Settings that cannot produce a forecast are refused."""

from __future__ import annotations

import pytest

from ml.config import EngineConfig


def test_quantiles_must_ascend() -> None:
    with pytest.raises(ValueError, match="must ascend"):
        EngineConfig(quantiles=(0.5, 0.1))


def test_quantiles_lie_inside_zero_and_one() -> None:
    with pytest.raises(ValueError, match="must ascend within"):
        EngineConfig(quantiles=(0.0, 0.5))


def test_the_horizon_is_bounded() -> None:
    with pytest.raises(ValueError, match="horizon 0"):
        EngineConfig(horizon=0)


def test_the_loss_power_is_bounded() -> None:
    with pytest.raises(ValueError, match="tweedie_power"):
        EngineConfig(tweedie_power=2.0)
