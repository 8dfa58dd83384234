"""Accuracy of served vintages on an example small enough to work out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl
import pytest

from orchestration.champions import TenantHistory
from orchestration.frames import TrainingFrames
from orchestration.served_accuracy import served_accuracy

CUTOFF = date(2026, 5, 1)


def day(n: int) -> date:
    return CUTOFF + timedelta(days=n)


def forecasts(series: dict[str, float], n_days: int = 8) -> pl.DataFrame:
    """A vintage that expects the same units every day, with bands of +-1 and +-3."""
    return pl.DataFrame(
        [
            {
                "vintage_id": "v1",
                "cutoff_date": CUTOFF,
                "series_id": series_id,
                "target_date": day(n),
                "mean_units": mean,
                "q0.025": mean - 3,
                "q0.1": mean - 1,
                "q0.9": mean + 1,
                "q0.975": mean + 3,
            }
            for series_id, mean in series.items()
            for n in range(1, n_days + 1)
        ]
    )


def history(sold: Mapping[str, Mapping[int, float | None]], last_day: int) -> TenantHistory:
    rows = [
        {
            "unique_id": series_id,
            "ds": day(n),
            "y": units or 0.0,
            # None stands for a day that was sold out from open to close.
            "stock_out_share": 1.0 if units is None else 0.0,
        }
        for series_id, days in sold.items()
        for n, units in days.items()
    ]
    schema = {"unique_id": pl.String, "ds": pl.Date, "y": pl.Float64, "stock_out_share": pl.Float64}
    frame = pl.DataFrame(rows, schema=schema)
    return TenantHistory(TrainingFrames(frame, pl.DataFrame()), pl.DataFrame(), day(last_day))


def row_of(accuracy: pl.DataFrame, series_id: str) -> dict[str, object]:
    [row] = accuracy.filter(pl.col("series_id") == series_id).to_dicts()
    return row


def test_errors_are_those_worked_out_by_hand() -> None:
    # Expected 4 a day; sold 4, 5, 6, 8, 4, 4, 4: off by 0, 1, 2, 4, 0, 0, 0 of 35 units.
    sold = dict(zip(range(1, 8), [4.0, 5.0, 6.0, 8.0, 4.0, 4.0, 4.0], strict=True))

    found = row_of(served_accuracy(forecasts({"A": 4.0}), history({"A": sold}, 7)), "A")

    assert found["actual_units"] == 35.0
    assert found["wape"] == pytest.approx(7 / 35)
    assert found["bias_pct"] == pytest.approx(-100 * 7 / 35)
    assert found["coverage_80"] == pytest.approx(5 / 7)
    assert found["coverage_95"] == pytest.approx(6 / 7)
    assert (found["from_date"], found["to_date"], found["n_days"]) == (day(1), day(7), 7)
    assert found["evidence"] == "served"


def test_the_total_weighs_series_by_their_units() -> None:
    # A: 1 off on each of 7 days at 4 sold; B: exact at 11 sold. 7 of 105 units.
    sold = {
        "A": dict.fromkeys(range(1, 8), 4.0),
        "B": dict.fromkeys(range(1, 8), 11.0),
    }

    found = row_of(served_accuracy(forecasts({"A": 5.0, "B": 11.0}), history(sold, 7)), "")

    assert found["wape"] == pytest.approx(7 / 105)
    assert found["n_days"] == 7


def test_days_after_the_known_demand_do_not_count() -> None:
    sold: dict[str, dict[int, float | None]] = {"A": dict.fromkeys(range(1, 9), 4.0)}

    found = row_of(served_accuracy(forecasts({"A": 4.0}), history(sold, 7)), "A")

    assert found["to_date"] == day(7)


def test_a_day_without_row_is_a_day_without_demand() -> None:
    found = row_of(served_accuracy(forecasts({"A": 1.0}), history({"A": {1: 7.0}}, 7)), "A")

    assert found["actual_units"] == 7.0
    assert found["wape"] == pytest.approx((6 + 6) / 7)


def test_a_day_of_unknown_demand_is_left_out() -> None:
    sold: dict[int, float | None] = {**dict.fromkeys(range(1, 9), 4.0), 3: None}

    found = row_of(served_accuracy(forecasts({"A": 4.0}), history({"A": sold}, 8)), "A")

    assert found["n_days"] == 7
    assert found["wape"] == 0.0


def test_a_series_that_sold_nothing_has_no_relative_error() -> None:
    found = row_of(served_accuracy(forecasts({"A": 1.0}), history({}, 7)), "A")

    assert found["wape"] is None
    assert found["bias_pct"] is None
    assert found["coverage_80"] == 1.0


def test_less_than_a_week_is_not_measured() -> None:
    sold: dict[str, dict[int, float | None]] = {"A": dict.fromkeys(range(1, 7), 4.0)}

    assert served_accuracy(forecasts({"A": 4.0}), history(sold, 6)).is_empty()
