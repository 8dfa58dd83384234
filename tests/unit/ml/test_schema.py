"""Boundary checks name the frame, the column and the way out."""

from __future__ import annotations

import polars as pl
import pytest

from ml.errors import InsufficientHistory, InvalidFrame
from ml.schema import Covariates, check_future, check_history, check_static
from tests.sales_frames import day, series


def test_rows_after_the_cutoff_are_dropped() -> None:
    history = series("a", [1.0, 2.0, 3.0])

    checked = check_history(history, Covariates(), day(1))

    assert checked["ds"].to_list() == [day(0), day(1)]


def test_negative_net_sales_read_as_zero_demand() -> None:
    history = series("a", [-4.0, 2.0])

    assert check_history(history, Covariates(), day(1))["y"].to_list() == [0.0, 2.0]


def test_a_missing_column_is_named() -> None:
    history = series("a", [1.0]).drop("y")

    with pytest.raises(InvalidFrame, match=r"history frame lacks \['y'\]"):
        check_history(history, Covariates(), day(0))


def test_a_repeated_day_is_named() -> None:
    history = pl.concat([series("a", [1.0, 2.0]), series("b", [1.0]), series("b", [1.0])])

    with pytest.raises(InvalidFrame, match=r"repeats key \('b'"):
        check_history(history, Covariates(), day(5))


def test_a_null_key_is_refused() -> None:
    history = series("a", [1.0]).with_columns(pl.lit(None, dtype=pl.Date).alias("ds"))

    with pytest.raises(InvalidFrame, match="null unique_id or ds"):
        check_history(history, Covariates(), day(0))


def test_text_days_are_refused() -> None:
    history = series("a", [1.0]).with_columns(pl.col("ds").cast(pl.String))

    with pytest.raises(InvalidFrame, match="give calendar days"):
        check_history(history, Covariates(), day(0))


def test_an_infinite_quantity_is_refused() -> None:
    with pytest.raises(InvalidFrame, match="infinite"):
        check_history(series("a", [float("inf")]), Covariates(), day(0))


def test_text_quantities_are_refused() -> None:
    history = series("a", [1.0]).with_columns(pl.col("y").cast(pl.String))

    with pytest.raises(InvalidFrame, match="give numeric units"):
        check_history(history, Covariates(), day(0))


def test_only_unknown_sales_are_insufficient() -> None:
    with pytest.raises(InsufficientHistory, match="load sales first"):
        check_history(series("a", [None, None]), Covariates(), day(5))


def test_sales_only_after_the_cutoff_are_insufficient() -> None:
    with pytest.raises(InsufficientHistory, match=str(day(0))):
        check_history(series("a", [1.0], start=9), Covariates(), day(0))


def test_future_rows_past_the_horizon_are_dropped() -> None:
    future = series("a", [1.0, 2.0, 3.0]).rename({"y": "price"})

    checked = check_future(future, Covariates(future=("price",)), day(1))

    assert checked["price"].to_list() == [1.0, 2.0]


def test_static_rows_must_be_unique() -> None:
    static = pl.DataFrame({"unique_id": ["a", "a"], "category": ["x", "y"]})

    with pytest.raises(InvalidFrame, match="repeats unique_id 'a'"):
        check_static(static, Covariates(static=("category",)))


def test_a_covariate_has_one_role() -> None:
    with pytest.raises(InvalidFrame, match="declared twice"):
        Covariates(historical=("price",), future=("price",))


def test_a_covariate_must_not_take_a_reserved_name() -> None:
    with pytest.raises(InvalidFrame, match="reserved"):
        Covariates(future=("y",))


def test_covariates_that_would_become_one_feature_are_refused() -> None:
    with pytest.raises(InvalidFrame, match="differ in punctuation only"):
        Covariates(future=("unit price", "unit-price"))


def test_a_covariate_of_days_is_refused() -> None:
    history = series("a", [1.0]).with_columns(pl.col("ds").alias("launch"))

    with pytest.raises(InvalidFrame, match="'launch' is Date; give numbers"):
        check_history(history, Covariates(historical=("launch",)), day(0))
