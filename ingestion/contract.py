"""The contract between files, formats and the ledger.

    reading.py --RawBatch--> formats/*.py --ParsedBatch--> ledger.py

Belongs here: the frames' schemas and the protocol that every sales file format implements.
Stays out: anything that knows one format, one file or the database.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import polars as pl

from ingestion.currencies import minor_exponent

ROW_NUMBER = "row_number"
N_CELLS = "n_cells"
TOTALS_ROW = "totals_row"

EVENT_SCHEMA = pl.Schema(
    {
        "order_key": pl.String(),
        "event_key": pl.String(),
        "kind": pl.String(),
        "business_date": pl.Date(),
        "occurred_at": pl.Datetime("us", "UTC"),
        "product_key": pl.String(),
        "sku": pl.String(),
        "product_title": pl.String(),
        "category": pl.String(),
        "location_key": pl.String(),
        "channel": pl.String(),
        "quantity": pl.Decimal(18, 4),
        "unit_price_minor": pl.Int64(),
        "gross_minor": pl.Int64(),
        "discount_minor": pl.Int64(),
        "net_minor": pl.Int64(),
        "tax_minor": pl.Int64(),
        "is_promotion": pl.Boolean(),
        "stock_on_hand": pl.Decimal(18, 4),
        "is_refund_unresolved": pl.Boolean(),
        "row_number": pl.Int64(),
    }
)
ERROR_SCHEMA = pl.Schema(
    {
        "row_number": pl.Int64(),
        "column": pl.String(),
        "value": pl.String(),
        "code": pl.String(),
        "message": pl.String(),
    }
)


@dataclass(frozen=True)
class ParseContext:
    """What a format must know about the merchant to read a file.

    Attributes:
        time_zone: IANA zone of the business days; times without an offset are in it.
        currency_code: ISO 4217 code that the file's money must have.
        today: The merchant's business date now; later sales cannot have happened.
    """

    time_zone: str
    currency_code: str
    today: date

    @property
    def money_exponent(self) -> int:
        """Number of decimals of the currency's minor unit: USD 2, JPY 0, KWD 3."""
        return minor_exponent(self.currency_code)


@dataclass(frozen=True)
class RawBatch:
    """Consecutive rows of a file, as text.

    Attributes:
        frame: One row per record, in file order: `row_number` (Int64, line on which the record
            begins; the file's first line is 1), `n_cells` (Int64, how many cells the record has if
            they do not fit the header, else null), then one String column per role that the format
            asked for, never null: a cell that a short record lacks reads as "".
        original: Gives all cells of the record that begins on a line of this batch.
    """

    frame: pl.DataFrame
    original: Callable[[int], Sequence[str]]


@dataclass(frozen=True)
class ParsedBatch:
    """What a format made of one batch; each row is in `events` or in `errors`, never in both.

    Attributes:
        events: `EVENT_SCHEMA`; one or more rows per accepted row of the file.
        errors: `ERROR_SCHEMA`; one or more rows per rejected row of the file.
    """

    events: pl.DataFrame
    errors: pl.DataFrame


class FormatReader(Protocol):
    """Reads one file: every batch once through `inspect`, then `settle`, then through `parse`.

    Attributes:
        columns: Position in the header of each role (a column name of the raw frames).
        keep_together: Role whose equal neighbours must come in the same batch, if any.
    """

    @property
    def columns(self) -> dict[str, int]:
        """Return the header position of each role that the batches must carry."""

    @property
    def keep_together(self) -> str | None:
        """Return the role whose runs of equal values no batch may split."""

    def inspect(self, frame: pl.DataFrame) -> None:
        """Collect evidence of how the columns are written."""

    def settle(self) -> None:
        """Decide how each column is written, once for the whole file.

        Raises:
            UnreadableFile: The evidence leaves two readings (`ambiguous_dates`,
                `ambiguous_numbers`) or the rows are out of order.
        """

    def parse(self, frame: pl.DataFrame) -> ParsedBatch:
        """Turn one batch into events and row errors."""


class SalesFileFormat(Protocol):
    """One kind of sales file, recognised by the names in its header, never by position."""

    @property
    def name(self) -> str:
        """Return the stable name, kept as `source` of the ledger's rows."""

    def missing_columns(self, header: Sequence[str]) -> list[str]:
        """Return the columns this format needs and `header` lacks; empty means recognised."""

    def open(self, header: Sequence[str], context: ParseContext) -> FormatReader:
        """Return a reader for a file with this header.

        Raises:
            UnreadableFile: Two columns claim the same meaning (`ambiguous_header`).
        """


def no_errors() -> pl.DataFrame:
    """Return an empty frame of row errors."""
    return pl.DataFrame(schema=ERROR_SCHEMA)


def row_errors(
    frame: pl.DataFrame,
    wrong: pl.Expr,
    *,
    column: str | None,
    value: str | None,
    code: str,
    advice: str,
) -> pl.DataFrame:
    """Return one error for each row of `frame` where `wrong` holds.

    Args:
        frame: Has `row_number` and the column named by `value`.
        wrong: Boolean expression over `frame`; null counts as false.
        column: The column's name as the merchant wrote it, or None for the whole row.
        value: Column of `frame` with the offending text, if any.
        code: Stable machine-readable reason.
        advice: What is wanted instead; the message reads `<column> '<value>': <advice>`.
    """
    found = frame.filter(wrong)
    if found.is_empty():
        return no_errors()
    text = pl.col(value).str.slice(0, 200) if value is not None else pl.lit(None, dtype=pl.String)
    subject = pl.lit(f"{column}: " if column is not None else "")
    if value is not None and column is not None:
        subject = pl.concat_str(pl.lit(f"{column} '"), text, pl.lit("': "))
    return found.select(
        pl.col(ROW_NUMBER),
        pl.lit(column, dtype=pl.String).alias("column"),
        text.alias("value"),
        pl.lit(code).alias("code"),
        pl.concat_str(subject, pl.lit(advice)).alias("message"),
    )


def all_errors(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the errors of `parts` in file order."""
    found = [part for part in parts if not part.is_empty()]
    return pl.concat(found).sort(ROW_NUMBER, maintain_order=True) if found else no_errors()
