"""Laws of estimated demand, whatever was sold and whenever the shelf was empty."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from ml import artifact
from ml.censoring import conditional_mean, estimate_demand
from ml.engine import Covariates, TrainedModel, forecast, train
from ml.grain import DAILY
from ml.panel import Panel, build_panel
from ml.schema import STOCK_OUT_SHARE
from tests.sales_frames import TINY, day, store

CUTOFF = day(139)
COVARIATES = Covariates(historical=(STOCK_OUT_SHARE,), future=("price", "promotion"))
FAST = replace(TINY, n_trees=5, n_windows=2, min_train_rows=200)


def _short_of_stock(seed: int) -> pl.DataFrame:
    """Sales of a store where a fifth of the days sold out, some before they began."""
    history = store(4, 140, seed=seed)
    generator = np.random.default_rng(seed)
    share = generator.choice([0.0, 0.5, 1.0], size=history.height, p=[0.8, 0.08, 0.12])
    return history.with_columns(pl.Series(STOCK_OUT_SHARE, share)).with_columns(
        pl.when(pl.col(STOCK_OUT_SHARE) == 1.0).then(0.0).otherwise("y").alias("y")
    )


def _panel(history: pl.DataFrame) -> Panel:
    return build_panel(
        history,
        cutoff=CUTOFF,
        horizon=7,
        covariates=COVARIATES,
        static=None,
        future=None,
        grain=DAILY,
        max_history=400,
    )


def _changed_after(history: pl.DataFrame, offset: int, factor: float) -> pl.DataFrame:
    """The same history with other sales and no stock at all after a day."""
    after = pl.col("ds") > day(offset)
    return history.with_columns(
        pl.when(after).then(pl.lit(factor)).otherwise("y").alias("y"),
        pl.when(after).then(1.0).otherwise(STOCK_OUT_SHARE).alias(STOCK_OUT_SHARE),
    )


def _train(history: pl.DataFrame) -> TrainedModel:
    return train(history, cutoff=CUTOFF, covariates=COVARIATES, config=FAST)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1_000), offset=st.integers(0, 138), factor=st.floats(0, 1e4))
def test_what_comes_later_changes_no_estimate(seed: int, offset: int, factor: float) -> None:
    history = _short_of_stock(seed)
    panel = _panel(history)

    found = estimate_demand(panel).y
    later = estimate_demand(_panel(_changed_after(history, offset, factor))).y

    up_to = panel.last - (CUTOFF - day(offset)).days + 1
    np.testing.assert_array_equal(found[:, :up_to], later[:, :up_to])


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1_000), factor=st.floats(0, 1e4))
def test_stock_outs_after_a_window_change_none_of_its_forecasts(seed: int, factor: float) -> None:
    history = _short_of_stock(seed)
    changed = _changed_after(history, 139 - 28, factor)

    first, second = (
        _train(frame).backtest.forecasts.select("cutoff", "unique_id", "ds", "y_hat")
        for frame in (history, changed)
    )

    assert first.equals(second)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1_000))
def test_an_estimate_is_finite_and_never_below_what_was_sold(seed: int) -> None:
    panel = _panel(_short_of_stock(seed))

    found = estimate_demand(panel).y

    known = ~np.isnan(found)
    assert np.isfinite(found[known]).all()
    assert (found[known] >= panel.y[known]).all()
    assert panel.stock_out_share is not None
    in_stock = np.nan_to_num(panel.stock_out_share) == 0
    np.testing.assert_array_equal(found[in_stock], panel.y[in_stock])


@settings(max_examples=100, deadline=None)
@given(
    at_least=st.floats(0, 1e6),
    mean=st.floats(0, 1e6),
    more=st.floats(0, 1e5),
    ratio=st.floats(1.0, 1e4),
)
def test_selling_more_before_the_end_never_lowers_the_estimate(
    at_least: float, mean: float, more: float, ratio: float
) -> None:
    bounds = np.array([at_least, at_least + more])

    found = conditional_mean(bounds, np.full(2, mean), np.full(2, ratio))

    assert np.isfinite(found).all()
    assert (found >= bounds).all()
    assert found[1] >= found[0] * (1 - 1e-9)


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 1_000))
def test_row_order_changes_neither_model_nor_forecast(seed: int) -> None:
    history = _short_of_stock(seed)
    shuffled = history.sample(fraction=1.0, shuffle=True, seed=seed)

    models = [_train(frame) for frame in (history, shuffled)]

    assert artifact.dump(models[0]) == artifact.dump(models[1])
    assert forecast(models[0], history, cutoff=CUTOFF).equals(
        forecast(models[1], shuffled, cutoff=CUTOFF)
    )
