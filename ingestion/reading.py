"""From a table in a clean text file to batches of text cells with true line numbers.

Blocks without a quote are split by Arrow, where each line is one record; blocks with quotes go
through Python's csv module, which knows the line of each record even across quoted newlines.
Belongs here: records, their shape and their line numbers, in bounded memory.
Stays out: what a cell means (formats/).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import IO

import polars as pl

from ingestion.contract import N_CELLS, ROW_NUMBER, RawBatch
from ingestion.dialect import Table
from ingestion.records import Records, Width, plain_records, quoted_records
from ordernimbus.errors import UnreadableFile

_BLOCK_BYTES = 4 * 1024 * 1024
_MAX_LINE_BYTES = 1024 * 1024
_MAX_ROWS_TOGETHER = 20_000


def read_batches(
    table: Table,
    columns: Mapping[str, int],
    *,
    keep_together: str | None = None,
    block_bytes: int = _BLOCK_BYTES,
) -> Iterator[RawBatch]:
    """Yield the table's rows in file order; rows whose cells are all blank are passed over.

    Args:
        table: Where the rows are.
        columns: Position in the header of each column that the frames shall have.
        keep_together: A column whose neighbouring equal values no batch may split.
        block_bytes: How much text to read at once.

    Raises:
        UnreadableFile: A quote is never closed (`unclosed_quote`), a line is too long to be one
            (`line_too_long`), or too many neighbours are equal (`order_too_large`).
    """
    batches = (_batch(table, columns, records) for records in _all_records(table, block_bytes))
    filled = (batch for batch in batches if not batch.frame.is_empty())
    return filled if keep_together is None else _whole_runs(filled, keep_together)


def _all_records(table: Table, block_bytes: int) -> Iterator[Records]:
    line = table.first_line
    with table.path.open("rb") as file:
        file.seek(table.offset)
        while block := file.read(block_bytes):
            block += _rest_of_line(file, block, line)
            if b'"' in block:
                following = _following_lines(file, line)
                records = quoted_records(block, following, table.delimiter, line)
            else:
                records = plain_records(block, table.delimiter, line)
            yield records
            line = records.next_line


def _rest_of_line(file: IO[bytes], block: bytes, line: int) -> bytes:
    if block.endswith(b"\n"):
        return b""
    rest = file.readline(_MAX_LINE_BYTES)
    if len(rest) == _MAX_LINE_BYTES:
        message = f"a line after line {line} is longer than 1 MB: this is no table of sales"
        raise UnreadableFile("line_too_long", message)
    return rest


def _following_lines(file: IO[bytes], line: int) -> Iterator[bytes]:
    while following := file.readline(_MAX_LINE_BYTES):
        if len(following) == _MAX_LINE_BYTES:
            message = f"a line after line {line} is longer than 1 MB: this is no table of sales"
            raise UnreadableFile("line_too_long", message)
        yield following


def _batch(table: Table, columns: Mapping[str, int], records: Records) -> RawBatch:
    frame = records.select(columns, Width(table.width, len(table.header)))
    is_blank = pl.all_horizontal(pl.col(name).str.strip_chars() == "" for name in columns)
    suspects = frame.filter(is_blank).get_column(ROW_NUMBER).to_list()
    blank = [line for line in suspects if not any(map(str.strip, records.original(line)))]
    if blank:
        frame = frame.filter(~pl.col(ROW_NUMBER).is_in(blank))
    return RawBatch(frame.select(ROW_NUMBER, N_CELLS, *columns), records.original)


def _whole_runs(batches: Iterator[RawBatch], column: str) -> Iterator[RawBatch]:
    """Move the last run of equal values of each batch to the front of the next."""
    held: RawBatch | None = None
    for batch in batches:
        whole = batch if held is None else _joined(held, batch)
        n_last = _length_of_last_run(whole.frame.get_column(column))
        if n_last > _MAX_ROWS_TOGETHER:
            value = whole.frame.get_column(column)[-1]
            message = f"order {value!r} has more than {_MAX_ROWS_TOGETHER:,} rows: check the file"
            raise UnreadableFile("order_too_large", message)
        complete = whole.frame.head(whole.frame.height - n_last)
        held = RawBatch(whole.frame.tail(n_last), whole.original)
        if not complete.is_empty():
            yield RawBatch(complete, whole.original)
    if held is not None:
        yield held


def _length_of_last_run(values: pl.Series) -> int:
    differs = (values != values[-1]).arg_true()
    return values.len() if differs.is_empty() else values.len() - 1 - int(differs[-1])


def _joined(first: RawBatch, second: RawBatch) -> RawBatch:
    boundary = int(second.frame.get_column(ROW_NUMBER)[0])

    def original(line: int) -> Sequence[str]:
        return first.original(line) if line < boundary else second.original(line)

    return RawBatch(pl.concat([first.frame, second.frame]), original)
