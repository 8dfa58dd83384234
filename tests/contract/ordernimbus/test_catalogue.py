"""The database catalogue keeps the promises of tenant isolation, whatever a migration adds."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import LiteralString

import psycopg
import pytest

from tests.throwaway_platform import ThrowawayPlatform

TENANT_SCHEMAS = ["platform", "core", "marts", "serving"]
RUNTIME_ROLES = [f"ordernimbus_{role}" for role in ("api", "pipeline", "dbt", "platform")]


def open_tables(connection: psycopg.Connection) -> set[str]:
    """Tables or partitions without row-level security enabled and forced."""
    rows = connection.execute(
        """
        SELECT c.oid::regclass::text FROM pg_class AS c
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text = ANY (%s)
            AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
        """,
        (TENANT_SCHEMAS,),
    )
    return {row[0] for row in rows}


def readable_without_policy(connection: psycopg.Connection) -> set[tuple[str, str]]:
    """Relations a runtime role may read although no policy names the role."""
    rows = connection.execute(
        """
        SELECT role, c.oid::regclass::text
        FROM unnest(%s::text[]) AS role, pg_class AS c
        WHERE c.relkind IN ('r', 'p', 'm', 'f')
            AND c.relnamespace::regnamespace::text
                NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
            AND (has_table_privilege(role, c.oid, 'SELECT')
                 OR has_any_column_privilege(role, c.oid, 'SELECT'))
            AND NOT EXISTS (
                SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid
                    AND (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = role) = ANY (p.polroles)
            )
            AND c.oid::regclass::text NOT IN ('alembic_version', 'public.alembic_version')
        """,
        (RUNTIME_ROLES,),
    )
    return {(row[0], row[1]) for row in rows}


def keys_without_tenant(connection: psycopg.Connection) -> set[str]:
    """Unique indexes and foreign keys on tenant tables that do not begin with the tenant."""
    rows = connection.execute(
        """
        SELECT con.conname FROM pg_constraint AS con
        JOIN pg_class AS c ON c.oid = con.conrelid
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = con.conkey[1]
        WHERE con.contype IN ('p', 'u', 'f')
            AND c.relnamespace::regnamespace::text = ANY (%s)
            AND a.attname <> 'tenant_id'
        """,
        (TENANT_SCHEMAS,),
    )
    return {row[0] for row in rows} - {"tenant_slug_key"}


def definer_views(connection: psycopg.Connection) -> set[str]:
    """Views that show what their owner may see."""
    rows = connection.execute(
        """
        SELECT c.oid::regclass::text FROM pg_class AS c
        WHERE c.relkind IN ('v', 'm')
            AND c.relnamespace::regnamespace::text
                NOT IN ('pg_catalog', 'information_schema')
            AND (c.relkind = 'm'
                 OR NOT coalesce('security_invoker=true' = ANY (c.reloptions), false))
        """
    )
    return {row[0] for row in rows}


def powers(connection: psycopg.Connection) -> set[tuple[str, str]]:
    """What runtime roles may do that none of them should."""
    rows = connection.execute(
        """
        SELECT r.rolname, 'is superuser or passes row-level security' FROM pg_roles AS r
        WHERE r.rolname = ANY (%(roles)s)
            AND (r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb)
        UNION ALL
        SELECT r.rolname, 'owns ' || c.oid::regclass::text
        FROM pg_roles AS r JOIN pg_class AS c ON c.relowner = r.oid
        WHERE r.rolname = ANY (%(roles)s)
            AND c.relnamespace::regnamespace::text = ANY (%(schemas)s)
        UNION ALL
        SELECT role, 'may truncate ' || c.oid::regclass::text
        FROM unnest(%(roles)s::text[]) AS role, pg_class AS c
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text = ANY (%(schemas)s)
            AND has_table_privilege(role, c.oid, 'TRUNCATE')
        UNION ALL
        SELECT role, 'may create in ' || n.nspname
        FROM unnest(%(roles)s::text[]) AS role, pg_namespace AS n
        WHERE (n.nspname = ANY (%(schemas)s) OR n.nspname = 'public')
            AND has_schema_privilege(role, n.oid, 'CREATE')
        UNION ALL
        SELECT 'public', p.oid::regprocedure::text || ' is security definer'
        FROM pg_proc AS p WHERE p.prosecdef
            AND p.pronamespace::regnamespace::text = ANY (%(schemas)s)
        """,
        {"roles": RUNTIME_ROLES, "schemas": TENANT_SCHEMAS},
    )
    return {(row[0], row[1]) for row in rows}


def published_rows_can_change(connection: psycopg.Connection) -> set[tuple[str, str]]:
    """Runtime roles that could rewrite a published vintage."""
    rows = connection.execute(
        """
        SELECT role, relation || ' ' || right_name
        FROM unnest(%s::text[]) AS role,
            unnest(ARRAY['serving.vintage', 'serving.forecast', 'serving.accuracy']) AS relation,
            unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS right_name
        WHERE has_table_privilege(role, relation, right_name)
        """,
        (RUNTIME_ROLES,),
    )
    return {(row[0], row[1]) for row in rows}


Gate = Callable[[psycopg.Connection], Collection[object]]
GATES: list[Gate] = [
    open_tables,
    readable_without_policy,
    keys_without_tenant,
    definer_views,
    powers,
    published_rows_can_change,
]

PLANTED: dict[Gate, LiteralString] = {
    open_tables: "ALTER TABLE core.sales_event_p03 NO FORCE ROW LEVEL SECURITY",
    readable_without_policy: "DROP POLICY tenant_isolation ON serving.series",
    keys_without_tenant: "ALTER TABLE core.upload ADD UNIQUE (sha256)",
    definer_views: "CREATE VIEW serving.everything AS SELECT * FROM serving.series",
    powers: "GRANT TRUNCATE ON serving.series TO ordernimbus_pipeline",
    published_rows_can_change: "GRANT UPDATE ON serving.forecast TO ordernimbus_pipeline",
}


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.__name__)
def test_the_migrated_schema_passes(platform: ThrowawayPlatform, gate: Gate) -> None:
    with platform.administrator() as connection:
        assert gate(connection) == set()


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.__name__)
def test_a_planted_weakness_is_found(platform: ThrowawayPlatform, gate: Gate) -> None:
    with platform.administrator() as connection:
        connection.execute(PLANTED[gate])

        assert gate(connection) != set()
