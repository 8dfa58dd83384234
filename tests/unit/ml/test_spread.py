"""Series that sell in lumps are told from those that sell evenly."""

from __future__ import annotations

import numpy as np
import pytest

from ml.grain import DAILY
from ml.points import LIGHTGBM
from ml.quantiles import fit_calibration, predict_quantiles
from ml.spread import fit_groups, recent_spread
from ml.windows import running_totals

N_SERIES = 1_000


def test_the_spread_is_the_size_of_the_period_a_typical_unit_sells_in() -> None:
    one_by_one = np.tile([1.0, 0.0, 0.0], 40)
    by_the_dozen = np.tile([12.0, *[0.0] * 11], 10)
    unsold = np.zeros(120)
    totals = running_totals(np.stack([one_by_one, by_the_dozen, unsold]).astype(np.float32))

    assert recent_spread(totals, DAILY, 119).tolist() == [1.0, 12.0, 0.0]


def test_few_forecasts_form_one_group() -> None:
    groups = fit_groups(np.ones(300), np.arange(300.0))

    assert groups.n_groups == 1
    assert not groups.find(np.ones(3), np.array([0.0, 5.0, 900.0])).any()


def test_no_forecast_forms_one_group() -> None:
    assert fit_groups(np.zeros(0), np.zeros(0)).n_groups == 1


def test_groups_are_of_equal_size_at_every_level() -> None:
    generator = np.random.default_rng(5)
    y_hat = np.exp(generator.normal(0, 2, 60_000))
    spread = y_hat * generator.gamma(2, 1, 60_000)

    found = fit_groups(y_hat, spread).find(y_hat, spread)

    for chosen in (y_hat < 0.3, y_hat > 3):
        shares = np.bincount(found[chosen], minlength=5) / chosen.sum()
        np.testing.assert_allclose(shares, 0.2, atol=0.06)


def test_lumpy_series_get_wider_intervals_than_even_ones_of_the_same_level() -> None:
    generator = np.random.default_rng(6)
    lumpy = np.arange(N_SERIES) % 2 == 0
    even_sales = generator.poisson(4.0, (N_SERIES, 28))
    lumpy_sales = 20 * generator.poisson(0.2, (N_SERIES, 28))
    y = np.where(lumpy[:, None], lumpy_sales, even_sales).astype(float)
    y_hat = np.exp(generator.normal(np.log(4.0), 0.05, y.shape))
    spread = np.where(lumpy, 24.0, 5.0)
    method = np.full(N_SERIES, LIGHTGBM)
    calibration = fit_calibration(
        y.ravel(),
        y_hat.ravel(),
        np.tile(np.arange(1, 29), N_SERIES),
        np.repeat(method, 28),
        np.repeat(spread, 28),
        quantiles=(0.025, 0.975),
        min_bin_rows=300,
        seed=1,
    )

    found = predict_quantiles(calibration, y_hat.astype(np.float32), method, spread)

    assert np.median(found[lumpy, :, 1]) == pytest.approx(20.0, rel=0.25)
    assert np.median(found[~lumpy, :, 1]) == pytest.approx(8.0, rel=0.25)
