"""The simulated history shows each effect a forecaster may try to find."""

import dataclasses
from datetime import date

import polars as pl
import pytest

from simulator.demand import RUN_DOWN_DAYS, simulate
from simulator.demos import corner_grocer, shopify_merchant, short_stocked_grocer
from simulator.products import draw_product
from simulator.scenario import Scenario

END = date(2026, 10, 31)


def plain_grocer(n_days: int = 730, n_products: int = 40) -> Scenario:
    """A grocer whose products are all regular and always supplied, without trend breaks."""
    return dataclasses.replace(
        corner_grocer(END, n_days=n_days, n_products=n_products),
        intermittent_share=0.0,
        lumpy_share=0.0,
        launched_share=0.0,
        discontinued_share=0.0,
        promotions_per_year=0.0,
        price_changes_per_year=0.0,
        outages_per_year=0.0,
    )


@pytest.fixture(scope="module")
def grocer() -> pl.DataFrame:
    return simulate(corner_grocer(END))


def total(frame: pl.DataFrame, column: str) -> float:
    return float(frame[column].sum())


def mean_demand(frame: pl.DataFrame, condition: pl.Expr) -> float:
    mean = frame.filter(condition)["true_demand_units"].mean()
    assert isinstance(mean, float)
    return mean


def test_frame_has_the_documented_columns_and_types(grocer: pl.DataFrame) -> None:
    assert dict(grocer.schema) == {
        "date": pl.Date(),
        "sku": pl.String(),
        "product_title": pl.String(),
        "category": pl.String(),
        "location": pl.String(),
        "true_demand_units": pl.Int64(),
        "sold_units": pl.Int64(),
        "unit_price": pl.Float64(),
        "list_price": pl.Float64(),
        "is_promotion": pl.Boolean(),
        "stock_on_hand": pl.Int64(),
        "is_stocked_out": pl.Boolean(),
    }


def test_not_every_product_is_sold_in_every_shop_but_each_in_one(grocer: pl.DataFrame) -> None:
    per_shop = grocer.group_by("location").agg(pl.col("sku").n_unique())

    assert per_shop["sku"].max() != 200
    assert per_shop["sku"].min() != 0
    assert grocer["sku"].n_unique() == 200


def test_saturday_outsells_tuesday() -> None:
    frame = simulate(plain_grocer()).filter(pl.col("location") == "Lakeview")

    weekday = pl.col("date").dt.weekday()
    assert mean_demand(frame, weekday == 6) > 1.4 * mean_demand(frame, weekday == 2)


def test_ice_cream_season_shows_in_frozen_goods() -> None:
    frame = simulate(plain_grocer()).filter(pl.col("category") == "Frozen")

    month = pl.col("date").dt.month()
    assert mean_demand(frame, month == 7) > 1.5 * mean_demand(frame, month == 1)


def test_promotions_raise_demand_and_lower_the_price() -> None:
    frame = simulate(dataclasses.replace(plain_grocer(), promotions_per_year=8.0))

    on = pl.col("is_promotion")
    assert mean_demand(frame, on) > 1.4 * mean_demand(frame, ~on)
    assert frame.filter(on).select((pl.col("unit_price") < pl.col("list_price")).all()).item()


def test_dearer_list_price_lowers_demand() -> None:
    flat = simulate(plain_grocer())
    moving = simulate(dataclasses.replace(plain_grocer(), price_changes_per_year=6.0))
    key = ["date", "sku", "location"]

    both = flat.join(moving, on=key, suffix="_moving")
    dearer = both.filter(pl.col("list_price_moving") > 1.15 * pl.col("list_price"))

    assert total(dearer, "true_demand_units_moving") < 0.9 * total(dearer, "true_demand_units")


def test_launched_product_has_no_row_before_its_launch() -> None:
    scenario = dataclasses.replace(plain_grocer(n_products=5), launched_share=1.0)
    product = draw_product(scenario, 0)

    frame = simulate(scenario).filter(pl.col("product_title") == product.title)

    assert product.launch_day > 0
    first = frame["date"].min()
    assert first == pl.Series([scenario.start_date]).dt.offset_by(f"{product.launch_day}d")[0]


