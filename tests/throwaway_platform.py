"""A platform for one test: its own migrated database in a throwaway cluster, and its own objects.

What belongs here: what tests of every room share about databases, tenants and objects.
What stays out: data of one room's tests (their own factories).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql
from pydantic import SecretStr

from operations.embedded.postgres import Endpoint
from ordernimbus.database import migrate, roles
from ordernimbus.database.sessions import Database
from ordernimbus.settings import DatabaseSettings
from ordernimbus.storage import LocalObjectStore
from ordernimbus.tenancy import Tenant, add_tenant

PASSWORD = "throwaway"
TEMPLATE = "ordernimbus"
# Which role serves the sessions without a tenant of a process that acts as the first.
_PLATFORM_ROLE = {"api": "api", "pipeline": "platform", "dbt": "platform", "platform": "platform"}


@dataclass(frozen=True)
class ThrowawayCluster:
    """A running cluster whose database `ordernimbus` is migrated and only ever copied."""

    endpoint: Endpoint

    def url(self, role: str, database: str) -> str:
        """Return the address of `database` for a role's short name, for example `api`."""
        return self.endpoint.url(f"ordernimbus_{role}", PASSWORD, database)

    @contextmanager
    def administrator(self, database: str = "postgres") -> Iterator[psycopg.Connection]:
        """Open an autocommit connection that may do anything; for set-up and inspection only."""
        url = self.endpoint.administrator_url(database)
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection

    def prepare(self) -> None:
        """Make roles, databases and the newest schema."""
        with self.administrator() as admin:
            roles.ensure_roles(admin, {role.name: PASSWORD for role in roles.LOGIN_ROLES})
            roles.ensure_databases(admin)
        migrate.upgrade(SecretStr(self.url("migrator", TEMPLATE)))

    @contextmanager
    def copy(self) -> Iterator[str]:
        """Give the name of a fresh copy of the migrated database, dropped afterwards."""
        name = f"test_{secrets.token_hex(6)}"
        identifier = sql.Identifier(name)
        with self.administrator() as admin:
            admin.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy").format(
                    identifier, sql.Identifier(TEMPLATE), sql.Identifier(roles.OWNER.name)
                )
            )
            roles.admit_roles(admin, name)
        try:
            yield name
        finally:
            with self.administrator() as admin:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


@dataclass
class ThrowawayPlatform:
    """One test's platform.

    Attributes:
        cluster: The cluster it lives in, shared with other tests.
        database_name: Its own database.
        objects: Folder of its object store.
    """

    cluster: ThrowawayCluster
    database_name: str
    objects: Path
    _opened: list[Database] = field(default_factory=list)

    @property
    def port(self) -> int:
        """TCP port of the database on the loopback address."""
        return self.cluster.endpoint.port

    @property
    def store(self) -> LocalObjectStore:
        """The object store."""
        return LocalObjectStore(self.objects)

    @property
    def store_url(self) -> str:
        """The object store's address, as processes get it."""
        return self.objects.as_uri()

    def url(self, role: str) -> str:
        """Return the database's address for a role: api, pipeline, dbt, platform, migrator, ..."""
        return self.cluster.url(role, self.database_name)

    def database_settings(self, role: str) -> DatabaseSettings:
        """Return the settings of a process that acts as `role`."""
        return DatabaseSettings(
            url=SecretStr(self.url(role)),
            platform_url=SecretStr(self.url(_PLATFORM_ROLE[role])),
        )

    def environment(self, role: str) -> dict[str, str]:
        """Return the environment variables of a process that acts as `role`."""
        return {
            "ORDERNIMBUS_DATABASE_URL": self.url(role),
            "ORDERNIMBUS_DATABASE_PLATFORM_URL": self.url(_PLATFORM_ROLE[role]),
            "ORDERNIMBUS_OBJECT_STORE_URL": self.store_url,
            "ORDERNIMBUS_DBT_HOST": "127.0.0.1",
            "ORDERNIMBUS_DBT_PORT": str(self.port),
            "ORDERNIMBUS_DBT_USER": "ordernimbus_dbt",
            "ORDERNIMBUS_DBT_PASSWORD": PASSWORD,
            "ORDERNIMBUS_DBT_DBNAME": self.database_name,
        }

    def database(self, role: str) -> Database:
        """Open the database as `role`; it is closed when the test ends."""
        database = Database(self.database_settings(role))
        self._opened.append(database)
        return database

    def add_tenant(self, slug: str, **facts: str) -> Tenant:
        """Register a tenant; `facts` are the other arguments of `tenancy.add_tenant`."""
        with self.database("platform").platform_session() as session:
            return add_tenant(session, slug=slug, **{"name": slug.title(), **facts})

    @contextmanager
    def administrator(self) -> Iterator[psycopg.Connection]:
        """Open an autocommit connection that sees past row-level security, to inspect results."""
        with self.cluster.administrator(self.database_name) as connection:
            yield connection

    def close(self) -> None:
        """Close every database that the test opened."""
        for database in self._opened:
            database.close()
