"""Calendar days and period numbers agree, whatever the grain."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.errors import InvalidFrame
from ml.grain import FREQS, GRAINS, Freq, detect_freq, periods_of

SUNDAYS = [date(2024, 1, 7) + timedelta(weeks=week) for week in range(5)]
MONTHS = [date(2023, 11, 1), date(2023, 12, 1), date(2024, 1, 1)]


@given(first=st.dates(), later=st.integers(0, 200), freq=st.sampled_from(FREQS))
def test_a_period_named_by_a_day_is_named_by_it_again(first: date, later: int, freq: Freq) -> None:
    day = first.replace(year=min(first.year, 9000), day=1)
    periods = periods_of(freq, day)

    number = periods.number(day) + later

    assert periods.number(periods.day(number)) == number


def test_weeks_may_be_named_by_any_weekday() -> None:
    numbers = periods_of("W", SUNDAYS[0]).numbers(pl.Series(SUNDAYS), "history")

    assert (numbers - numbers[0]).to_list() == [0, 1, 2, 3, 4]


def test_months_are_consecutive_over_the_year_end() -> None:
    numbers = periods_of("M", MONTHS[0]).numbers(pl.Series(MONTHS), "history")

    assert (numbers - numbers[0]).to_list() == [0, 1, 2]


def test_a_day_inside_a_week_belongs_to_the_week_before_the_next_begins() -> None:
    periods = periods_of("W", SUNDAYS[0])

    assert periods.day(periods.number(SUNDAYS[0] + timedelta(days=6))) == SUNDAYS[0]


@pytest.mark.parametrize(
    ("freq", "days", "stray"),
    [("W", [*SUNDAYS, date(2024, 1, 9)], "2024-01-09"), ("M", [date(2024, 1, 31)], "2024-01-31")],
)
def test_a_day_that_names_no_period_is_refused(freq: Freq, days: list[date], stray: str) -> None:
    with pytest.raises(InvalidFrame, match=stray):
        periods_of(freq, days[0]).numbers(pl.Series(days), "history")


@pytest.mark.parametrize(
    ("days", "freq"),
    [
        (SUNDAYS, "W"),
        (MONTHS, "M"),
        ([*SUNDAYS, date(2024, 1, 9)], "D"),
        ([date(2024, 1, 1)], "D"),
    ],
)
def test_the_coarsest_grain_that_fits_is_detected(days: list[date], freq: Freq) -> None:
    assert detect_freq(pl.Series(days)) == freq


@pytest.mark.parametrize("freq", FREQS)
def test_a_year_is_a_whole_number_of_seasons(freq: Freq) -> None:
    assert GRAINS[freq].year % GRAINS[freq].season == 0
