"""The catalogue: identity, life and prices of products."""

import dataclasses
from datetime import date

from simulator.demos import corner_grocer, shopify_merchant
from simulator.products import DemandKind, draw_product

END = date(2026, 10, 31)


def test_titles_stay_unique_in_a_catalogue_larger_than_its_vocabulary() -> None:
    scenario = corner_grocer(END, n_days=10, n_products=500)

    titles = [draw_product(scenario, index).title for index in range(500)]

    assert len(set(titles)) == 500


def test_some_shopify_variants_have_no_sku_and_grocer_products_all_have_one() -> None:
    merchant, grocer = shopify_merchant(END, n_days=10), corner_grocer(END, n_days=10)

    without = [draw_product(merchant, index).sku is None for index in range(60)]

    assert 5 < sum(without) < 40
    assert all(draw_product(grocer, index).sku for index in range(60))


def test_promotion_days_are_cheaper_than_the_list_price() -> None:
    scenario = dataclasses.replace(corner_grocer(END), promotions_per_year=8.0)

    product = draw_product(scenario, 3)

    on, off = product.is_promotion, ~product.is_promotion
    assert on.sum() > 0
    assert (product.price_minor[on] < product.list_price_minor[on]).all()
    assert (product.price_minor[off] == product.list_price_minor[off]).all()


def test_list_price_changes_within_two_years() -> None:
    scenario = dataclasses.replace(corner_grocer(END), price_changes_per_year=4.0)

    product = draw_product(scenario, 0)

    assert len(set(product.list_price_minor.tolist())) > 1


def test_every_kind_of_demand_occurs_in_the_grocer() -> None:
    scenario = corner_grocer(END)

    kinds = {draw_product(scenario, index).kind for index in range(scenario.n_products)}

    assert kinds == set(DemandKind)
