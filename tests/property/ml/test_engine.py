"""Laws every forecast obeys, whatever the sales look like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml import artifact
from ml.engine import Covariates, forecast, train
from ml.grain import DAILY
from ml.metrics import quantile_column
from ml.panel import build_panel
from tests.sales_frames import TINY, day, series, store

CUTOFF = day(139)
PRICED = Covariates(future=("price", "promotion"))
FAST = replace(TINY, n_trees=5, n_windows=1, min_train_rows=200)
calm = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
quantities = st.one_of(st.none(), st.just(0.0), st.floats(0, 1e5), st.integers(0, 50).map(float))


@st.composite
def histories(draw: st.DrawFn) -> pl.DataFrame:
    """Up to five series with gaps, unknown days, zeros and extreme sales."""
    parts = []
    for number in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, 130))
        values = draw(st.lists(quantities, min_size=1, max_size=140 - start))
        part = series(f"s{number}", values, start=start)
        kept = np.random.default_rng(draw(st.integers(0, 99))).random(part.height) < 0.8
        kept[0] = True
        parts.append(part.filter(pl.Series(kept)))
    frame = pl.concat(parts)
    opening = series("known", [1.0] * 30)
    return pl.concat([frame, opening])


def _forecasts(history: pl.DataFrame, covariates: Covariates = PRICED) -> pl.DataFrame:
    model = train(history, cutoff=CUTOFF, covariates=covariates, config=FAST)
    return forecast(model, history, cutoff=CUTOFF)


@calm
@given(seed=st.integers(0, 1_000), factor=st.floats(0, 1e4))
def test_sales_after_the_cutoff_change_no_forecast(seed: int, factor: float) -> None:
    history = store(4, 170, seed=seed)
    after = pl.col("ds") > CUTOFF
    changed = history.with_columns(pl.when(after).then(pl.lit(factor)).otherwise("y").alias("y"))

    assert _forecasts(changed).equals(_forecasts(history))


@calm
@given(seed=st.integers(0, 1_000), factor=st.floats(0, 1e4))
def test_sales_after_a_window_change_no_forecast_of_that_window(seed: int, factor: float) -> None:
    history = store(4, 140, seed=seed)
    after_last_window = pl.col("ds") > day(139 - 28)
    changed = history.with_columns(
        pl.when(after_last_window).then(pl.lit(factor)).otherwise("y").alias("y")
    )
    config = replace(FAST, n_windows=2)

    reports = [
        train(frame, cutoff=CUTOFF, covariates=PRICED, config=config).backtest.forecasts
        for frame in (history, changed)
    ]

    first, second = (report.select("cutoff", "unique_id", "ds", "y_hat") for report in reports)
    assert first.equals(second)


@calm
@given(seed=st.integers(0, 1_000))
def test_row_order_changes_neither_model_nor_forecast(seed: int) -> None:
    history = store(4, 140, seed=seed)
    shuffled = history.sample(fraction=1.0, shuffle=True, seed=seed)

    models = [
        train(frame, cutoff=CUTOFF, covariates=PRICED, config=FAST) for frame in (history, shuffled)
    ]

    assert artifact.dump(models[0]) == artifact.dump(models[1])
    assert forecast(models[0], history, cutoff=CUTOFF).equals(
        forecast(models[1], shuffled, cutoff=CUTOFF)
    )


@calm
@given(history=histories())
def test_quantiles_never_cross_nor_turn_negative(history: pl.DataFrame) -> None:
    found = _forecasts(history, Covariates())

    columns = found.select(quantile_column(q) for q in FAST.quantiles).to_numpy()
    assert (np.diff(columns, axis=1) >= 0).all()
    assert (columns >= 0).all()
    assert np.isfinite(columns).all()


@calm
@given(history=histories())
def test_point_forecasts_are_finite_and_never_negative(history: pl.DataFrame) -> None:
    found = _forecasts(history, Covariates())["y_hat"].to_numpy()

    assert np.isfinite(found).all()
    assert (found >= 0).all()


@settings(max_examples=50, deadline=None)
@given(history=histories())
def test_gap_filling_preserves_totals(history: pl.DataFrame) -> None:
    panel = build_panel(
        history,
        cutoff=CUTOFF,
        horizon=28,
        grain=DAILY,
        covariates=Covariates(),
        static=None,
        future=None,
        max_history=400,
    )

    totals = history.group_by("unique_id").agg(pl.col("y").sum()).sort("unique_id")
    np.testing.assert_allclose(
        np.nansum(panel.y, axis=1, dtype=float), totals["y"], rtol=1e-5, atol=1e-9
    )


def test_the_number_of_threads_changes_no_forecast() -> None:
    history = store(6, 140)

    one, two = (
        train(history, cutoff=CUTOFF, covariates=PRICED, config=replace(FAST, n_threads=n))
        for n in (1, 2)
    )

    assert forecast(one, history, cutoff=CUTOFF).equals(forecast(two, history, cutoff=CUTOFF))
