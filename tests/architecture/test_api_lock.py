"""The API's own lock holds everything that the API imports.

A folder of links to the locked packages stands in for an environment made of that lock: it shows
the same, needs no package registry, and takes a second.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parents[2]
PROGRAM = (
    "import sys; sys.path[:0] = sys.argv[1:]\n"
    "from forecast_api.app import create_app\n"
    "from forecast_api.page.endpoints import page_assets\n"
    "app = create_app()\n"
    "print(len(app.openapi()['paths']), 'plotly.min.js' in page_assets())\n"
)


def locked_versions(lock: Path) -> dict[str, str]:
    """Return version by name of the packages that the lock names for this platform."""
    lines = re.findall(r"^[\w.-]+==[^\\\n]+", lock.read_text(), re.MULTILINE)
    requirements = [Requirement(line) for line in lines]
    return {
        requirement.name: next(iter(requirement.specifier)).version
        for requirement in requirements
        if requirement.marker is None or requirement.marker.evaluate()
    }


def link_packages(packages: list[Distribution], folder: Path) -> None:
    for package in packages:
        tops = {path.parts[0] for path in package.files or [] if path.parts[0] != ".."}
        for top in tops - {"__pycache__"}:
            if not (folder / top).exists():
                (folder / top).symlink_to(Path(str(package.locate_file(top))))


def start_api(folder: Path) -> subprocess.CompletedProcess[str]:
    """Put the API together with the packages of `folder` and the standard library only."""
    environment = {
        "ORDERNIMBUS_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "ORDERNIMBUS_OBJECT_STORE_URL": folder.as_uri(),
        "ORDERNIMBUS_IDENTITY_ISSUER": "https://identity.test",
        "ORDERNIMBUS_IDENTITY_JWKS_URL": "https://identity.test/jwks.json",
    }
    return subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", PROGRAM, str(PROJECT), str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def locked() -> dict[str, str]:
    return locked_versions(PROJECT / "locks" / "api.lock")


def test_packages_here_are_the_locked_ones(locked: dict[str, str]) -> None:
    assert locked
    assert {name: distribution(name).version for name in locked} == locked


def test_locked_packages_suffice_for_the_api(locked: dict[str, str], tmp_path: Path) -> None:
    link_packages([distribution(name) for name in locked], tmp_path)

    started = start_api(tmp_path)

    assert started.returncode == 0, started.stderr
    assert started.stdout.split()[1] == "True"


def test_api_without_one_of_its_packages_does_not_start(
    locked: dict[str, str], tmp_path: Path
) -> None:
    link_packages([distribution(name) for name in locked if name != "pyjwt"], tmp_path)

    assert "No module named 'jwt'" in start_api(tmp_path).stderr
