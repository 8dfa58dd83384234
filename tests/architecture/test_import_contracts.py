"""Each import contract holds, and each turns red on a planted violation."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SETTINGS: dict[str, Any] = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"][
    "importlinter"
]
CONTRACTS: dict[str, dict[str, Any]] = {
    contract["id"]: contract for contract in SETTINGS["contracts"]
}


def check(folder: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    chosen = [argument for name in contracts for argument in ("--contract", name)]
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo", *chosen],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """Give rooms that are empty: what a contract says about an import does not need the rest."""
    for room in SETTINGS["root_packages"]:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").touch()
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_room_has_a_contract() -> None:
    sources = {room for contract in CONTRACTS.values() for room in contract["source_modules"]}
    assert sources == set(SETTINGS["root_packages"])


def test_contracts_hold() -> None:
    outcome = check(PROJECT)
    assert outcome.returncode == 0, outcome.stdout


def test_contracts_hold_for_empty_rooms(skeleton: Path) -> None:
    outcome = check(skeleton)
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize("identifier", CONTRACTS)
def test_planted_imports_turn_the_contract_red(skeleton: Path, identifier: str) -> None:
    contract = CONTRACTS[identifier]
    source = contract["source_modules"][0]
    for forbidden in contract["forbidden_modules"]:
        (skeleton / source / f"plants_{forbidden}.py").write_text(f"import {forbidden}\n")
    outcome = check(skeleton, identifier)
    assert outcome.returncode == 1
    for forbidden in contract["forbidden_modules"]:
        assert f"{source}.plants_{forbidden} -> {forbidden}" in outcome.stdout


def test_heavy_import_through_the_kernel_turns_the_api_contract_red(skeleton: Path) -> None:
    (skeleton / "ordernimbus" / "frames.py").write_text("import polars\n")
    (skeleton / "forecast_api" / "innocent.py").write_text("import ordernimbus.frames\n")
    outcome = check(skeleton, "api")
    assert outcome.returncode == 1
    assert "forecast_api.innocent -> ordernimbus.frames" in outcome.stdout
