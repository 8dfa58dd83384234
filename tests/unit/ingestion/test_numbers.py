from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from ingestion.numbers import NumberColumn, settle_numbers
from ordernimbus.errors import UnreadableFile


def column(role: str, cells: list[str], marks: tuple[str, ...] = ()) -> NumberColumn:
    number = NumberColumn(role, role, marks)
    number.inspect(raw(role, cells))
    return number


def raw(role: str, cells: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"row_number": range(2, len(cells) + 2), role: cells})


def read(cells: list[str], marks: tuple[str, ...] = ()) -> list[Decimal | None]:
    number = column("amount", cells, marks)
    settle_numbers([number])
    return number.values(raw("amount", cells)).to_list()


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("3", "3"),
        ("-3", "-3"),
        ("+7", "7"),
        ("\u22122", "-2"),
        ("12-", "-12"),
        ("(12.50)", "-12.5"),
        ("1,234.56", "1234.56"),
        ("1,23,456.7", "123456.7"),
        ("1,234,567", "1234567"),
        ("1 234.5", "1234.5"),
        ("1\u00a0234.5", "1234.5"),
        ("1\u202f234.5", "1234.5"),
        ("1'234.5", "1234.5"),
        (".5", "0.5"),
        ("0.125", "0.125"),
        ("8.2600000000000001", "8.26"),
    ],
)
def test_a_number_with_a_decimal_point_is_read(cell: str, value: str) -> None:
    assert read([cell, "0.5"])[0] == Decimal(value)


@pytest.mark.parametrize(
    ("cell", "value"), [("1.234,56", "1234.56"), ("12,5", "12.5"), ("1 234,5", "1234.5")]
)
def test_a_number_with_a_decimal_comma_is_read(cell: str, value: str) -> None:
    assert read([cell]) == [Decimal(value)]


@pytest.mark.parametrize("cell", ["", "x", "1e5", "(5", "5)", "--1", "1.2.3", "12 34", "$5", "NaN"])
def test_what_is_no_number_is_null(cell: str) -> None:
    assert read([cell, "0.5"])[0] is None


@pytest.mark.parametrize("cell", ["$1,149.00 ", "USD 1149.00", "1149.00 USD", "$ 1149"])
def test_the_tenants_own_currency_mark_may_stand_beside_an_amount(cell: str) -> None:
    assert read([cell, "0.5"], ("USD", "$"))[0] == Decimal(1149)


def test_a_bracketed_amount_with_a_currency_mark_is_negative() -> None:
    assert read(["($33.62)"], ("USD", "$")) == [Decimal("-33.62")]


def test_another_currencys_mark_makes_no_number() -> None:
    assert read(["\u20ac12.50", "0.5"], ("USD", "$"))[0] is None


def test_a_lone_thousands_or_decimal_mark_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="1,234") as refusal:
        read(["1,234", "7"])

    assert refusal.value.code == "ambiguous_numbers"


def test_two_ways_of_writing_in_one_column_are_refused() -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(["12,5", "12.5"])

    assert refusal.value.code == "ambiguous_numbers"


def test_other_columns_of_the_file_settle_an_unclear_one() -> None:
    quantity, price = column("quantity", ["1,234"]), column("price", ["2.50"])

    settle_numbers([quantity, price])

    assert quantity.values(raw("quantity", ["1,234"])).to_list() == [Decimal(1234)]


def test_columns_that_disagree_settle_nothing() -> None:
    columns = [column("a", ["1,234"]), column("b", ["2.50"]), column("c", ["2,50"])]

    with pytest.raises(UnreadableFile):
        settle_numbers(columns)


def test_an_early_value_is_read_by_what_a_later_one_proves() -> None:
    assert read(["1.234", "0,5"]) == [Decimal(1234), Decimal("0.5")]
