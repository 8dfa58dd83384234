"""Small sales files and what reading them gives, for tests of every kind.

What belongs here: writing such files and parsing them without a database.
What stays out: loading into a ledger (tests/integration/ingestion).
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from ingestion.contract import ERROR_SCHEMA, EVENT_SCHEMA, ParseContext
from ingestion.parsing import RowCounts, open_sales_file
from simulator.shopify_csv import SHOPIFY_COLUMNS

TODAY = date(2026, 6, 30)
CONTEXT = ParseContext("America/New_York", "USD", TODAY)
_CONTINUED = ("Name", "Email", "Created at", "Vendor")


@dataclass(frozen=True)
class Parsed:
    """All of a file's events and errors."""

    events: pl.DataFrame
    errors: pl.DataFrame
    counts: RowCounts
    format_name: str

    @property
    def codes(self) -> list[tuple[int, str]]:
        """Row number and code of each error, in order."""
        return list(self.errors.select("row_number", "code").iter_rows())


def parse(content: str | bytes, context: ParseContext = CONTEXT) -> Parsed:
    """Read a file with these contents.

    Raises:
        UnreadableFile: The file is refused.
    """
    data = content.encode() if isinstance(content, str) else content
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_bytes(data)
        return parse_path(path, context)


def parse_path(path: Path, context: ParseContext = CONTEXT) -> Parsed:
    """Read the file at `path`.

    Raises:
        UnreadableFile: The file is refused.
    """
    events, errors = [pl.DataFrame(schema=EVENT_SCHEMA)], [pl.DataFrame(schema=ERROR_SCHEMA)]
    with open_sales_file(path, context) as file:
        for _, batch in file.parsed():
            events.append(batch.events)
            errors.append(batch.errors)
    return Parsed(pl.concat(events), pl.concat(errors), file.counts, file.format_name)


def shopify_order(name: str, *lines: Mapping[str, str], **facts: str) -> list[dict[str, str]]:
    """Return the rows of one order as Shopify exports them.

    Args:
        name: For example `#1001`.
        lines: Cells of each line by column name; what is missing has a plain value.
        facts: Cells of the order by column name with `_` for a blank.
    """
    order = {
        "Name": name,
        "Email": "buyer@example.com",
        "Financial Status": "paid",
        "Currency": "USD",
        "Subtotal": "10.00",
        "Total": "10.00",
        "Discount Amount": "0.00",
        "Created at": "2026-03-01 10:00:00 -0500",
        "Refunded Amount": "0.00",
        "Id": "5400000000001",
        "Source": "web",
    } | {column.replace("_", " "): value for column, value in facts.items()}
    rows = []
    for position, line in enumerate(lines):
        cells = order if position == 0 else {column: order.get(column, "") for column in _CONTINUED}
        plain = {
            "Lineitem quantity": "1",
            "Lineitem name": "Soap",
            "Lineitem price": "10.00",
            "Lineitem sku": "SOAP",
            "Lineitem discount": "0.00",
        }
        rows.append({**cells, **plain, **line})
    return rows


def shopify_export(*orders: list[dict[str, str]]) -> str:
    """Return a whole export with these orders."""
    rows = [row for order in orders for row in order]
    frame = pl.DataFrame(
        {column: [row.get(column, "") for row in rows] for column in SHOPIFY_COLUMNS},
        schema=dict.fromkeys(SHOPIFY_COLUMNS, pl.String),
    )
    return frame.write_csv()
