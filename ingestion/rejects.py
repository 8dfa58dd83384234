"""The file of rejected rows that a merchant downloads, corrects and sends again.

Belongs here: its columns, and making its cells harmless in a spreadsheet.
Stays out: why a row was rejected (formats/) and where the file is kept (ledger.py).
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import TextIO

import polars as pl

from ingestion.contract import RawBatch

REASON_COLUMNS = ("row", "column", "value", "code", "message")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class RejectsWriter:
    """Writes one line per row error: where and why, then the row's cells as they were sent."""

    def __init__(self, target: TextIO, header: Sequence[str]) -> None:
        self._writer = csv.writer(target, lineterminator="\r\n")
        self._write((*REASON_COLUMNS, *header))
        self.n_errors = 0

    def add(self, raw: RawBatch, errors: pl.DataFrame) -> None:
        """Write the errors of one batch."""
        for row_number, column, value, code, message in errors.iter_rows():
            reason = (str(row_number), column or "", value or "", code, message)
            self._write((*reason, *raw.original(row_number)))
        self.n_errors += errors.height

    def _write(self, cells: Sequence[str]) -> None:
        self._writer.writerow([harmless(cell) for cell in cells])


def harmless(cell: str) -> str:
    """Return the cell so that no spreadsheet runs it as a formula.

    Source: OWASP, CSV Injection.

    >>> harmless("=1+1"), harmless("12")
    ("'=1+1", '12')
    """
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
