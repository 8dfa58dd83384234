"""Quantiles of sums: which lengths, which columns, and the way between lengths."""

from __future__ import annotations

import polars as pl
import pytest

from ml import artifact
from ml.engine import Covariates, TrainedModel, forecast, train
from ml.errors import InvalidFrame
from ml.lead_time import lead_time_quantiles
from tests.sales_frames import TINY, day, series, store

SHOP = store(60, 200)


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    return train(SHOP, cutoff=day(199), covariates=Covariates(future=("price",)), config=TINY)


@pytest.fixture(scope="module")
def forecasts(model: TrainedModel) -> pl.DataFrame:
    return forecast(model, SHOP, cutoff=day(199))


def test_each_series_gets_each_length_once(model: TrainedModel, forecasts: pl.DataFrame) -> None:
    found = lead_time_quantiles(model, forecasts, (28, 7, 28))

    assert found.height == 60 * 2
    assert found.equals(found.sort("unique_id", "days"))
    assert found["days"].unique().to_list() == [7, 28]
    assert found.null_count().sum_horizontal().item() == 0
    assert {"q0.025", "q0.5", "q0.975"} < set(found.columns)


def test_the_expected_sum_is_the_sum_of_the_forecasts(
    model: TrainedModel, forecasts: pl.DataFrame
) -> None:
    found = lead_time_quantiles(model, forecasts, (10,))

    sums = (
        forecasts.filter(pl.col("step") <= 10)
        .group_by("unique_id")
        .agg(pl.col("y_hat").sum())
        .sort("unique_id")
    )
    assert found["y_hat"].to_list() == pytest.approx(sums["y_hat"].to_list(), rel=1e-5)


def test_the_band_of_a_sum_is_narrower_than_the_sum_of_bands(
    model: TrainedModel, forecasts: pl.DataFrame
) -> None:
    band = pl.col("q0.9") - pl.col("q0.1")

    together = lead_time_quantiles(model, forecasts, (28,)).select(band.sum()).item()

    assert together < 0.8 * forecasts.select(band.sum()).item()


def test_a_length_depends_on_no_other_that_is_asked_for(
    model: TrainedModel, forecasts: pl.DataFrame
) -> None:
    alone = lead_time_quantiles(model, forecasts, (45,))

    together = lead_time_quantiles(model, forecasts, (3, 45, 90))

    assert together.filter(pl.col("days") == 45).equals(alone)


def test_lengths_past_all_evidence_are_wider(model: TrainedModel, forecasts: pl.DataFrame) -> None:
    width = ((pl.col("q0.9") - pl.col("q0.1")) / pl.col("y_hat")).median()
    longest = model.sum_calibration.tables["lightgbm"][-1].days
    assert longest == 84

    found = lead_time_quantiles(model, forecasts, (84, 90))

    relative = found.group_by("days").agg(width.alias("width")).sort("days")["width"]
    assert relative[1] > relative[0]


def test_a_dead_series_needs_nothing(model: TrainedModel) -> None:
    gone = pl.concat([SHOP, series("gone", [4.0] * 10 + [0.0] * 190)], how="diagonal")

    found = lead_time_quantiles(model, forecast(model, gone, cutoff=day(199)))

    assert found.filter(pl.col("unique_id") == "gone")["q0.995"].sum() == 0.0


def test_a_stored_model_answers_the_same(model: TrainedModel, forecasts: pl.DataFrame) -> None:
    content = artifact.dump(model)

    loaded = artifact.load(content, sha256=artifact.digest(content))

    assert lead_time_quantiles(loaded, forecasts).equals(lead_time_quantiles(model, forecasts))


def test_no_series_gives_no_row(model: TrainedModel, forecasts: pl.DataFrame) -> None:
    assert lead_time_quantiles(model, forecasts.clear()).is_empty()


@pytest.mark.parametrize("days", [0, 91])
def test_lengths_outside_the_range_are_refused(
    model: TrainedModel, forecasts: pl.DataFrame, days: int
) -> None:
    with pytest.raises(ValueError, match=r"must lie in 1\.\.90"):
        lead_time_quantiles(model, forecasts, (7, days))


def test_series_of_different_lengths_are_refused(
    model: TrainedModel, forecasts: pl.DataFrame
) -> None:
    with pytest.raises(InvalidFrame, match="27 to 28 days per series"):
        lead_time_quantiles(model, forecasts[1:])
