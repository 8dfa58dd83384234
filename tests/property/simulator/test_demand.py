"""What holds for every simulated history, whatever its size and seed."""

import dataclasses
from datetime import date, timedelta

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from simulator.demand import simulate
from simulator.demos import corner_grocer, shopify_merchant
from simulator.inventory import run_inventory
from simulator.scenario import Scenario
from simulator.shopify_orders import build_orders

END = date(2026, 11, 15)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Small scenarios of both merchants with arbitrary rates."""
    merchant = draw(st.sampled_from([corner_grocer, shopify_merchant]))
    scenario = merchant(
        END,
        n_days=draw(st.integers(1, 90)),
        n_products=draw(st.integers(1, 12)),
        seed=draw(st.integers(0, 2**32)),
    )
    return dataclasses.replace(
        scenario,
        launched_share=draw(st.floats(0, 1)),
        discontinued_share=draw(st.floats(0, 1)),
        outages_per_year=draw(st.floats(0, 20)),
        promotions_per_year=draw(st.floats(0, 30)),
    )


@settings(max_examples=40, deadline=None)
@given(scenarios())
def test_sales_fall_short_of_demand_only_on_an_empty_shelf(scenario: Scenario) -> None:
    frame = simulate(scenario)

    lost = frame["true_demand_units"] - frame["sold_units"]

    assert (lost >= 0).all()
    assert frame.filter(lost > 0)["is_stocked_out"].all()
    assert (frame["is_stocked_out"] == (frame["stock_on_hand"] == 0)).all()


@settings(max_examples=40, deadline=None)
@given(scenarios())
def test_each_product_location_and_day_occurs_once_with_a_price(scenario: Scenario) -> None:
    frame = simulate(scenario)

    assert not frame.select("date", "product_title", "location").is_duplicated().any()
    assert frame.drop("sku").null_count().sum_horizontal().item() == 0
    assert (frame["unit_price"] > 0).all()
    assert frame["date"].is_between(scenario.start_date, scenario.end_date).all()


@settings(max_examples=20, deadline=None)
@given(scenarios(), st.integers(1, 5))
def test_larger_catalogue_leaves_the_first_products_unchanged(
    scenario: Scenario, n_more: int
) -> None:
    larger = dataclasses.replace(scenario, n_products=scenario.n_products + n_more)

    small, large = simulate(scenario), simulate(larger)

    shared = large.filter(pl.col("product_title").is_in(small["product_title"].unique().to_list()))
    assert_frame_equal(small, shared)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 400), st.integers(7, 40))
def test_orders_hold_exactly_the_sold_units(seed: int, days_back: int, n_days: int) -> None:
    scenario = shopify_merchant(END - timedelta(days=days_back), n_days, 20, seed)
    demand = simulate(scenario)

    truth = build_orders(scenario, demand).truth()

    key = ["date", "product_title", "location"]
    assert not truth.select(key).is_duplicated().any()
    sold = demand.filter(pl.col("sold_units") > 0).select(*key, "sold_units")
    found = truth.filter(pl.col("sold_units") > 0).select(*key, "sold_units")
    assert_frame_equal(found, sold, check_row_order=False)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 5), st.integers(1, 30))
def test_stock_balance_agrees_with_a_plain_loop(seed: int, n_series: int, n_days: int) -> None:
    random = np.random.default_rng(seed)
    shape = (n_series, n_days)
    demand, target = random.integers(0, 6, size=shape), random.integers(0, 9, size=shape)
    has_delivery = random.random(shape) < 0.3

    history = run_inventory(demand, target, has_delivery)

    for series in range(n_series):
        stock = target[series, 0]
        for day in range(n_days):
            if has_delivery[series, day] and stock < target[series, day]:
                stock = target[series, day]
            sold = min(stock, demand[series, day])
            stock -= sold
            assert history.sold_units[series, day] == sold
            assert history.stock_on_hand[series, day] == stock
