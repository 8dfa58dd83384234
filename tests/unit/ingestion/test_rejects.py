from __future__ import annotations

import csv
import io

import polars as pl
import pytest

from ingestion.contract import ERROR_SCHEMA, RawBatch
from ingestion.rejects import RejectsWriter, harmless


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_run_is_escaped(start: str) -> None:
    assert harmless(f"{start}1") == f"'{start}1"


def test_an_ordinary_cell_is_left_alone() -> None:
    assert harmless("a=1") == "a=1"


def test_a_rejected_row_comes_with_its_reason_and_its_own_cells() -> None:
    target = io.StringIO(newline="")
    errors = pl.DataFrame(
        [(7, "qty", "=1", "bad_number", "no number")], schema=ERROR_SCHEMA, orient="row"
    )

    RejectsWriter(target, ["sku", "qty"]).add(
        RawBatch(pl.DataFrame(), lambda line: [f"cell of {line}", "=1"]), errors
    )

    assert list(csv.reader(target.getvalue().splitlines())) == [
        ["row", "column", "value", "code", "message", "sku", "qty"],
        ["7", "qty", "'=1", "bad_number", "no number", "cell of 7", "'=1"],
    ]
