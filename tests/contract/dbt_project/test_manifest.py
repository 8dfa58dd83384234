"""What other rooms rely on in the dbt project: asset keys, groups, owners and descriptions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetKey, AssetSpec
from dagster_dbt import build_dbt_asset_specs

PROJECT = Path(__file__).parents[3] / "dbt_project"
KEYS = {
    "staging/stg_core__sales_event",
    "intermediate/int_demand__summed",
    "intermediate/int_product__described",
    "marts/fct_demand_daily",
    "marts/dim_product",
    "marts/dim_location",
}
MARTS = {"fct_demand_daily", "dim_product", "dim_location"}

# One worker parses the project that all these tests look at.
pytestmark = pytest.mark.xdist_group("dbt_manifest")


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Parse the project with neither a database nor any setting."""
    folder = tmp_path_factory.mktemp("manifest")
    subprocess.run(
        [
            Path(sys.executable).with_name("dbt"),
            "parse",
            f"--project-dir={PROJECT}",
            f"--profiles-dir={PROJECT}",
            f"--target-path={folder}",
            f"--log-path={folder}",
        ],
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        check=True,
        capture_output=True,
        timeout=120,
    )
    parsed: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return parsed


@pytest.fixture(scope="module")
def specs(manifest: dict[str, Any]) -> dict[str, AssetSpec]:
    """Return the Dagster asset of every model by its key."""
    models = build_dbt_asset_specs(manifest=manifest)
    return {spec.key.to_user_string(): spec for spec in models}


def _models(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }


def test_every_model_is_an_asset_under_its_layer(specs: dict[str, AssetSpec]) -> None:
    assert set(specs) == KEYS


def test_lineage_begins_at_the_ledger(specs: dict[str, AssetSpec]) -> None:
    upstream = {dependency.asset_key for dependency in specs["staging/stg_core__sales_event"].deps}

    assert upstream == {AssetKey(["core", "sales_event"])}


def test_assets_are_in_the_transform_group_and_have_an_owner(specs: dict[str, AssetSpec]) -> None:
    assert {spec.group_name for spec in specs.values()} == {"transform"}
    assert {tuple(spec.owners) for spec in specs.values()} == {("team:analytics",)}


def test_every_data_test_belongs_to_a_model(manifest: dict[str, Any]) -> None:
    unattached = [
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and not node.get("attached_node")
        and len(node["depends_on"]["nodes"]) != 1
        and "ref" not in node["config"]["meta"].get("dagster", {})
    ]

    assert unattached == []


def test_every_model_names_its_grain(manifest: dict[str, Any]) -> None:
    vague = [
        name
        for name, node in _models(manifest).items()
        if not node["description"].startswith("One row per tenant x ")
    ]

    assert vague == []


def test_every_column_of_the_models_has_type_and_description(manifest: dict[str, Any]) -> None:
    bare = [
        f"{name}.{column['name']}"
        for name, node in _models(manifest).items()
        for column in node["columns"].values()
        if not (column["description"] and column["data_type"])
    ]

    assert bare == []


def test_every_model_has_a_unit_test(manifest: dict[str, Any]) -> None:
    tested = {test["model"] for test in manifest["unit_tests"].values()}

    assert tested == set(_models(manifest))


def test_marts_are_never_recreated(manifest: dict[str, Any]) -> None:
    configurations = {
        name: (node["config"]["materialized"], node["config"]["full_refresh"])
        for name, node in _models(manifest).items()
        if node["schema"] == "marts"
    }

    assert configurations == dict.fromkeys(MARTS, ("incremental", False))
