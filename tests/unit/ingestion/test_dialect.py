from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.dialect import DELIMITERS, Table, find_table
from ingestion.formats.registry import FORMATS
from ordernimbus.errors import UnreadableFile


def find(text: str, folder: Path) -> Table:
    path = folder / "clean.csv"
    path.write_text(text, newline="")
    return find_table(path, FORMATS)


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_the_delimiter_is_the_one_that_makes_a_known_header(delimiter: str, tmp_path: Path) -> None:
    header = delimiter.join(("date", "sku", "qty"))

    assert find(f"{header}\n1\n", tmp_path).delimiter == delimiter


def test_titles_and_blank_lines_above_the_header_are_passed_over(tmp_path: Path) -> None:
    table = find('"Sales, all\nstores"\n\n;;\ndate;sku;qty\nx;y;z\n', tmp_path)

    assert (table.delimiter, table.first_line) == (";", 6)
    with table.path.open("rb") as file:
        file.seek(table.offset)
        assert file.read() == b"x;y;z\n"


def test_a_header_without_known_columns_is_refused_naming_what_lacks(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"lacks: quantity\.") as refusal:
        find("date,sku,temperature\n2026-01-01,A,3\n", tmp_path)

    assert refusal.value.code == "unknown_columns"


def test_a_repeated_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        find("date,sku,qty,qty\n", tmp_path)

    assert refusal.value.code == "duplicate_header"


def test_text_without_any_cell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        find("\n\n \n", tmp_path)

    assert refusal.value.code == "no_rows"
