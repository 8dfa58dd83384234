from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast_api.forecasts.quantiles import (
    parse_levels,
    parse_quantiles,
    quantiles_of_level,
    require_within,
    units_at,
)
from forecast_api.problems import InvalidInput

_STORED = [0.05, 0.1, 0.5, 0.9, 0.95]
_UNITS = [[0.0, 1.0], [1.0, 2.0], [5.0, 5.0], [9.0, 6.0], [20.0, 6.0]]


def test_stored_quantile_is_exact() -> None:
    assert units_at(0.9, _STORED, _UNITS) == [9.0, 6.0]


def test_quantile_half_way_lies_half_way() -> None:
    assert units_at(0.3, _STORED, _UNITS) == [3.0, 3.5]


@given(st.lists(st.floats(0.05, 0.95), min_size=2, max_size=9))
def test_answers_never_cross(quantiles: list[float]) -> None:
    answers = [units_at(quantile, _STORED, _UNITS) for quantile in sorted(quantiles)]

    days = zip(*answers, strict=True)
    assert all(list(day) == sorted(day) for day in days)


@pytest.mark.parametrize(("level", "ends"), [(50, (0.25, 0.75)), (95, (0.025, 0.975))])
def test_level_is_a_central_interval(level: float, ends: tuple[float, float]) -> None:
    assert quantiles_of_level(level) == ends


@pytest.mark.parametrize("quantile", [0.04, 0.96])
def test_nothing_is_extrapolated(quantile: float) -> None:
    with pytest.raises(InvalidInput, match="levels up to 90"):
        require_within([quantile], _STORED)


def test_ends_of_a_level_count_as_stored_in_spite_of_rounding() -> None:
    require_within(quantiles_of_level(90), _STORED)


def test_repeats_and_order_do_not_matter() -> None:
    assert parse_quantiles("0.9, 0.1,0.9") == (0.1, 0.9)


@pytest.mark.parametrize("text", ["", ",", "0", "1", "-0.1", "inf", "x", ",".join(["0.5"] * 51)])
def test_what_is_no_quantile_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_quantiles(text)


@pytest.mark.parametrize("text", ["0", "100", "nan", "80;90"])
def test_what_is_no_level_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_levels(text)
