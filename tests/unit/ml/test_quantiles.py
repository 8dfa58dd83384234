"""Calibration reproduces the errors it has seen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from ml.points import LIGHTGBM, SHRUNK_MEAN, ZERO
from ml.quantiles import Calibration, fit_calibration, predict_quantiles

QUANTILES = (0.1, 0.5, 0.9)


def _fit(y: npt.NDArray[np.float64], y_hat: npt.NDArray[np.float64]) -> Calibration:
    return fit_calibration(
        y,
        y_hat,
        np.tile(np.arange(1, 29), y.size // 28),
        np.full(y.size, LIGHTGBM),
        np.ones(y.size),
        quantiles=QUANTILES,
        min_bin_rows=300,
        seed=1,
    )


def _errors(seed: int, n: int = 28_000) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Demand whose spread shrinks as its level grows, which one global ratio would miss."""
    generator = np.random.default_rng(seed)
    y_hat = np.exp(generator.normal(3.0, 1.0, n))
    return generator.gamma(y_hat / 2, 2.0), y_hat


def test_each_quantile_holds_its_share_of_unseen_demand() -> None:
    calibration = _fit(*_errors(seed=1))
    y, y_hat = _errors(seed=2)

    found = predict_quantiles(
        calibration,
        y_hat.reshape(-1, 28).astype(np.float32),
        np.full(y.size // 28, LIGHTGBM),
        np.ones(y.size // 28),
    )

    held = (y.reshape(-1, 28)[..., None] <= found).mean(axis=(0, 1))
    np.testing.assert_allclose(held, QUANTILES, atol=0.015)


def test_large_and_small_series_are_both_covered() -> None:
    calibration = _fit(*_errors(seed=1))
    y, y_hat = _errors(seed=2)

    found = predict_quantiles(
        calibration,
        y_hat.reshape(-1, 28).astype(np.float32),
        np.full(y.size // 28, LIGHTGBM),
        np.ones(y.size // 28),
    ).reshape(-1, 3)

    inside = (y >= found[:, 0]) & (y <= found[:, 2])
    small = y_hat < np.median(y_hat)
    assert inside[small].mean() == pytest.approx(0.8, abs=0.03)
    assert inside[~small].mean() == pytest.approx(0.8, abs=0.03)


def test_a_zero_forecast_has_zero_quantiles() -> None:
    found = predict_quantiles(
        _fit(*_errors(1)), np.zeros((1, 28), np.float32), np.array([ZERO]), np.zeros(1)
    )

    assert not found.any()


def test_too_few_errors_give_the_assumed_spread() -> None:
    calibration = _fit(np.ones(28), np.ones(28))

    assert calibration.tables["lightgbm 0"].n_rows == 0
    found = predict_quantiles(
        calibration, np.full((1, 28), 4.0, np.float32), np.array([SHRUNK_MEAN]), np.ones(1)
    )
    assert found[0, 0, 0] < 4.0 < found[0, 0, 2]


def test_every_bin_keeps_enough_rows() -> None:
    calibration = _fit(*_errors(seed=1, n=5_600))

    assert max(len(block) for block in calibration.tables["lightgbm 0"].ratios) <= 5_600 // 300
