"""Real messy files from public collections: each is read right or refused with a clear reason."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from ingestion.contract import FormatReader, ParseContext
from ingestion.decoding import clean_copy
from ingestion.dialect import find_table
from ingestion.reading import read_batches
from ordernimbus.errors import UnreadableFile
from tests.sales_files import parse_path
from tests.shared_data import shared

REFUSALS = {
    "begrotingsanalyse-2011.csv": "unknown_columns",
    "characters.csv": "unknown_columns",
    "complex.csv": "unknown_columns",
    "example.tsv": "unknown_columns",
    "excel_pasting.csv": "unknown_columns",
    "libreoffice.xlsx": "spreadsheet_or_archive",
    "long.csv": "unknown_columns",
    "mixedGLB.csv": "unknown_columns",
    "null.csv": "unknown_columns",
    "simple.csv": "unknown_columns",
    "simple.psv": "unknown_columns",
    "simple.ssv": "unknown_columns",
    "simple.xlsx": "spreadsheet_or_archive",
    "simple.zip": "spreadsheet_or_archive",
    "skip_initials.csv": "unknown_columns",
    "small.csv": "unknown_columns",
    "spanish_chars.csv": "unknown_columns",
    "sparse_with_column_errors.csv": "unknown_columns",
    "sw_gen.xlsx": "spreadsheet_or_archive",
    "utf-16le_encoded.csv": "unknown_columns",
    "utf8bom.csv": "unknown_columns",
    "weird_head_padding.csv": "unknown_columns",
}
SPECTRUM = (
    "comma_in_quotes",
    "empty",
    "empty_crlf",
    "escaped_quotes",
    "json",
    "location_coordinates",
    "newlines",
    "newlines_crlf",
    "quotes_and_newlines",
    "simple",
    "simple_crlf",
    "utf8",
)


class AnyTable:
    """Takes a given header, so that the reading alone is under test."""

    name = "any"

    def __init__(self, header: Sequence[str]) -> None:
        self._header = list(header)

    def missing_columns(self, header: Sequence[str]) -> list[str]:
        return [] if list(header) == self._header else self._header

    def open(self, header: Sequence[str], context: ParseContext) -> FormatReader:
        message = f"no {header} of {context} is read as sales here"
        raise AssertionError(message)


def cells(path: Path, header: Sequence[str], folder: Path) -> list[dict[str, str]]:
    table = find_table(clean_copy(path, folder), [AnyTable(header)])
    columns = {name: position for position, name in enumerate(header)}
    batches = read_batches(table, columns)
    return [row for batch in batches for row in batch.frame.select(header).to_dicts()]


@pytest.mark.parametrize(("name", "code"), REFUSALS.items())
def test_a_file_without_sales_is_refused_for_its_reason(name: str, code: str) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        parse_path(shared(f"samples/csv_messy/{name}"))

    assert refusal.value.code == code


def test_every_messy_sample_is_listed_here() -> None:
    present = {path.name for path in shared("samples/csv_messy").iterdir() if path.is_file()}

    assert present - {"README.md"} == set(REFUSALS)


@pytest.mark.parametrize("name", SPECTRUM)
def test_cells_are_read_as_csv_spectrum_says(name: str, tmp_path: Path) -> None:
    folder = shared("samples/csv_messy/csv-spectrum")
    expected = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    if name == "location_coordinates":
        # The collection's own JSON is no list here and has another phone number than its CSV.
        expected = [expected | {"Contact Phone Number": "2095257564"}]
    wanted = [
        {column: cell.replace("\r\n", "\n") for column, cell in row.items()} for row in expected
    ]

    assert cells(folder / f"{name}.csv", list(wanted[0]), tmp_path) == wanted


@pytest.mark.parametrize(
    ("name", "header", "n_rows"),
    [
        ("simple.ssv", "date temperature place", 6),
        ("simple.csv", "date temperature place", 6),
        ("utf8bom.csv", "kitten win", 0),
        ("skip_initials.csv", "field1 field2", 2),
    ],
)
def test_no_row_of_a_messy_table_is_lost(
    name: str, header: str, n_rows: int, tmp_path: Path
) -> None:
    path = shared(f"samples/csv_messy/{name}")

    assert len(cells(path, header.split(), tmp_path)) == n_rows
