from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ordernimbus.errors import UnreadableFile
from tests.sales_files import Parsed, parse, shopify_export, shopify_order

TWO_LINES = ({"Lineitem sku": "SOAP"}, {"Lineitem sku": "TOWEL", "Lineitem price": "5.00"})


def column(parsed: Parsed, name: str) -> list[object]:
    return parsed.events[name].to_list()


def test_continuation_rows_take_the_facts_of_their_orders_first_row() -> None:
    parsed = parse(shopify_export(shopify_order("#1", *TWO_LINES, Location="Berlin")))

    assert parsed.format_name == "shopify_orders_csv"
    assert column(parsed, "location_key") == ["Berlin", "Berlin"]
    assert column(parsed, "channel") == ["web", "web"]


def test_an_older_export_without_newer_columns_is_read() -> None:
    header = "Name,Created at,Currency,Lineitem quantity,Lineitem name,Lineitem price"

    parsed = parse(f"{header}\n#1,2026-03-01 10:00:00 -0500,USD,2,Soap,3.00\n")

    assert parsed.events.select("location_key", "quantity", "net_minor").row(0) == (
        "online",
        Decimal(2),
        600,
    )


def test_a_repeated_sku_gives_two_events_of_one_order() -> None:
    parsed = parse(shopify_export(shopify_order("#1", {}, {})))

    assert parsed.events.select("order_key", "event_key").rows() == [("#1", "1"), ("#1", "2")]


def test_a_blank_sku_falls_back_to_the_title() -> None:
    parsed = parse(shopify_export(shopify_order("#1", {"Lineitem sku": ""})))

    assert parsed.events.select("product_key", "sku").row(0) == ("title:Soap", None)


def test_an_order_belongs_to_the_day_of_the_tenants_zone() -> None:
    order = shopify_order("#1", {}, Created_at="2026-03-01 03:00:00 +0400")

    assert column(parse(shopify_export(order)), "business_date") == [date(2026, 2, 28)]


def test_an_order_discount_is_shared_exactly() -> None:
    lines = [{"Lineitem price": "3.33"}, {"Lineitem price": "3.33"}, {"Lineitem price": "3.34"}]
    order = shopify_order("#1", *lines, Discount_Amount="1.00")

    parsed = parse(shopify_export(order))

    assert column(parsed, "discount_minor") == [33, 33, 34]
    assert sum(parsed.events["net_minor"]) == 900


def test_a_cancelled_order_nets_to_zero_on_its_own_day() -> None:
    order = shopify_order(
        "#1", *TWO_LINES, Cancelled_at="2026-03-04 10:00:00 -0500", Financial_Status="voided"
    )

    events = parse(shopify_export(order)).events

    assert events["kind"].to_list() == ["order", "order", "cancellation", "cancellation"]
    assert events["quantity"].sum() == 0
    assert events["net_minor"].sum() == 0
    assert events["business_date"].unique().to_list() == [date(2026, 3, 1)]


def test_a_refund_is_flagged_on_every_line() -> None:
    order = shopify_order("#1", *TWO_LINES, Refunded_Amount="5.00")

    assert column(parse(shopify_export(order)), "is_refund_unresolved") == [True, True]


def test_an_order_in_another_currency_is_rejected_whole() -> None:
    good, foreign = shopify_order("#1", {}), shopify_order("#2", {}, {}, Currency="EUR")

    parsed = parse(shopify_export(good, foreign))

    assert parsed.codes == [(3, "foreign_currency"), (4, "order_has_bad_line")]
    assert column(parsed, "order_key") == ["#1"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"Lineitem quantity": "many"}, "bad_number"),
        ({"Lineitem quantity": ""}, "missing_quantity"),
        ({"Lineitem quantity": "-1"}, "negative_quantity"),
        ({"Lineitem price": ""}, "missing_price"),
        ({"Lineitem sku": "", "Lineitem name": ""}, "missing_sku"),
    ],
)
def test_one_bad_line_rejects_its_whole_order_and_no_other(line: dict[str, str], code: str) -> None:
    parsed = parse(shopify_export(shopify_order("#1", {}, line, {}), shopify_order("#2", {})))

    assert parsed.codes == [(2, "order_has_bad_line"), (3, code), (4, "order_has_bad_line")]
    assert column(parsed, "order_key") == ["#2"]


def test_an_order_from_the_future_is_rejected() -> None:
    order = shopify_order("#1", {}, Created_at="2026-07-02 10:00:00 -0500")

    assert parse(shopify_export(order, shopify_order("#2", {}))).codes == [(2, "future_date")]


def test_lines_without_their_orders_first_row_are_rejected() -> None:
    rows = shopify_order("#1", {}, {})[1:]

    assert parse(shopify_export(rows, shopify_order("#2", {}))).codes == [(2, "orphan_line")]


def test_the_last_copy_of_a_repeated_order_counts() -> None:
    first, second = shopify_order("#1", {}), shopify_order("#1", {"Lineitem quantity": "9"})

    parsed = parse(shopify_export(first, shopify_order("#2", {}), second))

    assert parsed.codes == [(2, "repeated_order")]
    assert sorted(parsed.events.select("order_key", "quantity").rows()) == [
        ("#1", Decimal(9)),
        ("#2", Decimal(1)),
    ]


def test_an_order_torn_apart_by_sorting_is_rejected() -> None:
    first, second = shopify_order("#1", {}, {})

    parsed = parse(shopify_export([first], shopify_order("#2", {}), [second]))

    assert {code for row, code in parsed.codes if row == 2} == {"torn_order"}
    assert column(parsed, "order_key") == ["#2"]


def test_a_quoted_line_break_does_not_shift_line_numbers() -> None:
    order = shopify_order("#1", {"Lineitem name": "Soap\nbar"})

    parsed = parse(shopify_export(order, shopify_order("#2", {"Lineitem quantity": "x"})))

    assert parsed.codes == [(4, "bad_number")]


def test_ambiguous_prices_refuse_the_file() -> None:
    lines = {"Lineitem price": "1,234", "Lineitem discount": ""}
    order = shopify_order("#1", lines, Discount_Amount="", Refunded_Amount="")

    with pytest.raises(UnreadableFile) as refusal:
        parse(shopify_export(order))

    assert refusal.value.code == "ambiguous_numbers"
