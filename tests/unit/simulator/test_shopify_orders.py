"""Simulated sales grouped into orders."""

from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from simulator.demand import simulate
from simulator.demos import corner_grocer, shopify_merchant
from simulator.shopify_orders import SimulatedOrders, build_orders

SCENARIO = shopify_merchant(date(2026, 11, 30), n_days=200)


@pytest.fixture(scope="module")
def demand() -> pl.DataFrame:
    return simulate(SCENARIO)


@pytest.fixture(scope="module")
def simulated(demand: pl.DataFrame) -> SimulatedOrders:
    return build_orders(SCENARIO, demand)


def test_kept_quantities_add_up_to_the_sales(
    demand: pl.DataFrame, simulated: SimulatedOrders
) -> None:
    columns = ["date", "sku", "product_title", "location", "sold_units"]

    found = simulated.truth().filter(pl.col("sold_units") > 0).select(columns)

    sold = demand.filter(pl.col("sold_units") > 0).select(columns)
    assert_frame_equal(found, sold, check_row_order=False)


def test_cancelled_orders_are_extra_demand(simulated: SimulatedOrders) -> None:
    assert simulated.truth()["cancelled_units"].sum() > 0
    cancelled = simulated.orders.filter("is_cancelled")
    assert cancelled["cancelled_at"].null_count() == 0
    assert (cancelled["cancelled_at"] > cancelled["created_at"]).all()


def test_orders_are_numbered_in_the_order_they_were_placed(simulated: SimulatedOrders) -> None:
    numbers, moments = simulated.orders["order_number"], simulated.orders["created_at"]

    assert numbers.to_list() == list(range(1001, 1001 + numbers.len()))
    assert moments.is_sorted()


def test_order_is_placed_on_its_business_date_in_the_shops_zone(
    simulated: SimulatedOrders,
) -> None:
    orders = simulated.orders

    local, utc = orders["created_at"].dt.date(), orders["created_at"].dt.convert_time_zone("UTC")

    assert (local == orders["date"]).all()
    assert (utc.dt.date() != orders["date"]).any()


def test_some_orders_repeat_a_product_on_two_lines(simulated: SimulatedOrders) -> None:
    repeats = simulated.lines.group_by("order_number", "product_title").len()

    share = repeats.filter(pl.col("len") > 1)["order_number"].n_unique() / simulated.orders.height
    assert 0.05 < share < 0.5


def test_totals_follow_from_the_lines(simulated: SimulatedOrders) -> None:
    gross = simulated.lines.group_by("order_number").agg(
        (pl.col("quantity") * pl.col("price_minor")).sum().alias("gross")
    )

    orders = simulated.orders.join(gross, on="order_number")

    assert (orders["discount_minor"] > 0).any()
    assert (orders["subtotal_minor"] == orders["gross"] - orders["discount_minor"]).all()
    total = orders["subtotal_minor"] + orders["shipping_minor"] + orders["tax_minor"]
    assert (orders["total_minor"] == total).all()


def test_refunds_are_whole_or_partial_and_never_on_cancelled_orders(
    simulated: SimulatedOrders,
) -> None:
    refunded = simulated.orders.filter(pl.col("refunded_minor") > 0)

    is_full = refunded["refunded_minor"] == refunded["total_minor"]
    assert is_full.any()
    assert not is_full.all()
    assert not refunded["is_cancelled"].any()


def test_nothing_happens_after_the_history(simulated: SimulatedOrders) -> None:
    end = SCENARIO.end_of_day(SCENARIO.end_date)

    late = simulated.orders.filter((pl.col("cancelled_at") > end) | (pl.col("refunded_at") > end))

    assert late.is_empty()


def test_merchant_without_order_habits_is_refused(demand: pl.DataFrame) -> None:
    with pytest.raises(ValueError, match=r"corner_grocer.*no order habits"):
        build_orders(corner_grocer(date(2026, 11, 30)), demand)


def test_history_without_a_sale_is_refused(demand: pl.DataFrame) -> None:
    with pytest.raises(ValueError, match="sold nothing"):
        build_orders(SCENARIO, demand.clear())
