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


@pytest.mark.parametrize(
    ("n_series", "rows"), [(10, 100_000), (2_000, 260_000), (90_000, 1_200_000)]
)
def test_the_row_budget_grows_with_the_series_between_its_bounds(n_series: int, rows: int) -> None:
    assert EngineConfig().train_rows(n_series) == rows


def test_an_unknown_grain_is_refused() -> None:
    with pytest.raises(ValueError, match="freq 'Q' is unknown"):
        EngineConfig(freq="Q")  # type: ignore[arg-type]
