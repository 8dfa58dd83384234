"""What the code location offers, as Dagster sees it; a change of the graph shows as a diff here."""

from __future__ import annotations

import dagster as dg
import pytest

from orchestration.definitions import build_defs
from orchestration.partitions import TENANTS

ASSETS_BY_GROUP = {
    "ingest": ["core/sales_event"],
    "transform": [
        "intermediate/int_demand__summed",
        "intermediate/int_product__described",
        "marts/dim_location",
        "marts/dim_product",
        "marts/fct_demand_daily",
        "staging/stg_core__sales_event",
    ],
    "forecast": ["forecast/cutoff", "forecast/daily_units", "forecast/model"],
    "publish": ["serving/forecast"],
    "monitor": ["monitor/served_accuracy"],
}
BLOCKING_CHECKS = {
    "core/sales_event:dates_and_currency_are_sound",
    "core/sales_event:keys_are_complete",
    "forecast/daily_units:one_row_per_series_and_day",
    "forecast/daily_units:quantiles_never_cross",
}


@pytest.fixture(scope="module")
def graph() -> dg.AssetGraph:
    return build_defs().resolve_asset_graph()


def test_assets_stand_in_their_groups(graph: dg.AssetGraph) -> None:
    found: dict[str, list[str]] = {}
    for key in sorted(graph.materializable_asset_keys):
        found.setdefault(graph.get(key).group_name, []).append(key.to_user_string())

    assert found == ASSETS_BY_GROUP


def test_every_asset_is_partitioned_by_tenant(graph: dg.AssetGraph) -> None:
    partitions = {graph.get(key).partitions_def for key in graph.materializable_asset_keys}

    assert partitions == {TENANTS}


def test_every_asset_has_owners_kinds_and_a_description(graph: dg.AssetGraph) -> None:
    bare = [
        key.to_user_string()
        for key in graph.materializable_asset_keys
        if not (graph.get(key).owners and graph.get(key).kinds and graph.get(key).description)
    ]

    assert bare == []


def test_schema_and_key_checks_block(graph: dg.AssetGraph) -> None:
    blocking = {
        f"{key.asset_key.to_user_string()}:{key.name}"
        for key in graph.asset_check_keys
        if graph.get(key).blocking
    }

    assert blocking >= BLOCKING_CHECKS


def test_what_is_promised_nightly_has_a_freshness_policy(graph: dg.AssetGraph) -> None:
    with_policy = {
        key.to_user_string()
        for key in graph.materializable_asset_keys
        if graph.get(key).freshness_policy is not None
    }

    assert with_policy >= {"core/sales_event", "forecast/daily_units", "serving/forecast"}


def test_the_way_is_one_line_from_ledger_to_accuracy(graph: dg.AssetGraph) -> None:
    upstream = dg.AssetSelection.assets("monitor/served_accuracy").upstream().resolve(graph)

    assert upstream >= {
        dg.AssetKey(["core", "sales_event"]),
        dg.AssetKey(["marts", "fct_demand_daily"]),
        dg.AssetKey(["forecast", "model"]),
        dg.AssetKey(["serving", "forecast"]),
    }


def test_schedule_and_sensors_are_on_from_the_start() -> None:
    repository = build_defs().get_repository_def()

    sensors = {s.name: s.default_status.value for s in repository.sensor_defs}
    schedules = {s.name: s.default_status.value for s in repository.schedule_defs}

    assert sensors == {"register_tenants": "RUNNING", "new_uploads": "RUNNING"}
    assert schedules == {"nightly": "RUNNING"}


def test_every_table_is_named(graph: dg.AssetGraph) -> None:
    in_database = {
        key for key in graph.materializable_asset_keys if "postgres" in graph.get(key).kinds
    }

    unnamed = [
        key.to_user_string()
        for key in in_database
        if "dagster/table_name" not in graph.get(key).metadata
    ]

    assert unnamed == []
