"""The marts that a real `dbt build` makes of a ledger written by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.integration.dbt_project.conftest import ALPHA, BETA, History

# One worker runs the history that all these tests look at.
pytestmark = pytest.mark.xdist_group("dbt_project")


def _plain(data_type: str) -> str:
    names = {"timestamptz": "timestamp with time zone", "char(3)": "character"}
    return names.get(data_type, data_type)


def _keyed(history: History, mart: str, *columns: str) -> dict[Any, tuple[object, ...]]:
    rows = history.first.after.of_tenant(ALPHA)[mart]
    return {_key(mart, row): tuple(row[column] for column in columns) for row in rows}


def _key(mart: str, row: dict[str, Any]) -> object:
    if mart == "fct_demand_daily":
        return row["series_id"], row["demand_date"].day
    return row[mart.replace("dim_", "") + "_key"]


def test_a_build_passes_with_every_model_and_test(history: History) -> None:
    outcome = history.first.outcome

    assert outcome.exit_code == 0, outcome.output
    assert set(outcome.statuses.values()) <= {"success", "pass"}
    assert {"fct_demand_daily", "dim_product", "dim_location"} <= set(outcome.statuses)


def test_units_are_ordered_less_cancelled_with_returns_apart(history: History) -> None:
    units = _keyed(history, "fct_demand_daily", "demand_units", "returned_units")

    assert units == {
        ("TEA@shop", 1): (4.0, 0.0),
        ("title:Mug@shop", 1): (0.0, 0.0),
        ("TEA@shop", 2): (0.0, 1.0),
        ("TEA@shop", 3): (0.0, 0.0),
        ("TEA@mall", 2): (2.5, 0.0),
        ("CUP@shop", 4): (0.0, 0.0),
    }


def test_money_is_net_and_unknown_where_a_line_has_none(history: History) -> None:
    money = _keyed(history, "fct_demand_daily", "net_revenue_minor", "unit_price_minor")

    assert money == {
        ("TEA@shop", 1): (3400, 850.0),
        ("title:Mug@shop", 1): (0, 500.0),
        ("TEA@shop", 2): (-600, None),
        ("TEA@shop", 3): (0, 1200.0),
        ("TEA@mall", 2): (2500, 1000.0),
        ("CUP@shop", 4): (None, None),
    }


def test_promotion_and_stock_out_are_null_where_nothing_says(history: History) -> None:
    facts = _keyed(history, "fct_demand_daily", "is_promotion", "stock_on_hand", "stock_out_share")

    assert facts == {
        ("TEA@shop", 1): (True, None, None),
        ("title:Mug@shop", 1): (None, None, None),
        ("TEA@shop", 2): (None, None, None),
        ("TEA@shop", 3): (None, 0.0, 1.0),
        ("TEA@mall", 2): (None, 0.0, 0.5),
        ("CUP@shop", 4): (None, None, None),
    }


def test_products_keep_their_names_and_sale_dates(history: History) -> None:
    products = _keyed(
        history, "dim_product", "sku", "product_title", "first_sale_date", "last_sale_date"
    )

    assert products == {
        "TEA": ("TEA", None, date(2026, 3, 1), date(2026, 3, 2)),
        "title:Mug": (None, "Mug", date(2026, 3, 1), date(2026, 3, 1)),
        "CUP": (None, None, date(2026, 3, 4), date(2026, 3, 4)),
    }


def test_locations_count_their_products(history: History) -> None:
    locations = _keyed(history, "dim_location", "first_sale_date", "last_sale_date", "n_products")

    assert locations == {
        "shop": (date(2026, 3, 1), date(2026, 3, 1), 3),
        "mall": (date(2026, 3, 2), date(2026, 3, 2), 1),
    }


def test_tenants_with_the_same_product_do_not_mix(history: History) -> None:
    rows = history.first.after.of_tenant(BETA)

    demand = {row["series_id"]: row["demand_units"] for row in rows["fct_demand_daily"]}
    titles = {row["product_key"]: row["product_title"] for row in rows["dim_product"]}
    assert demand == {"TEA@shop": 7.0, "RUM@shop": 5.0}
    assert titles == {"TEA": "Beta tea", "RUM": None}


def test_rows_that_left_the_ledger_leave_the_marts(history: History) -> None:
    rows = history.changed.after.of_tenant(ALPHA)

    days = {
        (row["series_id"], row["demand_date"].day): row["demand_units"]
        for row in rows["fct_demand_daily"]
    }
    assert days == {("TEA@shop", 1): 9.0, ("TEA@shop", 3): 0.0}
    assert [row["product_key"] for row in rows["dim_product"]] == ["TEA"]
    assert [row["location_key"] for row in rows["dim_location"]] == ["shop"]


def test_a_repeated_run_changes_no_row(history: History) -> None:
    assert history.repeated.outcome.exit_code == 0, history.repeated.outcome.output
    assert history.repeated.after.rows == history.changed.after.rows


def test_a_lost_mart_row_fails_the_comparison_with_the_ledger(history: History) -> None:
    assert history.damaged.outcome.statuses["assert_units_equal_the_ledger"] == "fail"


def test_a_second_currency_fails_the_data_tests(history: History) -> None:
    assert history.damaged.outcome.statuses["assert_one_currency_per_tenant"] == "fail"


@pytest.mark.parametrize(
    ("schema", "relation"),
    [
        ("dbt_staging", "stg_core__sales_event"),
        ("dbt_staging", "int_demand__summed"),
        ("dbt_staging", "int_product__described"),
        ("marts", "fct_demand_daily"),
        ("marts", "dim_product"),
        ("marts", "dim_location"),
    ],
)
def test_the_described_columns_are_those_of_the_database(
    history: History, schema: str, relation: str
) -> None:
    described = history.manifest["nodes"][f"model.ordernimbus.{relation}"]["columns"]

    columns = history.columns(schema, relation)
    assert {name: _plain(column["data_type"]) for name, column in described.items()} == columns
