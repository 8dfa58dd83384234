"""The environment variables that each process of the local stack gets.

What belongs here: turning ports, passwords and folders into the settings the processes read.
What stays out: the settings' meaning (`ordernimbus.settings`, and each tool's own manual).
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from operations.local_stack.state import PROJECT_ROOT, StateFolder
from operations.ports import LOOPBACK
from ordernimbus.database import roles

# Every process of a stack carries this, so that none can be missed when cleaning up.
MARKER = "ORDERNIMBUS_STACK"
_UNVERSIONED = "unversioned"
_NOT_PASSED_ON = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


@dataclass(frozen=True)
class StackAddress:
    """Where the parts of one stack are.

    Attributes:
        state: Its folder.
        ports: Port per service name: postgres, api, dagster, mlflow, code.
        passwords: Password per database role.
    """

    state: StateFolder
    ports: dict[str, int]
    passwords: dict[str, str]

    @property
    def api_url(self) -> str:
        """Address of the forecast API and its page, which is also the local token issuer."""
        return f"http://{LOOPBACK}:{self.ports['api']}"

    @property
    def dagster_url(self) -> str:
        """Address of Dagster's web page."""
        return f"http://{LOOPBACK}:{self.ports['dagster']}"

    @property
    def mlflow_url(self) -> str:
        """Address of MLflow's web page."""
        return f"http://{LOOPBACK}:{self.ports['mlflow']}"

    def database_url(
        self, role: roles.Role, database: str = roles.PLATFORM_DATABASE, driver: str = ""
    ) -> str:
        """Return the address of a database for a role.

        Args:
            role: Who connects.
            database: Name of the database.
            driver: SQLAlchemy driver to name, for tools that need one.
        """
        scheme = f"postgresql+{driver}" if driver else "postgresql"
        # Passwords are URL-safe by construction, see StateFolder.role_passwords.
        credentials = f"{role.name}:{self.passwords[role.name]}"
        return f"{scheme}://{credentials}@{LOOPBACK}:{self.ports['postgres']}/{database}"

    def base(self) -> dict[str, str]:
        """Return what every process gets, on top of the caller's own environment."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in _NOT_PASSED_ON and not name.startswith(("PG", "ORDERNIMBUS_"))
        }
        return {
            **inherited,
            MARKER: str(self.state.root),
            "ORDERNIMBUS_ENVIRONMENT": "development",
            "ORDERNIMBUS_CODE_VERSION": _code_version(),
            "ORDERNIMBUS_OBJECT_STORE_URL": self.state.objects.as_uri(),
            # Tools are found beside this Python, whether or not its environment is activated.
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), inherited.get("PATH", ""))),
            "PYTHONPATH": str(PROJECT_ROOT),
            "PYTHONUNBUFFERED": "1",
        }

    def api(self) -> dict[str, str]:
        """Return the forecast API's environment: its own role behind both doors."""
        return {
            **self.base(),
            "ORDERNIMBUS_DATABASE_URL": self.database_url(roles.API),
            "ORDERNIMBUS_DATABASE_PLATFORM_URL": self.database_url(roles.API),
            "ORDERNIMBUS_IDENTITY_ISSUER": self.api_url,
            "ORDERNIMBUS_IDENTITY_LOCAL_DIRECTORY": str(self.state.identity),
        }

    def pipeline(self) -> dict[str, str]:
        """Return the environment of Dagster, of dbt and of what they start."""
        return {
            **self.base(),
            "ORDERNIMBUS_DATABASE_URL": self.database_url(roles.PIPELINE),
            "ORDERNIMBUS_DATABASE_PLATFORM_URL": self.database_url(roles.PLATFORM),
            "ORDERNIMBUS_TRACKING_URI": self._tracking_url(),
            "ORDERNIMBUS_TRACKING_ARTIFACT_ROOT": self.state.artifacts.as_uri(),
            "ORDERNIMBUS_DBT_HOST": LOOPBACK,
            "ORDERNIMBUS_DBT_PORT": str(self.ports["postgres"]),
            "ORDERNIMBUS_DBT_USER": roles.DBT.name,
            "ORDERNIMBUS_DBT_PASSWORD": self.passwords[roles.DBT.name],
            "ORDERNIMBUS_DBT_DBNAME": roles.PLATFORM_DATABASE,
            "ORDERNIMBUS_DAGSTER_URL": self.database_url(
                roles.DAGSTER, roles.DAGSTER_DATABASE, "psycopg2"
            ),
            "ORDERNIMBUS_DAGSTER_LOGS": str(self.state.dagster / "compute_logs"),
            "DAGSTER_HOME": str(self.state.dagster),
            # One insert per so many events of a run, in place of one each.
            "DAGSTER_EVENT_BATCH_SIZE": "100",
            "GIT_PYTHON_REFRESH": "quiet",
        }

    def mlflow(self) -> dict[str, str]:
        """Return the environment of MLflow's server."""
        return {
            **self.base(),
            "MLFLOW_BACKEND_STORE_URI": self._tracking_url(),
            "MLFLOW_DEFAULT_ARTIFACT_ROOT": self.state.artifacts.as_uri(),
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
            "GIT_PYTHON_REFRESH": "quiet",
        }

    def _tracking_url(self) -> str:
        return self.database_url(roles.MLFLOW, roles.MLFLOW_DATABASE, "psycopg2")


def _code_version() -> str:
    """Return the commit of the project, or `unversioned` where this is no git clone."""
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],
            cwd=PROJECT_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return _UNVERSIONED
    return answer.stdout.strip() if answer.returncode == 0 else _UNVERSIONED
