"""Scenario parameters: dates, and what is refused."""

import dataclasses
from datetime import date

import pytest

from simulator.demos import corner_grocer
from simulator.scenario import OrderHabits


def test_history_ends_on_the_given_day() -> None:
    scenario = corner_grocer(date(2026, 10, 31), n_days=365)

    assert scenario.end_date == date(2026, 10, 31)
    assert scenario.start_date == date(2025, 11, 1)


def test_end_of_day_follows_the_change_to_winter_time() -> None:
    scenario = corner_grocer(date(2026, 11, 30))

    before = scenario.end_of_day(date(2026, 10, 31))
    after = scenario.end_of_day(date(2026, 11, 1))

    assert before.strftime("%z") == "-0500"
    assert after.strftime("%z") == "-0600"


def test_history_without_days_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"corner_grocer.*n_days is 0"):
        corner_grocer(date(2026, 10, 31), n_days=0)


def test_empty_catalogue_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"corner_grocer.*n_products is 0"):
        corner_grocer(date(2026, 10, 31), n_products=0)


def test_share_above_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"lumpy_share is 1\.5"):
        dataclasses.replace(corner_grocer(date(2026, 10, 31)), lumpy_share=1.5)


def test_repeated_location_name_is_refused() -> None:
    scenario = corner_grocer(date(2026, 10, 31))

    with pytest.raises(ValueError, match="Lakeview"):
        dataclasses.replace(scenario, locations=(scenario.locations[0],) * 2)


def test_orders_without_lines_are_refused() -> None:
    with pytest.raises(ValueError, match=r"mean_lines_per_order is 0\.5"):
        OrderHabits(mean_lines_per_order=0.5)
