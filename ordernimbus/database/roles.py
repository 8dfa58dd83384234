"""Database roles and databases: made once per cluster by an administrator, safe to repeat.

Roles own or may do only what their process needs; nobody but `ordernimbus_backup` can look past
row-level security, and nobody who logs in owns a table. Grants on single tables stand beside the
tables, in the migrations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql


@dataclass(frozen=True)
class Role:
    """One database role.

    Attributes:
        name: Role name in the cluster.
        can_login: Whether a process connects as it.
        settings: Role-level settings, applied to every session.
        bypass_rls: Read everything; backups only.
        member_of: Role it may `SET ROLE` to.
    """

    name: str
    can_login: bool = True
    settings: tuple[tuple[str, str], ...] = ()
    bypass_rls: bool = False
    member_of: str | None = None


OWNER = Role("ordernimbus_owner", can_login=False)
MIGRATOR = Role("ordernimbus_migrator", member_of="ordernimbus_owner")
API = Role(
    "ordernimbus_api",
    settings=(("statement_timeout", "2s"), ("idle_in_transaction_session_timeout", "60s")),
)
PIPELINE = Role("ordernimbus_pipeline", settings=(("lock_timeout", "5min"),))
# dbt rebuilds whole tenants, also ones that the statistics do not know yet: a plan that loops over
# the few rows they promise took minutes where a hash join takes a second.
DBT = Role("ordernimbus_dbt", settings=(("lock_timeout", "5min"), ("enable_nestloop", "off")))
PLATFORM = Role("ordernimbus_platform", settings=(("statement_timeout", "30s"),))
BACKUP = Role("ordernimbus_backup", bypass_rls=True)
DAGSTER = Role("ordernimbus_dagster")
MLFLOW = Role("ordernimbus_mlflow")

ROLES = (OWNER, MIGRATOR, API, PIPELINE, DBT, PLATFORM, BACKUP, DAGSTER, MLFLOW)
LOGIN_ROLES = tuple(role for role in ROLES if role.can_login)

PLATFORM_DATABASE = "ordernimbus"
DAGSTER_DATABASE = "dagster"
MLFLOW_DATABASE = "mlflow"
_DATABASE_OWNERS = {
    PLATFORM_DATABASE: OWNER.name,
    DAGSTER_DATABASE: DAGSTER.name,
    MLFLOW_DATABASE: MLFLOW.name,
}


def ensure_roles(admin: psycopg.Connection, passwords: Mapping[str, str]) -> None:
    """Create or update every role, idempotently.

    Args:
        admin: An autocommit connection of a cluster administrator.
        passwords: One password per login role's name.

    Raises:
        KeyError: A login role has no password.
    """
    for role in ROLES:
        name = sql.Identifier(role.name)
        exists = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role.name,)).fetchone()
        if not exists:
            admin.execute(sql.SQL("CREATE ROLE {}").format(name))
        login: sql.Composable = sql.SQL("NOLOGIN")
        if role.can_login:
            login = sql.SQL("LOGIN PASSWORD {}").format(sql.Literal(passwords[role.name]))
        admin.execute(
            sql.SQL("ALTER ROLE {} NOSUPERUSER NOCREATEDB NOCREATEROLE {} {}").format(
                name,
                login,
                sql.SQL("BYPASSRLS" if role.bypass_rls else "NOBYPASSRLS"),
            )
        )
        for setting, value in role.settings:
            admin.execute(
                sql.SQL("ALTER ROLE {} SET {} = {}").format(
                    name, sql.Identifier(setting), sql.Literal(value)
                )
            )
        if role.member_of is not None:
            admin.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(role.member_of), name))


def ensure_databases(admin: psycopg.Connection) -> None:
    """Create the platform's, Dagster's and MLflow's databases, each closed to other roles.

    Args:
        admin: An autocommit connection of a cluster administrator.
    """
    for database, owner in _DATABASE_OWNERS.items():
        found = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,))
        name = sql.Identifier(database)
        if found.fetchone() is None:
            admin.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                    name, sql.Identifier(owner)
                )
            )
        admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    admit_roles(admin, PLATFORM_DATABASE)


def admit_roles(admin: psycopg.Connection, database: str) -> None:
    """Let the platform's roles, and no others, connect to one platform database.

    Args:
        admin: An autocommit connection of a cluster administrator.
        database: The platform's database, or a copy of it (grants are not copied along).
    """
    platform = sql.Identifier(database)
    admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(platform))
    for role in LOGIN_ROLES:
        if role not in (DAGSTER, MLFLOW):
            admin.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                    platform, sql.Identifier(role.name)
                )
            )
    for role in (PIPELINE, DBT):
        admin.execute(
            sql.SQL("GRANT TEMPORARY ON DATABASE {} TO {}").format(
                platform, sql.Identifier(role.name)
            )
        )
