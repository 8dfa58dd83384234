"""Dagster's home folder, and runs that an earlier stack left unfinished.

What belongs here: the files Dagster reads at its start, and asking whether runs need closing.
What stays out: the pipelines (`orchestration`).
"""

from __future__ import annotations

import json
import shutil

import psycopg

from operations.local_stack.environment import StackAddress
from operations.local_stack.state import PROJECT_ROOT
from operations.ports import LOOPBACK
from ordernimbus.database import roles


def prepare_home(address: StackAddress) -> None:
    """Write `dagster.yaml`, the project's own, and a workspace that names the code location."""
    home = address.state.dagster
    shutil.copyfile(PROJECT_ROOT / "dagster.yaml", home / "dagster.yaml")
    server = {"host": LOOPBACK, "port": address.ports["code"], "location_name": "orchestration"}
    # JSON is YAML, too.
    workspace = json.dumps({"load_from": [{"grpc_server": server}]}, indent=2)
    (home / "workspace.yaml").write_text(workspace, encoding="utf-8")


def needs_care(address: StackAddress) -> bool:
    """Return whether Dagster's tables are missing, or runs of an earlier stack look unfinished."""
    url = address.database_url(roles.DAGSTER, roles.DAGSTER_DATABASE)
    with psycopg.connect(url) as connection:
        table = connection.execute("SELECT to_regclass('public.runs')").fetchone()
        if table is None or table[0] is None:
            return True
        unfinished = connection.execute(
            "SELECT 1 FROM runs WHERE status IN ('STARTING', 'STARTED', 'CANCELING') LIMIT 1"
        )
        return unfinished.fetchone() is not None
