"""Running the real dbt command on a test's database, as the role it has in production.

What belongs here: starting dbt and reading what it reports. What stays out: the ledgers it reads.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.throwaway_platform import ThrowawayPlatform

PROJECT = Path(__file__).parents[3] / "dbt_project"


def tenants_option(tenants: Sequence[uuid.UUID]) -> str:
    """Return the connection option that names the tenants of a run."""
    return f"-c app.tenant_ids={','.join(str(tenant) for tenant in tenants)}"


def _environment() -> dict[str, str]:
    # Compiling dbt's modules anew at each start would double the time of these tests.
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class DbtOutcome:
    """What one dbt invocation did.

    Attributes:
        exit_code: The process's exit code.
        output: Everything it printed.
        statuses: Result per node name, for example `{"dim_product": "success"}`.
    """

    exit_code: int
    output: str
    statuses: dict[str, str]


@dataclass(frozen=True)
class DbtCommand:
    """The dbt command, bound to one platform's database and one folder for what it writes."""

    platform: ThrowawayPlatform
    folder: Path

    def manifest(self) -> dict[str, Any]:
        """Return the project as dbt parsed it last."""
        manifest: dict[str, Any] = json.loads((self.folder / "target/manifest.json").read_text())
        return manifest

    def run(self, *arguments: str, tenants: Sequence[uuid.UUID], options: str = "") -> DbtOutcome:
        """Run dbt for `tenants`; `options` are further connection options."""
        context = tenants_option(tenants) if tenants else ""
        results = self.folder / "target" / "run_results.json"
        results.unlink(missing_ok=True)
        process = subprocess.run(
            [
                Path(sys.executable).with_name("dbt"),
                *arguments,
                f"--project-dir={PROJECT}",
                f"--profiles-dir={PROJECT}",
                f"--target-path={self.folder / 'target'}",
                f"--log-path={self.folder / 'logs'}",
            ],
            env={
                **_environment(),
                **self.platform.environment("dbt"),
                "PGOPTIONS": f"{context} {options}".strip(),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        statuses = {}
        if results.exists():
            for result in json.loads(results.read_text())["results"]:
                statuses[result["unique_id"].split(".")[2]] = result["status"]
        return DbtOutcome(process.returncode, process.stdout + process.stderr, statuses)
