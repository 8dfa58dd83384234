"""Window averages against a slow plain version."""

from __future__ import annotations

import numpy as np
import pytest

from ml.windows import running_totals, season_means

UNITS = np.random.default_rng(3).poisson(1.5, (4, 90)).astype(np.float32)
UNITS[0, 10:20] = np.nan
UNITS[1, :40] = np.nan


@pytest.mark.parametrize("days", [1, 7, 28, 200])
def test_means_agree_with_plain_averages(days: int) -> None:
    totals = running_totals(UNITS)

    found = totals.mean(75, days)

    plain = [np.nanmean(row[max(76 - days, 0) : 76].astype(float)) for row in UNITS]
    np.testing.assert_allclose(found, plain)


def test_a_window_without_a_known_day_has_no_mean() -> None:
    assert np.isnan(running_totals(UNITS).mean(30, 7)[1])


def test_sale_share_counts_known_days_only() -> None:
    found = running_totals(np.array([[0.0, np.nan, 2.0, 1.0]], dtype=np.float32)).sale_share(3, 4)

    assert found[0] == pytest.approx(2 / 3)


def test_season_means_are_ordered_by_days_ahead() -> None:
    y = np.tile(np.arange(7, dtype=np.float32), (1, 5))

    found = season_means(y, column=30, season=7, count=3)

    assert found[0].tolist() == [(31 + ahead) % 7 for ahead in range(7)]


def test_a_window_before_the_first_period_has_no_mean() -> None:
    assert np.isnan(running_totals(UNITS).mean(-5, 7)).all()
