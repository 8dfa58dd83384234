"""The plain sales file a till system exports: one row per product, location and day on sale.

Belongs here: the columns of that file. Stays out: orders and money totals (`shopify_orders`).
"""

from pathlib import Path

import polars as pl


def generic_rows(demand: pl.DataFrame) -> pl.DataFrame:
    """Return the rows a till would export, zero sales included so that stock stays visible.

    Args:
        demand: A history from `demand.simulate`, in which every product has a SKU.

    Returns:
        One row per (date, sku, location), sorted by date, location and sku: `date` (Date), `sku`,
        `location` (String), `quantity` (Int64, units sold), `price` (Float64, major currency
        units), `promotion` (Int8, 0 or 1), `stock` (Int64, units at the end of the day), and the
        names for people, `product` and `category` (String).

    Raises:
        ValueError: If a product has no SKU, because the file has no other key.
    """
    nameless = demand.filter(pl.col("sku").is_null())
    if not nameless.is_empty():
        raise ValueError(
            f"product {nameless['product_title'][0]!r} has no SKU and the generic file has no "
            "other key; set blank_sku_share to 0 or write Shopify orders"
        )
    return demand.select(
        "date",
        "sku",
        "location",
        pl.col("sold_units").alias("quantity"),
        pl.col("unit_price").alias("price"),
        pl.col("is_promotion").cast(pl.Int8).alias("promotion"),
        pl.col("stock_on_hand").alias("stock"),
        pl.col("product_title").alias("product"),
        "category",
    ).sort("date", "location", "sku")


def write_generic_csv(demand: pl.DataFrame, path: Path) -> pl.DataFrame:
    """Write the till export to `path`.

    Args:
        demand: A history from `demand.simulate`, in which every product has a SKU.
        path: File to create or replace.

    Returns:
        The rows written, as from `generic_rows`.

    Raises:
        ValueError: If a product has no SKU.
    """
    rows = generic_rows(demand)
    rows.write_csv(path, float_precision=2)
    return rows
