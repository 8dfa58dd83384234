"""One file through decoding and its format, to events and rejected rows.

A first pass over the rows decides how columns are written, a second turns rows into events.
Belongs here: the order of the steps and the counts. Stays out: the database, and object storage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ingestion.contract import (
    ROW_NUMBER,
    TOTALS_ROW,
    FormatReader,
    ParseContext,
    ParsedBatch,
    RawBatch,
    SalesFileFormat,
)
from ingestion.decoding import clean_copy
from ingestion.dialect import Table, find_table
from ingestion.formats.registry import FORMATS
from ingestion.reading import read_batches
from ingestion.scratch import scratch_folder
from ordernimbus.errors import ContractError, UnreadableFile


@dataclass
class RowCounts:
    """Rows of a file so far; blank rows are not counted.

    Attributes:
        n_accepted: Rows that became events.
        n_rejected: Rows with an error.
        n_totals: Those of the rejected that only repeat a sum.
    """

    n_accepted: int = 0
    n_rejected: int = 0
    n_totals: int = 0

    @property
    def n_read(self) -> int:
        """Number of rows read."""
        return self.n_accepted + self.n_rejected


@dataclass(frozen=True)
class SalesFile:
    """A file whose format and ways of writing are settled."""

    table: Table
    reader: FormatReader
    counts: RowCounts = field(default_factory=RowCounts)

    @property
    def format_name(self) -> str:
        """Name of the file's format."""
        return self.table.sales_format.name

    def parsed(self) -> Iterator[tuple[RawBatch, ParsedBatch]]:
        """Yield each batch as text and as events and errors, adding its rows to `counts`.

        To be run through once.

        Raises:
            ContractError: The format lost a row, or both accepted and rejected one.
        """
        for raw in _raw_batches(self.table, self.reader):
            parsed = self.reader.parse(raw.frame)
            n_accepted = parsed.events.get_column(ROW_NUMBER).n_unique()
            rejected = parsed.errors.unique(ROW_NUMBER)
            if n_accepted + rejected.height != raw.frame.height:
                message = (
                    f"format {self.format_name!r} made {n_accepted} accepted and "
                    f"{rejected.height} rejected rows out of {raw.frame.height}: correct its parser"
                )
                raise ContractError(message)
            self.counts.n_accepted += n_accepted
            self.counts.n_rejected += rejected.height
            self.counts.n_totals += int((rejected.get_column("code") == TOTALS_ROW).sum())
            yield raw, parsed


@contextmanager
def open_sales_file(
    path: Path, context: ParseContext, formats: Sequence[SalesFileFormat] = FORMATS
) -> Iterator[SalesFile]:
    """Recognise the file at `path` and settle how it is written.

    Args:
        path: The file as it was sent.
        context: What is known of the merchant.
        formats: The formats to try, in order.

    Raises:
        UnreadableFile: The file is no sales file that can be read for sure; its `code` says why.
    """
    with scratch_folder() as folder:
        table = find_table(clean_copy(path, folder), formats)
        reader = table.sales_format.open(table.header, context)
        is_empty = True
        for raw in _raw_batches(table, reader):
            is_empty = False
            reader.inspect(raw.frame)
        if is_empty:
            message = "the file has a header but no rows: export a period with sales"
            raise UnreadableFile("no_rows", message)
        reader.settle()
        yield SalesFile(table, reader)


def _raw_batches(table: Table, reader: FormatReader) -> Iterator[RawBatch]:
    return read_batches(table, reader.columns, keep_together=reader.keep_together)
