from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from ingestion.dates import DateColumn
from ordernimbus.errors import UnreadableFile

NEW_YORK = "America/New_York"


def read(cells: list[str], time_zone: str = NEW_YORK) -> pl.DataFrame:
    frame = pl.DataFrame({"row_number": range(2, len(cells) + 2), "date": cells})
    column = DateColumn("date", "Date", time_zone)
    column.inspect(frame)
    column.settle()
    return column.values(frame)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-03-09",
        "2026/3/9",
        "2026.03.09",
        "20260309",
        "9-Mar-2026",
        "9 March 2026",
        "Mar 9, 2026",
        "2026-03-09 17:18",
        "2026-03-09T17:18:00.123",
        "9-Mar-2026 05:18 PM",
    ],
)
def test_a_date_is_read(cell: str) -> None:
    assert read([cell])["business_date"].to_list() == [date(2026, 3, 9)]


@pytest.mark.parametrize(
    "cell", ["", "x", "2026-02-30", "45000", "10/8/26", "2026-01-01 25:00", "2026-13-01", "1.5"]
)
def test_what_is_no_date_is_null(cell: str) -> None:
    assert read([cell])["business_date"].to_list() == [None]


def test_a_day_above_twelve_shows_that_days_come_first() -> None:
    assert read(["01/02/2026", "13.01.2026"])["business_date"].to_list() == [
        date(2026, 2, 1),
        date(2026, 1, 13),
    ]


def test_a_second_part_above_twelve_shows_that_months_come_first() -> None:
    assert read(["01/02/2026", "1/13/2026"])["business_date"][0] == date(2026, 1, 2)


def test_dates_without_any_part_above_twelve_are_refused() -> None:
    with pytest.raises(UnreadableFile, match="01/02/2026") as refusal:
        read(["01/02/2026", "03/03/2026"])

    assert refusal.value.code == "ambiguous_dates"


def test_dates_with_the_same_day_and_month_need_no_proof() -> None:
    assert read(["05/05/2026"])["business_date"].to_list() == [date(2026, 5, 5)]


def test_contradicting_dates_are_refused() -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(["13/01/2026", "01/13/2026"])

    assert refusal.value.code == "ambiguous_dates"


def test_an_offset_moves_a_sale_to_the_tenants_day() -> None:
    sale = read(["2026-03-01 03:00:00 +0100"]).row(0)

    assert sale == (date(2026, 2, 28), datetime(2026, 3, 1, 2, tzinfo=UTC))


def test_a_time_without_offset_is_in_the_tenants_zone() -> None:
    assert read(["2026-07-01 23:30"]).row(0) == (
        date(2026, 7, 1),
        datetime(2026, 7, 2, 3, 30, tzinfo=UTC),
    )


def test_a_time_that_the_clocks_skipped_keeps_its_day() -> None:
    assert read(["2026-03-08 02:30"]).row(0) == (date(2026, 3, 8), None)


def test_a_time_that_the_clocks_repeated_is_the_earlier_one() -> None:
    assert read(["2025-11-02 01:30"])["occurred_at"][0] == datetime(2025, 11, 2, 5, 30, tzinfo=UTC)


def test_a_date_alone_has_no_moment() -> None:
    assert read(["2026-03-09"])["occurred_at"].to_list() == [None]


def test_midnight_at_twelve_am_belongs_to_the_day_it_begins() -> None:
    assert read(["2026-07-01 12:00 AM"])["occurred_at"][0] == datetime(2026, 7, 1, 4, tzinfo=UTC)
