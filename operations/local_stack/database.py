"""The stack's PostgreSQL: started, with its roles, databases and newest schema.

What belongs here: bringing the database up to what the processes need.
What stays out: how a cluster is run (`embedded.postgres`) and what is in it (`ordernimbus`).
"""

from __future__ import annotations

from pathlib import Path

import psycopg
from pydantic import SecretStr

from operations.embedded.postgres import Cluster, Endpoint
from operations.local_stack.environment import StackAddress
from operations.processes import ProcessIdentity
from ordernimbus.database import migrate, roles
from ordernimbus.database.sessions import Database
from ordernimbus.settings import DatabaseSettings


class KeptCluster:
    """The cluster as one more process that the supervisor keeps.

    Attributes:
        endpoint: Where it listens, once started.
    """

    name = "postgres"
    title = "PostgreSQL"

    def __init__(self, cluster: Cluster, port: int) -> None:
        self._cluster = cluster
        self._port = port
        self.endpoint: Endpoint | None = None

    def start(self) -> ProcessIdentity | None:
        """Start the server and return who it is."""
        self.endpoint = self._cluster.start(self._port)
        return self.endpoint.process

    def has_ended(self) -> bool:
        """Return whether the server has ended."""
        return self._cluster.has_ended()

    def is_healthy(self) -> bool:
        """Return whether the server runs: it takes connections from its start on."""
        return not self._cluster.has_ended()

    def ask_to_stop(self) -> None:
        """Do nothing yet: the other processes still need the database."""

    def finish(self, patience_seconds: float) -> None:  # noqa: ARG002
        """Stop the server; it is never hurried, since it writes everything out."""
        self._cluster.stop()

    def log_end(self) -> str:
        """Return the last lines of the server's log."""
        return _last_lines(self._cluster.log_path)


def prepare(endpoint: Endpoint, address: StackAddress) -> None:
    """Make roles and databases and apply every missing migration; safe to repeat.

    Args:
        endpoint: The running cluster.
        address: With the passwords that the roles shall have.
    """
    with psycopg.connect(endpoint.administrator_url(), autocommit=True) as admin:
        roles.ensure_roles(admin, address.passwords)
        roles.ensure_databases(admin)
    migrate.upgrade(SecretStr(address.database_url(roles.MIGRATOR)))


def open_database(address: StackAddress) -> Database:
    """Open the platform's database as the pipeline and the platform's own role."""
    return Database(
        DatabaseSettings(
            url=SecretStr(address.database_url(roles.PIPELINE)),
            platform_url=SecretStr(address.database_url(roles.PLATFORM)),
            pool_max_size=2,
        )
    )


def _last_lines(path: Path, n_lines: int = 5) -> str:
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-n_lines:])
