"""Gap filling and covariates of the dense panel."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl

from ml.grain import DAILY
from ml.panel import Panel, build_panel
from ml.schema import Covariates
from tests.sales_frames import day, series


def _panel(history: pl.DataFrame, cutoff: date, **changes: Any) -> Panel:  # noqa: ANN401 - passed on
    settings: dict[str, Any] = {
        "horizon": 7,
        "grain": DAILY,
        "covariates": Covariates(),
        "static": None,
        "future": None,
        "max_history": 500,
    }
    return build_panel(history, cutoff=cutoff, **(settings | changes))


def test_absent_days_between_first_sale_and_cutoff_are_zero() -> None:
    history = pl.concat([series("a", [2.0]), series("a", [3.0], start=3)])

    panel = _panel(history, day(5))

    assert panel.y[0, DAILY.pad :].tolist() == [2.0, 0.0, 0.0, 3.0, 0.0, 0.0]


def test_days_before_the_first_sale_are_unknown() -> None:
    history = pl.concat([series("a", [2.0]), series("b", [3.0], start=2)])

    panel = _panel(history, day(2))

    assert np.isnan(panel.y[1, :-1]).all()
    assert panel.first.tolist() == [DAILY.pad, DAILY.pad + 2]


def test_a_null_day_stays_unknown() -> None:
    panel = _panel(series("a", [2.0, None, 1.0]), day(2))

    assert np.isnan(panel.y[0, DAILY.pad + 1])


def test_a_series_that_starts_after_the_cutoff_is_absent() -> None:
    history = pl.concat([series("a", [2.0]), series("b", [3.0], start=9)])

    assert _panel(history, day(2)).unique_ids == ("a",)


def test_a_series_older_than_the_window_keeps_its_age() -> None:
    history = pl.concat([series("a", [2.0]), series("a", [3.0], start=20)])

    panel = _panel(history, day(20), max_history=10)

    assert panel.y[0, DAILY.pad :].tolist() == [0.0] * 9 + [3.0]
    assert panel.first.tolist() == [DAILY.pad]


def test_an_unknown_price_carries_forward_over_the_horizon() -> None:
    history = series("a", [1.0, 1.0, 1.0]).with_columns(pl.Series("price", [4.0, None, 5.0]))

    panel = _panel(history, day(2), covariates=Covariates(future=("price",)))

    assert panel.future["price"][0, DAILY.pad :].tolist() == [4.0, 4.0, 5.0] + [5.0] * 7


def test_an_unknown_rare_promotion_reads_as_none() -> None:
    flags = [1.0 if offset == 50 else 0.0 for offset in range(70)]
    history = series("a", [1.0] * 70).with_columns(pl.Series("promotion", flags))

    panel = _panel(history, day(69), covariates=Covariates(future=("promotion",)))

    assert panel.future["promotion"][0, -7:].tolist() == [0.0] * 7


def test_unknown_opening_days_keep_their_weekly_rhythm() -> None:
    opened = [0.0 if day(offset).weekday() == 6 else 1.0 for offset in range(70)]
    history = series("a", [1.0] * 70).with_columns(pl.Series("open", opened))

    panel = _panel(history, day(69), horizon=14, covariates=Covariates(future=("open",)))

    expected = [0.0 if day(70 + ahead).weekday() == 6 else 1.0 for ahead in range(14)]
    assert panel.future["open"][0, -14:].tolist() == expected


def test_the_future_frame_may_carry_covariates_of_the_past() -> None:
    future = pl.DataFrame(
        {"unique_id": ["a"] * 5, "ds": [day(n) for n in range(5)], "price": [1.0, 2, 3, 4, 5]}
    )

    panel = _panel(
        series("a", [1.0, 1.0]),
        day(1),
        horizon=3,
        covariates=Covariates(future=("price",)),
        future=future,
    )

    assert panel.future["price"][0, DAILY.pad :].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_a_text_covariate_is_coded_by_its_sorted_labels() -> None:
    history = series("a", [1.0] * 3).with_columns(pl.Series("event", ["Xmas", None, "Easter"]))

    panel = _panel(history, day(2), covariates=Covariates(future=("event",)))

    assert panel.encoding.labels["event"] == ("Easter", "Xmas")
    assert panel.future["event"][0, DAILY.pad] == 1.0
    assert np.isnan(panel.future["event"][0, DAILY.pad + 1])


def test_a_label_unseen_at_training_gets_a_new_code() -> None:
    covariates = Covariates(static=("category",))
    learned = _panel(
        series("a", [1.0]),
        day(0),
        covariates=covariates,
        static=pl.DataFrame({"unique_id": ["a"], "category": ["x"]}),
    )

    panel = _panel(
        series("b", [1.0]),
        day(0),
        covariates=covariates,
        static=pl.DataFrame({"unique_id": ["b"], "category": ["a-new-one"]}),
        encoding=learned.encoding,
    )

    assert panel.static["category"].tolist() == [1]


def test_stock_out_shares_are_kept_as_given_and_never_carried_forward() -> None:
    history = series("a", [1.0, 0.0, 2.0]).with_columns(
        pl.Series("stock_out_share", [0.0, 1.0, None])
    )

    panel = _panel(history, day(3), covariates=Covariates(historical=("stock_out_share",)))

    assert panel.historical == {}
    assert panel.stock_out_share is not None
    found = panel.stock_out_share[0, DAILY.pad :]
    assert found[:2].tolist() == [0.0, 1.0]
    assert np.isnan(found[2:]).all()
