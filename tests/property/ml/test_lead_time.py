"""Laws of lead-time quantiles, whatever the forecasts look like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from ml import artifact
from ml.engine import Covariates, TrainedModel, forecast, train
from ml.lead_time import lead_time_quantiles
from ml.metrics import quantile_column
from ml.points import LIGHTGBM, SHRUNK_MEAN
from tests.sales_frames import TINY, day, store

FAST = replace(TINY, n_trees=5, min_train_rows=200)
SHOP = store(60, 140)
MODEL = train(SHOP, cutoff=day(139), covariates=Covariates(), config=FAST)
EVERY_LENGTH = tuple(range(1, 91))


@st.composite
def vintages(draw: st.DrawFn) -> pl.DataFrame:
    """Forecasts of one to three series with zeros, spikes and any horizon."""
    horizon = draw(st.integers(1, 100))
    units = st.one_of(st.just(0.0), st.floats(0, 1e6), st.floats(0, 2.0))
    parts = []
    for number in range(draw(st.integers(1, 3))):
        y_hat = draw(st.lists(units, min_size=horizon, max_size=horizon))
        parts.append(
            pl.DataFrame(
                {
                    "unique_id": [f"s{number}"] * horizon,
                    "ds": [day(step) for step in range(horizon)],
                    "y_hat": y_hat,
                    "method": [draw(st.sampled_from([LIGHTGBM, SHRUNK_MEAN]))] * horizon,
                }
            )
        )
    return pl.concat(parts)


@settings(max_examples=25, deadline=None)
@given(vintage=vintages())
def test_quantiles_ascend_with_probability_and_length_and_are_never_negative(
    vintage: pl.DataFrame,
) -> None:
    found = lead_time_quantiles(MODEL, vintage, EVERY_LENGTH)

    quantiles = found.select(quantile_column(q) for q in FAST.quantiles).to_numpy()
    assert np.isfinite(quantiles).all()
    assert (quantiles >= 0).all()
    assert (np.diff(quantiles, axis=1) >= 0).all()
    by_length = quantiles.reshape(-1, len(EVERY_LENGTH), quantiles.shape[1])
    assert (np.diff(by_length, axis=1) >= 0).all()


@settings(max_examples=15, deadline=None)
@given(vintage=vintages(), seed=st.integers(0, 99))
def test_row_order_changes_nothing(vintage: pl.DataFrame, seed: int) -> None:
    shuffled = vintage.sample(fraction=1.0, shuffle=True, seed=seed)

    assert lead_time_quantiles(MODEL, shuffled).equals(lead_time_quantiles(MODEL, vintage))


@settings(max_examples=5, deadline=None)
@given(factor=st.floats(0, 1e4))
def test_sales_after_the_cutoff_change_no_lead_time_quantile(factor: float) -> None:
    longer = store(60, 170)
    after = pl.col("ds") > day(139)
    changed = longer.with_columns(pl.when(after).then(pl.lit(factor)).otherwise("y").alias("y"))

    first, second = (_answer(frame) for frame in (longer, changed))

    assert first.equals(second)


def test_equal_histories_give_equal_bytes() -> None:
    again: TrainedModel = train(
        SHOP.reverse(), cutoff=day(139), covariates=Covariates(), config=FAST
    )

    assert artifact.dump(again) == artifact.dump(MODEL)


def _answer(history: pl.DataFrame) -> pl.DataFrame:
    model = train(history, cutoff=day(139), covariates=Covariates(), config=FAST)
    return lead_time_quantiles(model, forecast(model, history, cutoff=day(139)))
