"""Sharing an order's discount among its lines so that the shares add up exactly.

Belongs here: that one rule, over many orders at once. Stays out: where the amounts come from.
"""

from __future__ import annotations

import polars as pl


def share_discount(lines: pl.DataFrame) -> pl.Series:
    """Return each line's discount, by largest remainder in proportion to its gross amount.

    Args:
        lines: One row per line, lines of an order together: `order` (Int64), `gross_minor`
            (Int64, >= 0), `own_minor` (Int64, >= 0, discount that the file states for the line),
            `order_discount_minor` (Int64, >= 0, the same on all lines of an order; it includes the
            lines' own).

    Returns:
        Int64 per line, in order. Per order they sum to `order_discount_minor`, or to the lines'
        own discounts or the gross amount where the order's discount lies outside these two.
    """
    own = pl.min_horizontal("own_minor", "gross_minor")
    base = pl.col("gross_minor") - pl.col("own")
    shared = lines.with_columns(own=own).with_columns(base=base)
    shared = shared.with_columns(
        total_base=pl.col("base").sum().over("order"),
        rest=(pl.col("order_discount_minor") - pl.col("own").sum().over("order")).clip(0),
    ).with_columns(rest=pl.min_horizontal("rest", "total_base"))
    product = pl.col("rest").cast(pl.Int128) * pl.col("base").cast(pl.Int128)
    divisor = pl.max_horizontal("total_base", pl.lit(1)).cast(pl.Int128)
    shared = shared.with_columns(
        whole=(product // divisor).cast(pl.Int64),
        remainder=(product % divisor).cast(pl.Int64),
    ).with_columns(
        missing=pl.col("rest") - pl.col("whole").sum().over("order"),
        place=pl.col("remainder").rank("ordinal", descending=True).over("order"),
    )
    extra = (pl.col("place") <= pl.col("missing")).cast(pl.Int64)
    return shared.select(pl.col("own") + pl.col("whole") + extra).to_series()
