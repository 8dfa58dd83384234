from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ingestion.contract import ParseContext
from ordernimbus.errors import UnreadableFile
from tests.sales_files import CONTEXT, parse

HEADER = "date,sku,location,quantity,price,promotion,stock\n"
GOOD = "2026-01-05,A,North,1,2.50,0,10\n"


def code_of(row: str) -> str:
    [(row_number, code)] = parse(HEADER + GOOD + row).codes
    assert row_number == 3
    return code


def test_a_row_becomes_one_event() -> None:
    event = parse(HEADER + "2026-01-05, A-1 ,North,3,2.50,yes,10\n").events.row(0, named=True)

    assert event == {
        "order_key": "2026-01-05|A-1|North",
        "event_key": "2",
        "kind": "order",
        "business_date": date(2026, 1, 5),
        "occurred_at": None,
        "product_key": "A-1",
        "sku": "A-1",
        "product_title": None,
        "category": None,
        "location_key": "North",
        "channel": None,
        "quantity": Decimal(3),
        "unit_price_minor": 250,
        "gross_minor": 750,
        "discount_minor": None,
        "net_minor": 750,
        "tax_minor": None,
        "is_promotion": True,
        "stock_on_hand": Decimal(10),
        "is_refund_unresolved": False,
        "row_number": 2,
    }


@pytest.mark.parametrize(
    "header",
    [
        "Day;Item;Store;Units Sold;Unit Price",
        "Datum;Artikelnummer;Filiale;Menge;Preis",
        "jour\tr\u00e9f\u00e9rence\tmagasin\tquantit\u00e9\tprix",
        "fecha|c\u00f3digo|tienda|cantidad|precio",
        "datum,artikel,winkel,aantal,prijs",
    ],
)
def test_columns_are_known_by_many_names(header: str) -> None:
    delimiter = next(sign for sign in ";\t|," if sign in header)
    row = delimiter.join(("2026-01-05", "A", "North", "3", "2"))

    event = parse(f"{header}\n{row}\n").events

    assert event.select("product_key", "location_key", "quantity", "unit_price_minor").row(0) == (
        "A",
        "North",
        Decimal(3),
        200,
    )


def test_columns_may_stand_in_any_order() -> None:
    events = parse("quantity,price,date,sku\n3,2.5,2026-01-05,A\n").events

    assert events.select("product_key", "quantity").row(0) == ("A", Decimal(3))


def test_without_a_location_column_everything_is_sold_at_main() -> None:
    assert parse("date,sku,qty\n2026-01-05,A,1\n").events["location_key"].to_list() == ["main"]


def test_without_a_price_money_is_unknown() -> None:
    event = parse("date,sku,qty\n2026-01-05,A,1\n").events

    assert event.select("unit_price_minor", "gross_minor", "net_minor").row(0) == (None, None, None)


def test_a_product_without_sku_is_known_by_its_title() -> None:
    events = parse("date,sku,product,qty\n2026-01-05,,Red  soap,1\n").events

    assert events.select("product_key", "sku").row(0) == ("title:Red  soap", None)


def test_a_negative_quantity_is_a_return() -> None:
    event = parse(HEADER + "2026-01-05,A,North,-2,2.50,0,10\n").events

    assert event.select("kind", "quantity", "net_minor").row(0) == ("return", Decimal(-2), -500)


def test_a_zero_quantity_is_kept() -> None:
    assert parse(HEADER + "2026-01-05,A,North,0,2.50,0,10\n").events["quantity"][0] == 0


def test_a_fractional_quantity_is_exact() -> None:
    quantity = parse(HEADER + "2026-01-05,A,North,0.1235,2.50,0,10\n").events["quantity"][0]

    assert quantity == Decimal("0.1235")


