from __future__ import annotations

import polars as pl

from ingestion.formats.discounts import share_discount


def shares(gross: list[int], discount: int, own: list[int] | None = None) -> list[int]:
    lines = pl.DataFrame(
        {
            "order": [1] * len(gross),
            "gross_minor": gross,
            "own_minor": own or [0] * len(gross),
            "order_discount_minor": [discount] * len(gross),
        }
    )
    return share_discount(lines).to_list()


def test_shares_add_up_although_they_are_rounded() -> None:
    assert shares([100, 100, 100], 100) == [34, 33, 33]


def test_the_largest_remainder_gets_the_odd_cent() -> None:
    assert shares([334, 333, 333], 100) == [34, 33, 33]
    assert shares([333, 333, 334], 100) == [33, 33, 34]


def test_a_discount_beyond_the_lines_stops_at_their_amount() -> None:
    assert shares([100, 50], 500) == [100, 50]


def test_a_lines_own_discount_is_part_of_the_orders() -> None:
    assert shares([100, 100], 50, own=[50, 0]) == [50, 0]


def test_free_lines_take_no_share() -> None:
    assert shares([0, 200], 50) == [0, 50]


def test_an_order_of_free_lines_takes_no_discount() -> None:
    assert shares([0, 0], 50) == [0, 0]


def test_orders_do_not_share_with_each_other() -> None:
    lines = pl.DataFrame(
        {
            "order": [1, 2],
            "gross_minor": [100, 100],
            "own_minor": [0, 0],
            "order_discount_minor": [10, 0],
        }
    )

    assert share_discount(lines).to_list() == [10, 0]
