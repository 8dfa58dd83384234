from __future__ import annotations

import pytest

from forecast_api.csv_export import csv_text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_that_a_spreadsheet_would_run_is_prefixed(start: str) -> None:
    assert csv_text([(f"{start}1+1",)]).lstrip('"').startswith("'")


def test_numbers_stay_numbers() -> None:
    assert csv_text([(-1.5, 2, None)]) == "-1.5,2,\r\n"
