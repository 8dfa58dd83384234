"""Orders whose rows stand in more than one place of an export.

Two exports pasted together repeat orders; a sorted sheet tears orders apart. The first is read (the
last copy counts), the second is not, since nobody can tell which lines belong to which copy.
Belongs here: finding such orders in bounded memory. Stays out: what is in an order.
"""

from __future__ import annotations

import polars as pl

from ingestion.contract import ROW_NUMBER, row_errors

_SCHEMA = pl.Schema({"name_hash": pl.UInt64, "starts": pl.Int64, "is_orphan": pl.Boolean})


class OrderRuns:
    """Every run of neighbouring rows with one order name, kept as 17 bytes each."""

    def __init__(self) -> None:
        self._seen: list[pl.DataFrame] = []
        self._repeated = pl.DataFrame(schema=_SCHEMA)

    def inspect(self, rows: pl.DataFrame) -> None:
        """Note the runs of one batch: `name`, `is_first` row of a run, `currency`."""
        starts = rows.filter(pl.col("is_first") & (pl.col("name") != ""))
        self._seen.append(
            starts.select(
                name_hash=pl.col("name").hash(),
                starts=ROW_NUMBER,
                is_orphan=pl.col("currency").str.strip_chars() == "",
            )
        )

    def settle(self) -> None:
        """Keep only the orders that stand in more than one place."""
        runs = pl.concat([pl.DataFrame(schema=_SCHEMA), *self._seen])
        self._seen = []
        self._repeated = (
            runs.group_by("name_hash")
            .agg(
                n_runs=pl.len(),
                last_start=pl.col("starts").max(),
                is_torn=pl.col("is_orphan").any(),
            )
            .filter(pl.col("n_runs") > 1)
        )

    def errors(self, rows: pl.DataFrame, title: str) -> list[pl.DataFrame]:
        """Return an error for each row of a torn order, and of every copy but the last.

        Args:
            rows: As in `inspect`, with `order` (ordinal of the run in this frame).
            title: Name of the column with the order's name in the file.
        """
        if self._repeated.is_empty():
            return []
        found = rows.with_columns(
            name_hash=pl.col("name").hash(), starts=pl.col(ROW_NUMBER).first().over("order")
        ).join(self._repeated, on="name_hash", how="inner", maintain_order="left")
        is_earlier = ~pl.col("is_torn") & (pl.col("starts") < pl.col("last_start"))
        return [
            row_errors(found, wrong, column=title, value="name", code=code, advice=advice)
            for wrong, code, advice in (
                (
                    pl.col("is_torn"),
                    "torn_order",
                    "the rows of this order are not next to each other: export again, unsorted",
                ),
                (
                    is_earlier,
                    "repeated_order",
                    "this order stands again further down, and that copy is used",
                ),
            )
        ]
