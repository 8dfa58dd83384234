"""Where a table begins and what separates its cells.

The header's names decide both: the delimiter is the one under which a line near the top names the
columns of a known format. That needs no statistics over the data, so it cannot be misled by them.
Belongs here: finding that line. Stays out: the names themselves (formats/), rows (reading.py).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingestion.contract import SalesFileFormat
from ingestion.headers import refuse_duplicates
from ordernimbus.errors import UnreadableFile

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_BYTES = 64 * 1024
_MAX_RECORDS_ABOVE = 30


@dataclass(frozen=True)
class Table:
    """A table in a clean text file (UTF-8, LF line ends).

    Attributes:
        header: Column names as written, without trailing blank ones.
        width: Cells of the header line, trailing blank ones included.
        first_line: Line on which the first row begins; the file's first line is 1.
        offset: Byte at which that line begins.
    """

    path: Path
    sales_format: SalesFileFormat
    delimiter: str
    header: tuple[str, ...]
    width: int
    first_line: int
    offset: int


@dataclass(frozen=True)
class _Candidate:
    delimiter: str
    cells: tuple[str, ...]
    width: int
    next_line: int
    offset: int


def find_table(path: Path, formats: Sequence[SalesFileFormat]) -> Table:
    """Return the table in the clean text file `path`.

    Title and blank lines above the header are passed over.

    Raises:
        UnreadableFile: No line near the top is the header of a known format (`unknown_columns`,
            naming what is missing), or the header repeats a name (`duplicate_header`).
    """
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES).decode("utf-8", errors="ignore")
    candidates = [one for delimiter in DELIMITERS for one in _records(sample, delimiter)]
    for candidate in candidates:
        for sales_format in formats:
            if not sales_format.missing_columns(candidate.cells):
                refuse_duplicates(candidate.cells)
                return Table(
                    path=path,
                    sales_format=sales_format,
                    delimiter=candidate.delimiter,
                    header=candidate.cells,
                    width=candidate.width,
                    first_line=candidate.next_line,
                    offset=candidate.offset,
                )
    raise _unknown_columns(candidates, formats)


def _records(sample: str, delimiter: str) -> Iterator[_Candidate]:
    lines = sample.split("\n")
    ends = [0]
    for line in lines:
        ends.append(ends[-1] + len(line.encode()) + 1)
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter)
    for _, record in zip(range(_MAX_RECORDS_ABOVE), reader, strict=False):
        cells = [cell.strip() for cell in record]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield _Candidate(
                delimiter, tuple(cells), len(record), reader.line_num + 1, ends[reader.line_num]
            )


def _unknown_columns(
    candidates: Sequence[_Candidate], formats: Sequence[SalesFileFormat]
) -> UnreadableFile:
    ranked = sorted(
        (
            (len(sales_format.missing_columns(one.cells)), -len(one.cells), rank, position)
            for position, one in enumerate(candidates)
            for rank, sales_format in enumerate(formats)
        ),
    )
    if not ranked:
        return UnreadableFile("no_rows", "the file has no text in it: export it again")
    _, _, rank, position = ranked[0]
    cells, sales_format = candidates[position].cells, formats[rank]
    found = ", ".join(cell[:40] for cell in cells[:12]) + (", …" if len(cells) > 12 else "")
    message = (
        f"no header of a sales file in the first {_MAX_RECORDS_ABOVE} lines; "
        f"read as {sales_format.name}, the line '{found}' "
        f"lacks: {', '.join(sales_format.missing_columns(cells))}. "
        "Send a file with a header such as: date, sku, location, quantity, price"
    )
    return UnreadableFile("unknown_columns", message)
