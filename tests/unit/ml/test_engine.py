"""The engine serves every kind of tenant, and says how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl
import pytest

from ml.engine import Covariates, TrainedModel, forecast, train
from ml.errors import InsufficientHistory
from tests.sales_frames import TINY, day, series, store, traits

PRICED = Covariates(static=("category",), future=("price", "promotion"))


@pytest.fixture(scope="module")
def shop() -> pl.DataFrame:
    return store(12, 200)


@pytest.fixture(scope="module")
def model(shop: pl.DataFrame) -> TrainedModel:
    return train(shop, cutoff=day(199), covariates=PRICED, static=traits(shop), config=TINY)


def _forecast_alone(values: Sequence[float | None]) -> pl.DataFrame:
    history, cutoff = series("a", values), day(len(values) - 1)
    trained = train(history, cutoff=cutoff, covariates=Covariates(), config=TINY)
    return forecast(trained, history, cutoff=cutoff)


def test_each_series_gets_every_day_of_the_horizon(model: TrainedModel, shop: pl.DataFrame) -> None:
    found = forecast(model, shop, cutoff=day(199), static=traits(shop))

    assert found.height == 12 * 28
    assert found.null_count().sum_horizontal().item() == 0
    assert found["ds"].min() == day(200)
    assert found["ds"].max() == day(227)
    assert found.equals(found.sort("unique_id", "ds"))


def test_the_engine_beats_seasonal_naive(model: TrainedModel) -> None:
    ours, naive = model.backtest.value("wape"), model.backtest.value("wape", "seasonal_naive")

    assert ours is not None
    assert naive is not None
    assert ours < 0.9 * naive


def test_every_horizon_step_is_scored(model: TrainedModel) -> None:
    steps = model.backtest.metrics.filter(
        (pl.col("scope") == "step") & (pl.col("metric") == "wape") & (pl.col("model") == "engine")
    )

    assert sorted(steps["key"].cast(pl.Int32).to_list()) == list(range(1, 29))


def test_a_promotion_raises_the_forecast(model: TrainedModel, shop: pl.DataFrame) -> None:
    ahead = shop.filter(pl.col("ds") > day(171)).select(
        "unique_id", pl.col("ds") + pl.duration(days=28), pl.lit(1.0).alias("promotion")
    )

    promoted = forecast(model, shop, cutoff=day(199), static=traits(shop), future=ahead)

    plain = forecast(model, shop, cutoff=day(199), static=traits(shop))
    assert (promoted["y_hat"] / plain["y_hat"]).median() == pytest.approx(2.0, abs=0.8)


def test_a_later_cutoff_needs_no_retraining(model: TrainedModel, shop: pl.DataFrame) -> None:
    later = pl.concat([shop, series("sku-000", [50.0], start=200)], how="diagonal")

    found = forecast(model, later, cutoff=day(200), static=traits(shop))

    assert found["ds"].min() == day(201)


def test_a_forecast_without_the_static_frame_is_served(
    model: TrainedModel, shop: pl.DataFrame
) -> None:
    assert forecast(model, shop, cutoff=day(199)).height == 12 * 28


def test_odd_column_names_are_served(shop: pl.DataFrame) -> None:
    odd = shop.rename({"price": 'sell price ["USD"]'})
    covariates = Covariates(future=('sell price ["USD"]',))

    trained = train(odd, cutoff=day(199), covariates=covariates, config=TINY)

    assert forecast(trained, odd, cutoff=day(199)).height == 12 * 28


def test_a_covariate_that_is_never_known_is_no_obstacle(shop: pl.DataFrame) -> None:
    blank = shop.with_columns(pl.lit(None).alias("price"))

    trained = train(blank, cutoff=day(199), covariates=Covariates(future=("price",)), config=TINY)

    assert forecast(trained, blank, cutoff=day(199)).height == 12 * 28


def test_a_series_unseen_at_training_is_served(model: TrainedModel, shop: pl.DataFrame) -> None:
    launched = pl.concat([shop, series("launch", [3.0] * 10, start=190)], how="diagonal")

    found = forecast(model, launched, cutoff=day(199), static=traits(shop))

    row = found.filter(pl.col("unique_id") == "launch").row(0, named=True)
    assert row["method"] == "shrunk_mean"
    assert row["series_class"] == "new"
    assert "Only 10 days of history" in row["reason"]


def test_a_dead_series_forecasts_zero_and_says_why(model: TrainedModel, shop: pl.DataFrame) -> None:
    gone = pl.concat([shop, series("gone", [4.0] * 10 + [0.0] * 190)], how="diagonal")

    found = forecast(model, gone, cutoff=day(199), static=traits(shop))

    rows = found.filter(pl.col("unique_id") == "gone")
    assert rows["y_hat"].sum() == 0.0
    assert rows["q0.995"].sum() == 0.0
    assert "No sale in the last 182 known days" in rows["reason"][0]


def test_one_series_with_two_sales_gets_its_average() -> None:
    found = _forecast_alone([0.0] * 10 + [3.0] + [0.0] * 20 + [3.0] + [0.0] * 28)

    assert found["method"].unique().to_list() == ["shrunk_mean"]
    assert found["y_hat"].mean() == pytest.approx(0.1, rel=0.2)


def test_a_constant_series_stays_where_it_is() -> None:
    assert _forecast_alone([7.0] * 120)["y_hat"].mean() == pytest.approx(7.0, rel=0.02)


def test_a_history_of_zeros_forecasts_zero() -> None:
    assert _forecast_alone([0.0] * 120)["y_hat"].sum() == 0.0


def test_a_single_observation_is_enough_to_answer() -> None:
    assert _forecast_alone([5.0])["y_hat"].to_list() == pytest.approx([5.0] * 28)


def test_unknown_days_are_not_read_as_zero() -> None:
    sold = [6.0] * 60
    censored: list[float | None] = [None if n % 2 else 6.0 for n in range(60)]

    assert _forecast_alone(censored)["y_hat"].sum() == pytest.approx(
        _forecast_alone(sold)["y_hat"].sum(), rel=0.02
    )


def test_too_little_data_falls_back_for_all_and_says_so() -> None:
    config = replace(TINY, min_train_rows=5_000)
    history = store(2, 70)

    trained = train(history, cutoff=day(69), covariates=Covariates(), config=config)

    assert trained.booster is None
    found = forecast(trained, history, cutoff=day(69))
    assert found["method"].unique().to_list() == ["season_mean"]
    assert "Too little history" in found["reason"][0]


def test_a_short_history_says_how_many_windows_ran() -> None:
    history = store(2, 70)

    trained = train(history, cutoff=day(69), covariates=Covariates(), config=TINY)

    assert trained.backtest.note.startswith("1 of 3 backtest windows")
    assert trained.backtest.cutoffs == (day(41),)


def test_no_data_at_all_is_refused() -> None:
    with pytest.raises(InsufficientHistory):
        train(series("a", []), cutoff=day(5), covariates=Covariates())


def test_progress_rises_from_start_to_end(shop: pl.DataFrame) -> None:
    seen: list[float] = []

    train(
        shop,
        cutoff=day(199),
        covariates=Covariates(),
        config=TINY,
        progress=lambda _, share: seen.append(share),
    )

    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)


def test_a_longer_horizon_is_served(shop: pl.DataFrame) -> None:
    config = replace(TINY, horizon=42, n_windows=1)

    trained = train(shop, cutoff=day(199), covariates=Covariates(), config=config)

    assert forecast(trained, shop, cutoff=day(199))["step"].max() == 42
