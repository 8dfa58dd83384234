"""Metrics against figures worked out by hand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from ml.metrics import level_columns, score

FRAME = pl.DataFrame(
    {
        "cutoff": [date(2024, 1, 1)] * 4,
        "unique_id": ["a", "a", "b", "b"],
        "step": [1, 2, 1, 2],
        "y": [10.0, 20.0, 0.0, 10.0],
        "y_hat": [12.0, 16.0, 1.0, 10.0],
        "scale_1": [4.0, 4.0, 0.0, 0.0],
        "scale_7": [2.0, 2.0, 1.0, 1.0],
        "q0.1": [8.0, 10.0, 0.0, 11.0],
        "q0.9": [12.0, 19.0, 2.0, 15.0],
    }
)


def _overall(metric: str) -> float | None:
    value: float | None = score(FRAME, (), (0.1, 0.9), "y_hat")[metric][0]
    return value


def test_wape_is_the_absolute_error_per_unit_sold() -> None:
    assert _overall("wape") == pytest.approx(7 / 40)


def test_bias_is_signed_and_in_percent() -> None:
    assert _overall("bias_pct") == pytest.approx(-2.5)


def test_rmsse_leaves_out_series_that_never_moved() -> None:
    assert _overall("rmsse") == pytest.approx((10 / 4) ** 0.5)


def test_mase_is_the_mean_over_series() -> None:
    assert _overall("mase7") == pytest.approx((3 / 2 + 0.5 / 1) / 2)


def test_coverage_counts_days_inside_the_band_with_its_bounds() -> None:
    assert _overall("coverage_80") == pytest.approx(2 / 4)


def test_wql_is_the_mean_of_twice_the_pinball_losses_per_unit() -> None:
    low = 0.1 * 2 + 0.1 * 10 + 0.0 + 0.9 * 1
    high = 0.1 * 2 + 0.9 * 1 + 0.1 * 2 + 0.1 * 5

    assert _overall("wql") == pytest.approx((low + high) / 40)


def test_unknown_days_are_not_scored() -> None:
    unknown = FRAME.with_columns(pl.when(pl.col("step") == 1).then("y").alias("y"))

    assert score(unknown, (), (), "y_hat")["n_rows"][0] == 2


def test_groups_are_scored_apart() -> None:
    found = score(FRAME, ("step",), (), "y_hat")

    assert found["step"].to_list() == [1, 2]
    assert found["wape"].to_list() == pytest.approx([3 / 10, 4 / 30])


def test_nothing_sold_has_no_share() -> None:
    silent = FRAME.with_columns(pl.lit(0.0).alias("y"))

    assert score(silent, (), (), "y_hat")["wape"][0] is None


def test_a_level_needs_both_its_quantiles() -> None:
    assert level_columns(95, (0.1, 0.9)) is None
