"""The till export."""

import dataclasses
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from simulator.demand import simulate
from simulator.demos import corner_grocer
from simulator.generic_csv import generic_rows, write_generic_csv

SCENARIO = corner_grocer(date(2026, 10, 31), n_days=60, n_products=12)


def test_file_reads_back_as_the_rows_returned(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"

    rows = write_generic_csv(simulate(SCENARIO), path)

    assert path.read_text().startswith(
        "date,sku,location,quantity,price,promotion,stock,product,category\n"
    )
    read = pl.read_csv(path, schema=rows.schema)
    assert_frame_equal(read, rows)


def test_days_without_a_sale_are_kept() -> None:
    demand = simulate(SCENARIO)

    rows = generic_rows(demand)

    assert rows.height == demand.height
    assert (rows["quantity"] == 0).any()
    assert rows["quantity"].sum() == demand["sold_units"].sum()


def test_prices_have_two_decimals(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    demand = simulate(SCENARIO).with_columns(pl.lit(2.5).alias("unit_price"))

    write_generic_csv(demand, path)

    prices = pl.read_csv(path, infer_schema=False)["price"]
    assert prices.unique().to_list() == ["2.50"]


def test_product_without_sku_is_refused_by_title() -> None:
    demand = simulate(dataclasses.replace(SCENARIO, blank_sku_share=1.0))

    with pytest.raises(ValueError, match=r"'Whole Milk, small' has no SKU"):
        generic_rows(demand)
