from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from simulator.__main__ import main
from tests.integration.ingestion.conftest import Merchant
from tests.throwaway_platform import ThrowawayPlatform

N_DAYS = "40"


def simulate(merchant: str, folder: Path) -> None:
    arguments = [merchant, "--output-dir", str(folder), "--end-date", "2026-06-29"]
    assert main([*arguments, "--days", N_DAYS]) == 0


def sold_units(merchant: Merchant) -> list[tuple[date, str, int]]:
    return merchant.query(
        """
        SELECT business_date, product_key, sum(quantity)::int FROM core.sales_event
        GROUP BY business_date, product_key HAVING sum(quantity) <> 0
        """
    )


def test_a_shopify_merchants_overlapping_exports_give_what_was_sold(
    platform: ThrowawayPlatform, tmp_path: Path
) -> None:
    simulate("shopify_merchant", tmp_path)
    merchant = Merchant(
        platform,
        platform.add_tenant("maker", currency_code="EUR", time_zone="Europe/Amsterdam"),
    )

    for path in sorted(tmp_path.glob("orders_export_*.csv")):
        outcome = merchant.send(path.read_bytes(), path.name)
        assert (outcome.state, outcome.n_rows_rejected) == ("loaded", 0)

    truth = pl.read_parquet(tmp_path / "orders_truth.parquet").with_columns(
        product_key=pl.coalesce("sku", pl.concat_str(pl.lit("title:"), "product_title"))
    )
    sold = truth.group_by("date", "product_key").agg(pl.col("sold_units").sum())
    expected = sold.filter(pl.col("sold_units") != 0).sort("date", "product_key").rows()
    assert sorted(sold_units(merchant)) == sorted(expected)


def test_a_grocers_till_export_gives_what_was_sold(
    platform: ThrowawayPlatform, tmp_path: Path
) -> None:
    simulate("corner_grocer", tmp_path)
    merchant = Merchant(platform, platform.add_tenant("grocer"))

    outcome = merchant.send((tmp_path / "sales.csv").read_bytes())

    truth = pl.read_parquet(tmp_path / "truth.parquet")
    assert outcome.n_rows_rejected == 0
    assert outcome.last_business_date == date(2026, 6, 29)
    [(units, stock)] = merchant.query(
        "SELECT sum(quantity)::bigint, sum(stock_on_hand)::bigint FROM core.sales_event"
    )
    assert (units, stock) == (truth["sold_units"].sum(), truth["stock_on_hand"].sum())
