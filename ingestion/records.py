"""Splitting one block of clean text into records, quickly where it has no quotes.

Belongs here: cells and the line on which each record begins.
Stays out: where blocks come from (reading.py) and what cells mean (formats/).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from ingestion.contract import N_CELLS, ROW_NUMBER
from ordernimbus.errors import UnreadableFile


@dataclass(frozen=True)
class Width:
    """How many cells a record may have: at most `widest`, of which the `named` first count.

    Blank cells beyond `widest` do no harm either.
    """

    widest: int
    named: int

    def misfit(self, cells: Sequence[str]) -> int | None:
        """Return the number of cells if they do not fit, else None."""
        n_cells = len(cells)
        if n_cells < self.named:
            return n_cells
        return n_cells if any(cell.strip() for cell in cells[self.widest :]) else None


class Records(Protocol):
    """Consecutive records of a file."""

    @property
    def next_line(self) -> int:
        """Return the line on which the record after the last one begins."""

    def select(self, columns: Mapping[str, int], width: Width) -> pl.DataFrame:
        """Return `row_number`, `n_cells` and the named columns, one row per record, in order.

        Args:
            columns: Position of each wanted column.
            width: How many cells a record may have.
        """

    def original(self, line: int) -> Sequence[str]:
        """Return all cells of the record that begins on `line`."""


@dataclass(frozen=True)
class PlainRecords:
    """Records of a block without quotes: every line is one."""

    block: bytes
    delimiter: str
    first_line: int

    @cached_property
    def _lines(self) -> list[bytes]:
        return _lines_of(self.block)

    @property
    def next_line(self) -> int:
        """Return the line after the block."""
        return self.first_line + self.block.count(b"\n") + (not self.block.endswith(b"\n"))

    def original(self, line: int) -> Sequence[str]:
        """Return the cells of one line."""
        return self._lines[line - self.first_line].decode().split(self.delimiter)

    def select(self, columns: Mapping[str, int], width: Width) -> pl.DataFrame:
        """Return the wanted columns, split by Arrow; lines of another width apart."""
        odd: list[int] = []

        def set_aside(row: arrow_csv.InvalidRow) -> str:
            odd.append(self.first_line + row.number - 1)
            return "skip"

        names = [str(position) for position in range(width.widest)]
        wanted = {str(position): role for role, position in columns.items()}
        arrow = arrow_csv.read_csv(
            pa.BufferReader(self.block),
            read_options=arrow_csv.ReadOptions(
                use_threads=False, column_names=names, block_size=len(self.block) + 1
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self.delimiter,
                quote_char=False,
                double_quote=False,
                ignore_empty_lines=False,
                invalid_row_handler=set_aside,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), include_columns=list(wanted)
            ),
        )
        cells = pl.DataFrame(arrow).rename(wanted)
        numbers = pl.int_range(self.first_line, self.next_line, eager=True)
        if not odd:
            return _numbered(cells, numbers)
        regular = _numbered(cells, numbers.filter(~numbers.is_in(odd)))
        rows = [self.original(line) for line in odd]
        return pl.concat([regular, _shaped(rows, odd, columns, width)]).sort(ROW_NUMBER)


@dataclass(frozen=True)
class QuotedRecords:
    """Records of a block with quotes; one may span lines."""

    rows: dict[int, list[str]]
    next_line: int

    def original(self, line: int) -> Sequence[str]:
        """Return the cells of the record that begins on `line`."""
        return self.rows[line]

    def select(self, columns: Mapping[str, int], width: Width) -> pl.DataFrame:
        """Return the wanted columns."""
        return _shaped(list(self.rows.values()), list(self.rows), columns, width)


def plain_records(block: bytes, delimiter: str, first_line: int) -> Records:
    """Return the records of a block of whole lines without any quote."""
    return PlainRecords(block, delimiter, first_line)


def quoted_records(
    block: bytes, following: Iterator[bytes], delimiter: str, first_line: int
) -> Records:
    """Return the records of a block of whole lines, and the end of its last one if it goes on.

    Args:
        block: Whole lines with quotes somewhere.
        following: Gives the lines after the block; only those that the last record needs are taken.
        delimiter: What separates cells.
        first_line: Line on which the block begins.

    Raises:
        UnreadableFile: A quote is never closed (`unclosed_quote`).
    """
    lines = _lines_of(block)
    is_past_end = False

    def source() -> Iterator[str]:
        nonlocal is_past_end
        for line in lines:
            yield line.decode() + "\n"
        for line in following:
            yield line.decode()
        is_past_end = True
        yield "\n"

    rows: dict[int, list[str]] = {}
    begins = first_line
    reader = csv.reader(source(), delimiter=delimiter)
    try:
        while reader.line_num < len(lines):
            begins = first_line + reader.line_num
            row = next(reader)
            rows[begins] = row
    except (csv.Error, StopIteration) as error:
        raise _unclosed(begins) from error
    if is_past_end:
        raise _unclosed(begins)
    return QuotedRecords(rows, first_line + reader.line_num)


def _unclosed(line: int) -> UnreadableFile:
    message = f"a quote opened in the row of line {line} is never closed: close or remove it"
    return UnreadableFile("unclosed_quote", message)


def _lines_of(block: bytes) -> list[bytes]:
    lines = block.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines


def _numbered(cells: pl.DataFrame, numbers: pl.Series) -> pl.DataFrame:
    return cells.select(
        numbers.alias(ROW_NUMBER).cast(pl.Int64),
        pl.lit(None, dtype=pl.Int64).alias(N_CELLS),
        pl.all(),
    )


def _shaped(
    rows: Sequence[Sequence[str]], lines: list[int], columns: Mapping[str, int], width: Width
) -> pl.DataFrame:
    """Return a frame of records that may be shorter or longer than the header."""
    data: dict[str, pl.Series] = {
        ROW_NUMBER: pl.Series(lines, dtype=pl.Int64),
        N_CELLS: pl.Series([width.misfit(row) for row in rows], dtype=pl.Int64),
    }
    for role, position in columns.items():
        cells = [row[position] if position < len(row) else "" for row in rows]
        data[role] = pl.Series(cells, dtype=pl.String)
    return pl.DataFrame(data)