def test_discontinued_product_gets_no_delivery_before_it_leaves() -> None:
    scenario = dataclasses.replace(plain_grocer(n_products=5), discontinued_share=1.0)

    frame = simulate(scenario)

    assert frame["date"].max() != scenario.end_date
    series = ["sku", "location"]
    last_days = frame.filter(pl.col("date").rank(descending=True).over(series) <= RUN_DOWN_DAYS)
    assert last_days.select((pl.col("stock_on_hand").diff().over(series) <= 0).all()).item()


def test_growing_product_sells_more_in_the_second_year() -> None:
    scenario = plain_grocer()
    products = [draw_product(scenario, index) for index in range(scenario.n_products)]
    growing = max(products, key=lambda product: product.yearly_growth)

    frame = simulate(scenario).filter(pl.col("product_title") == growing.title)

    second_year = pl.col("date") >= date(2025, 11, 1)
    assert mean_demand(frame, second_year) > 1.1 * mean_demand(frame, ~second_year)


def test_closed_days_have_no_rows(grocer: pl.DataFrame) -> None:
    month, day = pl.col("date").dt.month(), pl.col("date").dt.day()

    assert grocer.filter((month == 12) & (day == 25)).is_empty()
    assert not grocer.filter((month == 12) & (day == 24)).is_empty()


def test_stocked_out_days_sell_less_than_demand(grocer: pl.DataFrame) -> None:
    empty = grocer.filter("is_stocked_out")

    share = empty.height / grocer.height
    assert 0.01 < share < 0.08
    assert total(empty, "sold_units") < 0.6 * total(empty, "true_demand_units")


def test_supply_outages_cause_stock_outs() -> None:
    supplied = simulate(plain_grocer())
    starved = simulate(dataclasses.replace(plain_grocer(), outages_per_year=6.0))

    assert starved["is_stocked_out"].sum() > 5 * supplied["is_stocked_out"].sum()


def test_less_safety_stock_empties_shelves_between_deliveries() -> None:
    usual = simulate(plain_grocer())
    tight = simulate(dataclasses.replace(plain_grocer(), safety_factor=-0.6))

    sold_out = pl.col("is_stocked_out") & (pl.col("sold_units") > 0)
    assert tight.filter(sold_out).height > 5 * usual.filter(sold_out).height


def test_a_grocer_short_of_stock_ends_one_day_in_five_empty() -> None:
    frame = simulate(short_stocked_grocer(END, n_products=40))

    assert 0.15 < frame.select(pl.col("is_stocked_out").mean()).item() < 0.25


def test_intermittent_products_sell_on_few_days() -> None:
    frame = simulate(dataclasses.replace(plain_grocer(), intermittent_share=1.0))

    assert 0.05 < (frame["true_demand_units"] > 0).sum() / frame.height < 0.25


def test_lumpy_products_sell_rarely_and_in_bulk() -> None:
    frame = simulate(dataclasses.replace(plain_grocer(), lumpy_share=1.0))

    sizes = frame.filter(pl.col("true_demand_units") > 0)["true_demand_units"]
    assert sizes.len() < 0.1 * frame.height
    assert (sizes > 8).sum() > 0.5 * sizes.len()


def test_noise_is_wider_than_poisson() -> None:
    frame = simulate(plain_grocer(n_days=56, n_products=200)).with_columns(
        pl.col("date").dt.weekday().alias("weekday")
    )

    spread = frame.group_by("sku", "location", "weekday").agg(
        pl.col("true_demand_units").mean().alias("mean"),
        pl.col("true_demand_units").var().alias("variance"),
    )

    assert total(spread, "variance") > 1.3 * total(spread, "mean")


def test_shopify_merchant_has_products_without_sku() -> None:
    frame = simulate(shopify_merchant(END, n_days=30))

    products = frame.select("sku", "product_title").unique()
    assert 0 < products["sku"].null_count() < products.height