def test_money_follows_the_currencys_minor_unit() -> None:
    context = ParseContext("Asia/Tokyo", "JPY", CONTEXT.today)

    assert parse("date,sku,qty,price\n2026-01-05,A,1,\u00a5980\n", context).events[
        "unit_price_minor"
    ].to_list() == [980]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",A,North,1,2.50,0,10", "missing_date"),
        ("soon,A,North,1,2.50,0,10", "bad_date"),
        ("1989-12-31,A,North,1,2.50,0,10", "date_too_early"),
        ("2026-07-01,A,North,1,2.50,0,10", "future_date"),
        ("2026-01-05,,North,1,2.50,0,10", "missing_sku"),
        ("2026-01-05,A,,1,2.50,0,10", "missing_location"),
        ("2026-01-05,A,North,,2.50,0,10", "missing_quantity"),
        ("2026-01-05,A,North,one,2.50,0,10", "bad_number"),
        ("2026-01-05,A,North,10000001,2.50,0,10", "absurd_quantity"),
        ("2026-01-05,A,North,1.23456,2.50,0,10", "too_many_decimals"),
        ("2026-01-05,A,North,1,cheap,0,10", "bad_number"),
        ("2026-01-05,A,North,1,-2.50,0,10", "negative_price"),
        ("2026-01-05,A,North,1,2000000000,0,10", "absurd_price"),
        ("2026-01-05,A,North,1,2.50,perhaps,10", "bad_promotion"),
        ("2026-01-05,A,North,1,2.50,0,many", "bad_number"),
        ("2026-01-05,A,North,1,2.50,0,2000000000", "absurd_stock"),
        (f"2026-01-05,{'A' * 201},North,1,2.50,0,10", "text_too_long"),
        ("2026-01-05,A,North,1", "short_row"),
        ("2026-01-05,A,North,1,2.50,0,10,11", "long_row"),
    ],
)
def test_a_wrong_row_is_rejected_with_its_code(row: str, code: str) -> None:
    assert code_of(row) == code


def test_today_is_not_the_future() -> None:
    assert parse(HEADER + "2026-06-30,A,North,1,2.50,0,10\n").counts.n_rejected == 0


def test_an_error_names_row_column_value_and_what_to_do() -> None:
    error = parse(HEADER + GOOD + "2026-01-05,A,North,one,2.50,0,10\n").errors.row(0)

    assert error == (
        3,
        "quantity",
        "one",
        "bad_number",
        "quantity 'one': this is no number: write it as 1234.5",
    )


def test_every_reason_of_a_row_is_reported_but_the_row_counts_once() -> None:
    parsed = parse(HEADER + GOOD + "soon,A,North,one,2.50,0,10\n")

    assert [code for _, code in parsed.codes] == ["bad_date", "bad_number"]
    assert parsed.counts.n_rejected == 1


def test_a_totals_row_is_left_out_and_reported() -> None:
    parsed = parse("date,sku,qty\n2026-01-05,A,2\n2026-01-05,B,3\nTotal,,5\n")

    assert parsed.codes == [(4, "totals_row")]
    assert parsed.counts.n_totals == 1


def test_a_row_called_total_that_is_no_sum_is_an_ordinary_error() -> None:
    parsed = parse("date,sku,qty\n2026-01-05,A,2\n2026-01-05,B,3\nTotal,,6\n")

    assert {code for _, code in parsed.codes} == {"bad_date", "missing_sku"}


def test_a_product_called_total_is_sold_like_any_other() -> None:
    parsed = parse("date,sku,qty\n2026-01-05,A,2\n2026-01-05,Total,4\n2026-01-05,B,3\n")

    assert parsed.counts.n_accepted == 3


def test_rows_of_the_same_product_day_and_place_are_all_kept() -> None:
    events = parse("date,sku,qty\n2026-01-05,A,2\n2026-01-05,A,2\n").events

    assert events["order_key"].n_unique() == 1
    assert events["event_key"].n_unique() == 2


def test_a_separator_inside_a_key_cannot_make_two_keys_equal() -> None:
    events = parse("date;sku;store;qty\n2026-01-05;a|b;c;1\n2026-01-05;a;b|c;1\n").events

    assert events["order_key"].n_unique() == 2


def test_ambiguous_dates_refuse_the_file() -> None:
    with pytest.raises(UnreadableFile) as refusal:
        parse("date,sku,qty\n01/02/2026,A,1\n")

    assert refusal.value.code == "ambiguous_dates"


def test_an_unclear_quantity_is_settled_by_the_price() -> None:
    parsed = parse("date;sku;qty;price\n2026-01-05;A;1.234;2,50\n")

    assert parsed.events["quantity"].to_list() == [Decimal(1234)]
