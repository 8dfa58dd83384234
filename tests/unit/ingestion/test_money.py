from __future__ import annotations

import polars as pl
import pytest

from ingestion.currencies import minor_exponent, money_marks
from ingestion.money import has_too_many_decimals, times_quantity, to_minor
from ingestion.numbers import DECIMAL


def decimals(*texts: str) -> pl.DataFrame:
    return pl.DataFrame({"value": texts}).with_columns(pl.col("value").cast(DECIMAL))


@pytest.mark.parametrize(
    ("amount", "exponent", "minor"),
    [
        ("8.26", 2, 826),
        ("1.005", 2, 101),
        ("-1.005", 2, -101),
        ("12990", 0, 12990),
        ("0.5", 0, 1),
        ("2.675", 3, 2675),
        ("0.0001", 4, 1),
    ],
)
def test_an_amount_is_rounded_half_away_from_zero(amount: str, exponent: int, minor: int) -> None:
    assert decimals(amount).select(to_minor(pl.col("value"), exponent)).item() == minor


def test_a_price_times_a_fraction_is_rounded_once() -> None:
    gross = decimals("1.5").select(times_quantity(pl.lit(101), pl.col("value"))).item()

    assert gross == 152


def test_the_largest_price_times_the_largest_quantity_does_not_overflow() -> None:
    gross = decimals("9999999.9999").select(
        times_quantity(pl.lit(10**9, dtype=pl.Int64), pl.col("value"))
    )

    assert gross.item() == 9_999_999_999_900_000


def test_five_decimals_of_a_quantity_are_too_many() -> None:
    found = decimals("1.0001", "1.00001").select(has_too_many_decimals(pl.col("value")))

    assert found.to_series().to_list() == [False, True]


@pytest.mark.parametrize(("code", "exponent"), [("USD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)])
def test_the_minor_unit_follows_iso_4217(code: str, exponent: int) -> None:
    assert minor_exponent(code) == exponent


def test_a_dollar_sign_is_no_mark_of_the_euro() -> None:
    assert "$" in money_marks("CAD")
    assert "$" not in money_marks("EUR")
