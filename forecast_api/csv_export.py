"""CSV for people who will open it in a spreadsheet.

Text that a spreadsheet would run as a formula is prefixed with an apostrophe.
Source: OWASP, "CSV Injection" (leading = + - @, tab and carriage return).
What belongs here: writing rows. What stays out: which rows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

CSV_MEDIA_TYPE = "text/csv; charset=utf-8"
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Cell = str | int | float | None


def csv_text(rows: Iterable[Sequence[Cell]]) -> str:
    """Return `rows` as CSV lines; numbers are written as they are, text is made harmless."""
    target = io.StringIO()
    csv.writer(target).writerows([_harmless(cell) for cell in row] for row in rows)
    return target.getvalue()


def _harmless(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell.startswith(_STARTS_A_FORMULA):
        return f"'{cell}"
    return cell
