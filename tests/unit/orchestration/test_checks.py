"""Ledger and forecast checks on sound data and on planted faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import dagster as dg
import polars as pl
import pytest

from orchestration.defs.forecast.checks import check_forecasts, check_model
from orchestration.defs.ingest.checks import check_ledger
from orchestration.repositories.ledger import LedgerProfile

CUTOFF = date(2026, 5, 31)
QUANTILES = (0.1, 0.5, 0.9)
HORIZON = 3
SHAPE, ORDER = "one_row_per_series_and_day", "quantiles_never_cross"
SOUND_LEDGER = LedgerProfile(
    n_events=10,
    n_orders=5,
    n_series=2,
    first_date=date(2026, 1, 1),
    last_date=CUTOFF,
    n_blank_keys=0,
    n_future_events=0,
    n_currencies=1,
    last_upload_seq=1,
)


def forecasts() -> pl.DataFrame:
    """Two series with three sound days each."""
    steps = range(1, HORIZON + 1)
    return pl.DataFrame(
        [
            {
                "unique_id": unique_id,
                "step": step,
                "ds": CUTOFF + timedelta(days=step),
                "cutoff": CUTOFF,
                "y_hat": 1.0,
                "q0.1": 0.0,
                "q0.5": 1.0,
                "q0.9": 2.0,
            }
            for unique_id in ("A@x", "B@x")
            for step in steps
        ]
    )


def with_value(column: str, value: object, row: int = 4) -> pl.DataFrame:
    """Return the sound forecasts with one cell changed."""
    frame = forecasts()
    values = frame[column].to_list()
    values[row] = value
    return frame.with_columns(pl.Series(column, values, dtype=frame.schema[column]))


def failed(results: Sequence[dg.AssetCheckResult]) -> set[str]:
    return {str(result.check_name) for result in results if not result.passed}


def failed_on(frame: pl.DataFrame) -> set[str]:
    return failed(check_forecasts(frame, QUANTILES, HORIZON))


def test_sound_forecasts_pass() -> None:
    assert failed_on(forecasts()) == set()


@pytest.mark.parametrize("column", ["y_hat", "q0.1", "q0.9"])
@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_what_is_no_number_is_found(column: str, value: float | None) -> None:
    assert SHAPE in failed_on(with_value(column, value))


def test_a_row_of_nothing_but_nan_is_found() -> None:
    nan = pl.lit(float("nan"))
    frame = forecasts().with_columns(nan.alias(name) for name in ("y_hat", "q0.1", "q0.5", "q0.9"))

    assert SHAPE in failed_on(frame)


def test_a_missing_day_is_found() -> None:
    assert SHAPE in failed_on(forecasts().slice(1))


def test_a_repeated_day_is_found() -> None:
    assert SHAPE in failed_on(pl.concat([forecasts(), forecasts().head(1)]))


def test_a_gap_between_days_is_found() -> None:
    assert SHAPE in failed_on(with_value("ds", CUTOFF + timedelta(days=9), row=5))


def test_days_that_do_not_follow_the_cutoff_are_found() -> None:
    late = forecasts().with_columns(pl.col("ds") + pl.duration(days=1))

    assert SHAPE in failed_on(late)


def test_a_forecast_of_nothing_is_found() -> None:
    assert SHAPE in failed_on(forecasts().clear())


def test_crossing_quantiles_are_found() -> None:
    assert failed_on(with_value("q0.1", 1.5)) == {ORDER}


@pytest.mark.parametrize("column", ["q0.1", "y_hat"])
def test_negative_units_are_found(column: str) -> None:
    assert failed_on(with_value(column, -0.1)) == {ORDER}


def test_a_sound_ledger_passes() -> None:
    assert failed(check_ledger(SOUND_LEDGER)) == set()


def test_an_empty_ledger_passes() -> None:
    empty = replace(SOUND_LEDGER, n_events=0, n_currencies=0, first_date=None, last_date=None)

    assert failed(check_ledger(empty)) == set()


@pytest.mark.parametrize(
    ("fact", "check"),
    [
        ({"n_blank_keys": 1}, "keys_are_complete"),
        ({"n_future_events": 1}, "dates_and_currency_are_sound"),
        ({"n_currencies": 2}, "dates_and_currency_are_sound"),
    ],
)
def test_a_planted_fault_of_the_ledger_is_found(fact: dict[str, int], check: str) -> None:
    assert failed(check_ledger(replace(SOUND_LEDGER, **fact))) == {check}  # type: ignore[arg-type]  # integers all


def test_a_model_worse_than_naive_warns_and_does_not_block() -> None:
    results = check_model({"rmsse": 1.1, "seasonal_naive_rmsse": 1.0})

    assert failed(results) == {"beats_seasonal_naive"}
    assert {result.severity for result in results} == {dg.AssetCheckSeverity.WARN}


def test_bands_that_hold_too_little_warn() -> None:
    assert failed(check_model({"coverage_80": 0.7, "coverage_95": 0.95})) == {
        "bands_hold_what_they_say"
    }


def test_a_model_that_could_not_be_measured_passes() -> None:
    assert failed(check_model({"rmsse": None})) == set()
