"""Lead-time bands hold their share of sums they have not seen, on two kinds of shop.

Every backtest window is judged by bands calibrated on the others; what counts is the mean over
windows, since all series of one window share its surprises. Sums of a week are left out: a fifth
of M5's are zero, so that no band from zero upwards holds only 80 percent of them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from benchmarks.m5 import day, read_events, read_items, read_sales
from ml.engine import Covariates, EngineConfig, TrainedModel, train
from ml.grain import DAILY
from ml.lead_time import lead_time_quantiles
from ml.panel import Panel, build_panel
from ml.sum_calibration import fit_sum_calibration
from simulator.demand import simulate
from simulator.demos import corner_grocer
from tests.shared_data import shared

CONFIG = EngineConfig(n_windows=4, n_trees=50, n_leaves=31, max_train_rows=50_000)
LENGTHS = (14, 28, 56)
LAST_DAY = date(2026, 11, 15)
BANDS = {80: ("q0.1", "q0.9"), 95: ("q0.025", "q0.975")}


def _grocer() -> pl.DataFrame:
    """True demand of a grocer with three shops."""
    truth = simulate(corner_grocer(LAST_DAY, n_days=450, n_products=120))
    return truth.select(
        pl.concat_str("product_title", "location", separator="|").alias("unique_id"),
        pl.col("date").alias("ds"),
        pl.col("true_demand_units").cast(pl.Float64).alias("y"),
        pl.col("unit_price").alias("price"),
        pl.col("is_promotion").cast(pl.Float64).alias("promotion"),
    )


def _walmart() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Every fourth item of M5's store CA_1, with its attributes."""
    folder = shared("data/m5")
    items = read_items(folder).filter(pl.col("store_id") == "CA_1").gather_every(4)
    sales = read_sales(folder, ("CA_1",)).join(items, on="unique_id", how="semi")
    return sales.join(read_events(folder, "CA"), on="ds", how="left"), items


def _coverage(model: TrainedModel, history: pl.DataFrame) -> pl.DataFrame:
    """Return held-out coverage, one row per length: the mean over windows."""
    panel = _panel(history, model.cutoff)
    forecasts = model.backtest.forecasts
    parts = []
    for (cutoff,), window in forecasts.group_by("cutoff", maintain_order=True):
        assert isinstance(cutoff, date)
        others = fit_sum_calibration(
            forecasts.filter(pl.col("cutoff") != cutoff),
            panel,
            quantiles=CONFIG.quantiles,
            seed=CONFIG.seed,
        )
        lengths = [n for n in LENGTHS if cutoff + timedelta(days=n) <= model.cutoff]
        found = lead_time_quantiles(replace(model, sum_calibration=others), window, lengths)
        for n_days in lengths:
            ahead = pl.col("ds").is_between(cutoff, cutoff + timedelta(days=n_days), closed="right")
            actual = history.filter(ahead).group_by("unique_id").agg(pl.col("y").sum())
            judged = found.filter(pl.col("days") == n_days).join(actual, on="unique_id")
            shares = [
                pl.col("y").is_between(low, high).mean().alias(str(level))
                for level, (low, high) in BANDS.items()
            ]
            parts.append(judged.select(pl.lit(n_days).alias("days"), *shares))
    return pl.concat(parts).group_by("days").mean().sort("days")


def _panel(history: pl.DataFrame, cutoff: date) -> Panel:
    return build_panel(
        history,
        cutoff=cutoff,
        horizon=CONFIG.horizon,
        covariates=Covariates(),
        static=None,
        future=None,
        grain=DAILY,
        max_history=CONFIG.max_history,
    )


def _assert_close_to_nominal(coverage: pl.DataFrame) -> None:
    assert coverage["days"].to_list() == list(LENGTHS)
    for level in BANDS:
        shares = coverage[str(level)].to_list()
        assert shares == pytest.approx([level / 100] * len(LENGTHS), abs=0.03), coverage


def test_bands_of_the_simulated_grocer_hold_their_share() -> None:
    history = _grocer()
    model = train(
        history,
        cutoff=LAST_DAY,
        covariates=Covariates(future=("price", "promotion")),
        config=CONFIG,
    )

    _assert_close_to_nominal(_coverage(model, history))


def test_bands_of_a_real_store_hold_their_share() -> None:
    sales, items = _walmart()
    model = train(
        sales,
        cutoff=day(1913),
        covariates=Covariates(static=("dept_id", "cat_id"), future=("price", "event", "snap")),
        static=items,
        config=CONFIG,
    )

    _assert_close_to_nominal(_coverage(model, sales))
