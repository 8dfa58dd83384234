from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from ingestion.dialect import Table, find_table
from ingestion.formats.registry import FORMATS
from ingestion.reading import read_batches
from ordernimbus.errors import UnreadableFile

COLUMNS = {"date": 0, "sku": 1, "quantity": 2}
HEADER = "date,sku,qty\n"


def table(text: str, folder: Path) -> Table:
    path = folder / "clean.csv"
    path.write_text(text, newline="")
    return find_table(path, FORMATS)


def rows(text: str, folder: Path, block_bytes: int = 1 << 22) -> list[tuple[object, ...]]:
    batches = read_batches(table(text, folder), COLUMNS, block_bytes=block_bytes)
    return [row for batch in batches for row in batch.frame.iter_rows()]


def test_rows_carry_the_line_they_begin_on(tmp_path: Path) -> None:
    assert rows(HEADER + "d1,a,1\n\nd2,b,2", tmp_path) == [
        (2, None, "d1", "a", "1"),
        (4, None, "d2", "b", "2"),
    ]


def test_line_numbers_hold_behind_quoted_line_breaks(tmp_path: Path) -> None:
    text = HEADER + 'd1,"a\nb",1\nd2,b,2\n"d3",c,3\n'

    assert [row[0] for row in rows(text, tmp_path)] == [2, 4, 5]


@pytest.mark.parametrize("block_bytes", [1, 7, 16, 1000])
def test_rows_do_not_depend_on_the_block_size(tmp_path: Path, block_bytes: int) -> None:
    text = HEADER + 'd1,"a\n""b""",1\nd2,b,2\nd3,c\n,,\n"d,4",d,4,5\nd5,e,5\n'

    assert rows(text, tmp_path, block_bytes) == rows(text, tmp_path)


def test_short_and_long_rows_are_marked_with_their_width(tmp_path: Path) -> None:
    assert [row[:2] for row in rows(HEADER + "d1,a\nd2,b,2\nd3,c,3,4\n", tmp_path)] == [
        (2, 2),
        (3, None),
        (4, 4),
    ]


def test_blank_cells_beyond_the_header_do_no_harm(tmp_path: Path) -> None:
    assert [row[:2] for row in rows(HEADER + "d1,a,1,,\n", tmp_path)] == [(2, None)]


def test_blank_rows_are_passed_over(tmp_path: Path) -> None:
    assert [row[0] for row in rows(HEADER + ",,\n , ,\nd1,a,1\n\n", tmp_path)] == [4]


def test_the_original_cells_of_a_row_can_be_had(tmp_path: Path) -> None:
    [batch] = read_batches(table(HEADER + 'd1,a,1,x\n"d,2",b\n', tmp_path), COLUMNS)

    assert batch.original(2) == ["d1", "a", "1", "x"]
    assert batch.original(3) == ["d,2", "b"]


def test_a_quote_that_is_never_closed_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="line 3") as refusal:
        rows(HEADER + 'd1,a,1\nd2,"b,2\nd3,c,3\n', tmp_path)

    assert refusal.value.code == "unclosed_quote"


def test_a_line_beyond_a_megabyte_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        rows(HEADER + "x" * 2_000_000, tmp_path, block_bytes=1000)

    assert refusal.value.code == "line_too_long"


@pytest.mark.parametrize("block_bytes", [1, 20, 64])
def test_neighbours_that_belong_together_come_in_one_batch(
    tmp_path: Path, block_bytes: int
) -> None:
    text = HEADER + "d1,a,1\nd1,a,2\nd1,b,3\nd2,b,4\nd2,b,5\n"

    batches = list(
        read_batches(table(text, tmp_path), COLUMNS, keep_together="date", block_bytes=block_bytes)
    )

    dates = [set(batch.frame["date"]) for batch in batches]
    assert sum(map(len, dates)) == len(set().union(*dates))
    assert pl.concat(batch.frame for batch in batches)["quantity"].to_list() == list("12345")


def test_a_batch_of_neighbours_keeps_the_cells_of_all_its_rows(tmp_path: Path) -> None:
    text = HEADER + "d1,a,1\nd1,a,2\nd1,a,3\n"

    [batch] = read_batches(table(text, tmp_path), COLUMNS, keep_together="date", block_bytes=1)

    assert [batch.original(line)[2] for line in (2, 3, 4)] == ["1", "2", "3"]
