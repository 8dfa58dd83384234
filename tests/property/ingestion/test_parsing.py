from __future__ import annotations

import csv
import io
import random
from datetime import date

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.formats.discounts import share_discount
from ordernimbus.errors import UnreadableFile
from tests.sales_files import Parsed, parse, shopify_export, shopify_order

HEADERS = (
    b"date,sku,location,quantity,price,promotion,stock\n",
    b"datum;artikel;menge\r\n",
    b"Name,Created at,Currency,Lineitem quantity,Lineitem name,Lineitem price,Discount Amount\n",
)
CELLS = st.sampled_from(
    ["2026-01-01", "13/01/2026", "1/2/2026", "A", "", "1", "-1", "1,5", "1.234", "x", '"', "a\nb",
     "Total", "#1", "#2", "USD", "EUR", "1e9", "\u00a0", "=1", "1 000", "|", "\\", "\u2028",
     "9" * 40]
)  # fmt: skip
ROWS = st.lists(st.lists(CELLS, min_size=0, max_size=9), max_size=25)
QUICK = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def parse_or_refuse(content: bytes) -> Parsed | None:
    try:
        return parse(content)
    except UnreadableFile:
        return None


def assert_every_row_is_accounted_for(parsed: Parsed) -> None:
    accepted = set(parsed.events["row_number"])
    rejected = set(parsed.errors["row_number"])
    assert not accepted & rejected
    assert (len(accepted), len(rejected)) == (parsed.counts.n_accepted, parsed.counts.n_rejected)
    keys = parsed.events.select("order_key", "event_key")
    assert keys.unique().height == keys.height


@QUICK
@given(st.binary(max_size=400), st.sampled_from((b"", *HEADERS)))
def test_garbage_is_read_whole_or_refused(garbage: bytes, header: bytes) -> None:
    parsed = parse_or_refuse(header + garbage)

    if parsed is not None:
        assert_every_row_is_accounted_for(parsed)


@QUICK
@given(ROWS, st.sampled_from(HEADERS), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_every_row_of_a_random_table_is_accepted_or_rejected(
    rows: list[list[str]], header: bytes, quoting: int
) -> None:
    text = io.StringIO(newline="")
    delimiter = ";" if b";" in header else ","
    csv.writer(text, delimiter=delimiter, quoting=quoting).writerows(rows)  # type: ignore[arg-type]

    parsed = parse_or_refuse(header + text.getvalue().encode())

    if parsed is not None:
        assert_every_row_is_accounted_for(parsed)
        assert parsed.counts.n_read == sum(any(cell.strip() for cell in row) for row in rows)


SALES = st.lists(
    st.tuples(
        st.dates(date(2024, 1, 1), date(2026, 6, 30)),
        st.sampled_from("ABC"),
        st.integers(-5, 50),
        st.integers(0, 10_000),
    ),
    min_size=1,
    max_size=40,
)


def generic_file(sales: list[tuple[date, str, int, int]]) -> str:
    lines = [
        f"{day},{sku},{units},{cents // 100}.{cents % 100:02d}" for day, sku, units, cents in sales
    ]
    return "\n".join(("date,sku,qty,price", *lines, ""))


def totals(parsed: Parsed) -> list[tuple[object, ...]]:
    sums = parsed.events.group_by("order_key", "kind").agg(
        pl.col("quantity", "net_minor").sum(), pl.len()
    )
    return sorted(sums.iter_rows())


@QUICK
@given(SALES, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_change_what_was_sold(
    sales: list[tuple[date, str, int, int]], randomness: random.Random
) -> None:
    shuffled = randomness.sample(sales, len(sales))

    assert totals(parse(generic_file(sales))) == totals(parse(generic_file(shuffled)))


@QUICK
@given(SALES)
def test_units_and_money_of_a_file_are_those_of_its_rows(
    sales: list[tuple[date, str, int, int]],
) -> None:
    events = parse(generic_file(sales)).events

    assert events["quantity"].sum() == sum(units for _, _, units, _ in sales)
    assert events["net_minor"].sum() == sum(units * cents for _, _, units, cents in sales)


@QUICK
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9_999)), min_size=1, max_size=8),
    st.integers(0, 60_000),
)
def test_an_orders_lines_take_exactly_its_discount(
    lines: list[tuple[int, int]], discount: int
) -> None:
    cells = [
        {
            "Lineitem quantity": str(units),
            "Lineitem price": f"{cents // 100}.{cents % 100:02d}",
        }
        for units, cents in lines
    ]
    order = shopify_order("#1", *cells, Discount_Amount=f"{discount // 100}.{discount % 100:02d}")

    events = parse(shopify_export(order)).events

    assert events["discount_minor"].sum() == min(
        discount, sum(units * cents for units, cents in lines)
    )
    assert (events["net_minor"] >= 0).all()


@QUICK
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6), st.integers(0, 10**6))
def test_a_share_is_within_one_unit_of_its_exact_proportion(
    gross: list[int], discount: int
) -> None:
    lines = pl.DataFrame(
        {
            "order": [1] * len(gross),
            "gross_minor": gross,
            "own_minor": [0] * len(gross),
            "order_discount_minor": [discount] * len(gross),
        }
    )

    shares = share_discount(lines).to_list()

    taken = min(discount, sum(gross))
    assert all(
        abs(share - taken * amount / max(sum(gross), 1)) < 1
        for share, amount in zip(shares, gross, strict=True)
    )
