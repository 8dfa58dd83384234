"""Forecasts of a simulated grocer short of stock, against its true demand."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from benchmarks.stockouts import FUTURE, LAST_DAY, STATIC, draw_shop, forecast_shop, judge
from ml.censoring import estimate_demand
from ml.config import EngineConfig
from ml.grain import DAILY
from ml.panel import build_panel
from ml.schema import STOCK_OUT_SHARE, Covariates

CONFIG = EngineConfig(n_windows=0, n_trees=60, n_leaves=31, max_train_rows=60_000)
CUTOFFS = [LAST_DAY - timedelta(days=28 * back) for back in (1, 2)]


@pytest.fixture(scope="module")
def figures() -> dict[str, dict[str, float]]:
    shop = draw_shop(n_products=50, n_days=450, seed=20_417)
    return {
        method: judge(
            pl.concat([forecast_shop(shop, method, cutoff, CONFIG) for cutoff in CUTOFFS])
        )
        for method in ("uncorrected", "estimated", "true demand")
    }


def test_about_one_day_in_five_ends_with_an_empty_shelf() -> None:
    history = draw_shop(n_products=50, n_days=450, seed=20_417).history

    empty = pl.col(STOCK_OUT_SHARE) > 0
    assert 0.17 < history.select(empty.mean()).item() < 0.23
    promoted = history.filter(pl.col("promotion") > 0)
    assert promoted.select(empty.mean()).item() > 1.15 * history.select(empty.mean()).item()


def test_estimated_demand_of_stocked_out_days_is_within_two_percent_of_the_truth() -> None:
    shop = draw_shop(n_products=50, n_days=450, seed=20_417)
    found, truth = (
        build_panel(
            shop.history.with_columns(pl.col(column).alias("y")),
            cutoff=LAST_DAY,
            horizon=28,
            covariates=Covariates(STATIC, (STOCK_OUT_SHARE,), FUTURE),
            static=shop.static,
            future=None,
            grain=DAILY,
            max_history=450,
        )
        for column in ("y", "true_demand")
    )

    estimates = estimate_demand(found).y

    assert found.stock_out_share is not None
    judged = (found.stock_out_share > 0) & ~np.isnan(estimates)
    assert judged.sum() > 0.15 * np.isfinite(truth.y).sum()
    assert estimates[judged].sum() == pytest.approx(truth.y[judged].sum(), rel=0.02)


def test_the_bias_is_within_two_percent_of_a_model_that_was_told_the_truth(
    figures: dict[str, dict[str, float]],
) -> None:
    bound = figures["true demand"]["bias_pct"]

    assert figures["estimated"]["bias_pct"] == pytest.approx(bound, abs=2.0)
    assert figures["uncorrected"]["bias_pct"] < bound - 10.0


def test_the_error_of_totals_is_far_below_that_of_the_uncorrected_model(
    figures: dict[str, dict[str, float]],
) -> None:
    assert figures["estimated"]["wape_28"] < 0.85 * figures["uncorrected"]["wape_28"]


def test_the_error_of_single_days_is_that_of_a_model_that_was_told_the_truth(
    figures: dict[str, dict[str, float]],
) -> None:
    bound = figures["true demand"]["rmse"]

    assert figures["estimated"]["rmse"] < 1.03 * bound
    assert figures["uncorrected"]["rmse"] > 1.08 * bound
