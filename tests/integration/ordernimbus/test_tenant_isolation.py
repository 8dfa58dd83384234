"""Row-level security against real Postgres: table x command x identity, for two tenants."""

from __future__ import annotations

import uuid

import psycopg
import pytest

from ordernimbus.database.sessions import Database, TenantSession
from ordernimbus.errors import TenantContextMissing
from ordernimbus.tenancy import Tenant
from tests.throwaway_platform import ThrowawayPlatform

TENANT_TABLES = [
    "core.upload",
    "core.upload_row_error",
    "core.sales_event",
    "core.model_version",
    "core.model_alias",
    "marts.fct_demand_daily",
    "marts.dim_product",
    "marts.dim_location",
    "serving.vintage",
    "serving.current_vintage",
    "serving.forecast",
    "serving.series",
    "serving.accuracy",
]


def fill(platform: ThrowawayPlatform, tenant: Tenant) -> None:
    """Write one row of `tenant` into every tenant table, as an administrator."""
    ids = {"t": tenant.tenant_id, "u": uuid.uuid4(), "v": uuid.uuid4()}
    statements = [
        "INSERT INTO core.upload (tenant_id, upload_id, source, file_name, sha256, size_bytes,"
        " storage_key) VALUES (%(t)s, %(u)s, 'file', 'a.csv', repeat('a', 64), 1, 'k')",
        "INSERT INTO core.upload_row_error (tenant_id, upload_id, error_ordinal, row_number, code,"
        " message) VALUES (%(t)s, %(u)s, 1, 2, 'c', 'm')",
        "INSERT INTO core.sales_event (tenant_id, source, order_key, event_key, kind,"
        " business_date, product_key, location_key, quantity, currency_code, upload_id, upload_seq,"
        " row_number) VALUES (%(t)s, 's', 'o', '1', 'order', '2026-05-01', 'A', 'main', 1, 'USD',"
        " %(u)s, 1, 2)",
        "INSERT INTO core.model_version (tenant_id, model_version, sha256, storage_key,"
        " cutoff_date, code_version, metrics, run_id) VALUES (%(t)s, 1, repeat('a', 64), 'k',"
        " '2026-05-01', '1', '{}', 'r')",
        "INSERT INTO core.model_alias (tenant_id, alias, model_version)"
        " VALUES (%(t)s, 'champion', 1)",
        "INSERT INTO marts.fct_demand_daily (tenant_id, series_id, demand_date, product_key,"
        " location_key, demand_units, returned_units)"
        " VALUES (%(t)s, 'A@main', '2026-05-01', 'A', 'main', 1, 0)",
        "INSERT INTO marts.dim_product (tenant_id, product_key, first_sale_date, last_sale_date)"
        " VALUES (%(t)s, 'A', '2026-05-01', '2026-05-01')",
        "INSERT INTO marts.dim_location (tenant_id, location_key, first_sale_date, last_sale_date,"
        " n_products) VALUES (%(t)s, 'main', '2026-05-01', '2026-05-01', 1)",
        "INSERT INTO serving.vintage (tenant_id, vintage_id, cutoff_date, horizon_days, quantiles,"
        " model_version, model_sha256, code_version, data_watermark_seq, n_series, run_id)"
        " VALUES (%(t)s, %(v)s, '2026-05-01', 1, '{0.5}', 1, repeat('a', 64), '1', 1, 1, 'r')",
        "INSERT INTO serving.current_vintage (tenant_id, vintage_id) VALUES (%(t)s, %(v)s)",
        "INSERT INTO serving.forecast (tenant_id, vintage_id, series_id, start_date, mean_units,"
        " quantile_units, method, reason)"
        " VALUES (%(t)s, %(v)s, 'A@main', '2026-05-02', '{1}', '{{1}}', 'm', 'r')",
        "INSERT INTO serving.series (tenant_id, series_id, vintage_id, product_key, location_key,"
        " series_class, first_sale_date, last_sale_date, n_days, mean_daily_units,"
        " history_start_date, history_units) VALUES (%(t)s, 'A@main', %(v)s, 'A', 'main', 'new',"
        " '2026-05-01', '2026-05-01', 1, 1, '2026-05-01', '{1}')",
        "INSERT INTO serving.accuracy (tenant_id, vintage_id, series_id, evidence, from_date,"
        " to_date, n_days, actual_units)"
        " VALUES (%(t)s, %(v)s, '', 'backtest', '2026-05-01', '2026-05-01', 1, 1)",
    ]
    with platform.administrator() as admin:
        for statement in statements:
            admin.execute(statement, ids)


@pytest.fixture
def tenants(platform: ThrowawayPlatform) -> tuple[Tenant, Tenant]:
    pair = (platform.add_tenant("tenant-a"), platform.add_tenant("tenant-b"))
    for tenant in pair:
        fill(platform, tenant)
    return pair


def visible_tenants(session: TenantSession, table: str) -> set[uuid.UUID]:
    """Tenants whose rows a role sees in `table`; none where the role has no right to read it."""
    try:
        with session.transaction():
            rows = session.execute(f"SELECT DISTINCT tenant_id FROM {table}").fetchall()
    except psycopg.errors.InsufficientPrivilege:
        return set()
    return {row[0] for row in rows}


@pytest.mark.parametrize("role", ["api", "pipeline"])
def test_each_tenant_sees_its_own_rows_only(
    platform: ThrowawayPlatform, tenants: tuple[Tenant, Tenant], role: str
) -> None:
    database = platform.database(role)

    for tenant in tenants:
        with database.tenant_session(tenant.tenant_id) as session:
            seen = {table: visible_tenants(session, table) for table in TENANT_TABLES}

        assert all(found <= {tenant.tenant_id} for found in seen.values()), seen
        assert seen["serving.forecast"] == {tenant.tenant_id}


@pytest.mark.parametrize("role", ["api", "pipeline"])
def test_a_session_without_tenant_sees_nothing(
    platform: ThrowawayPlatform, tenants: tuple[Tenant, Tenant], role: str
) -> None:
    with psycopg.connect(platform.url(role), autocommit=True) as connection:
        session = TenantSession(connection)  # type: ignore[arg-type]
        seen = {table: visible_tenants(session, table) for table in TENANT_TABLES}

    assert all(found == set() for found in seen.values()), seen


def writes(tenant: Tenant) -> list[str]:
    mine = f"'{tenant.tenant_id}'"
    return [
        f"INSERT INTO core.upload (tenant_id, upload_id, source, file_name, sha256, size_bytes,"
        f" storage_key) VALUES ({mine}, gen_random_uuid(), 'file', 'x', repeat('b', 64), 1, 'k')",
        f"INSERT INTO core.sales_event (tenant_id, source, order_key, event_key, kind,"
        f" business_date, product_key, location_key, quantity, currency_code, upload_id,"
        f" upload_seq, row_number) VALUES ({mine}, 's', 'x', '1', 'order', '2026-05-01', 'A',"
        f" 'main', 1, 'USD', gen_random_uuid(), 1, 2)",
        f"INSERT INTO core.model_alias (tenant_id, alias, model_version)"
        f" VALUES ({mine}, 'challenger', 1)",
        f"INSERT INTO serving.current_vintage (tenant_id, vintage_id)"
        f" VALUES ({mine}, gen_random_uuid())",
        f"UPDATE core.sales_event SET tenant_id = {mine}",
        f"UPDATE serving.series SET tenant_id = {mine}",
    ]


def test_writing_another_tenants_row_is_refused(
    platform: ThrowawayPlatform, tenants: tuple[Tenant, Tenant]
) -> None:
    mine, other = tenants
    database = platform.database("pipeline")

    for statement in writes(other):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            database.tenant_session(mine.tenant_id) as session,
        ):
            session.execute(statement)


def test_writing_without_a_tenant_is_refused(
    platform: ThrowawayPlatform, tenants: tuple[Tenant, Tenant]
) -> None:
    with psycopg.connect(platform.url("pipeline"), autocommit=True) as connection:
        for statement in writes(tenants[0])[:4]:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_updates_and_deletes_do_not_reach_another_tenant(
    platform: ThrowawayPlatform, tenants: tuple[Tenant, Tenant]
) -> None:
    mine, other = tenants
    with platform.database("pipeline").tenant_session(mine.tenant_id) as session:
        session.execute("DELETE FROM core.sales_event")
        session.execute("DELETE FROM serving.series")

    with platform.administrator() as admin:
        left = admin.execute(
            "SELECT tenant_id FROM core.sales_event UNION ALL SELECT tenant_id FROM serving.series"
        ).fetchall()

    assert [row[0] for row in left] == [other.tenant_id] * 2


def test_a_foreign_key_cannot_reach_another_tenants_row(
    platform: ThrowawayPlatform, tenants: tuple[Tenant, Tenant]
) -> None:
    mine, other = tenants
    database = platform.database("pipeline")
    with database.tenant_read_session(other.tenant_id) as session:
        row = session.execute("SELECT vintage_id FROM serving.vintage").fetchone()
    assert row is not None

    with (
        pytest.raises(psycopg.errors.ForeignKeyViolation),
        database.tenant_session(mine.tenant_id) as session,
    ):
        session.execute(
            "UPDATE serving.current_vintage SET vintage_id = %s WHERE tenant_id = %s",
            (row[0], mine.tenant_id),
        )


def test_a_pooled_connection_forgets_its_tenant(
    platform: ThrowawayPlatform, tenants: tuple[Tenant, Tenant]
) -> None:
    database = platform.database("pipeline")
    for tenant in tenants * 20:
        with database.tenant_session(tenant.tenant_id) as session:
            assert visible_tenants(session, "serving.series") == {tenant.tenant_id}

    connection = database._tenant_pool.getconn()
    try:
        leftover = connection.execute("SELECT core.tenant()").fetchone()
    finally:
        database._tenant_pool.putconn(connection)

    assert leftover == (None,)


def test_a_failed_transaction_leaves_no_tenant_behind(
    platform: ThrowawayPlatform, tenants: tuple[Tenant, Tenant]
) -> None:
    mine, other = tenants
    database = platform.database("pipeline")
    for _ in range(20):
        with (
            pytest.raises(psycopg.errors.DivisionByZero),
            database.tenant_session(mine.tenant_id) as session,
        ):
            session.execute("SELECT 1 / 0")
        with database.tenant_session(other.tenant_id) as session:
            assert visible_tenants(session, "serving.series") == {other.tenant_id}


def test_a_read_session_cannot_write(
    platform: ThrowawayPlatform, tenants: tuple[Tenant, Tenant]
) -> None:
    with (
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
        platform.database("pipeline").tenant_read_session(tenants[0].tenant_id) as session,
    ):
        session.execute("DELETE FROM core.sales_event")


def test_a_read_session_sees_one_instant(
    platform: ThrowawayPlatform, tenants: tuple[Tenant, Tenant]
) -> None:
    mine, _ = tenants
    database = platform.database("pipeline")
    with database.tenant_read_session(mine.tenant_id) as reader:
        before = visible_tenants(TenantSession(reader), "serving.series")
        with database.tenant_session(mine.tenant_id) as writer:
            writer.execute("DELETE FROM serving.series")
        after = visible_tenants(TenantSession(reader), "serving.series")

    assert before == after == {mine.tenant_id}


def test_a_tenant_session_needs_a_uuid(platform: ThrowawayPlatform) -> None:
    with (
        pytest.raises(TenantContextMissing, match="tenant-a"),
        platform.database("pipeline").tenant_session("tenant-a"),  # type: ignore[arg-type]
    ):
        pass


def test_the_work_queue_role_sees_no_file_names(
    platform: ThrowawayPlatform, tenants: tuple[Tenant, Tenant]
) -> None:
    database: Database = platform.database("platform")
    with database.platform_session() as session:
        waiting = session.execute("SELECT count(*) FROM core.upload").fetchone()
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        database.platform_session() as session,
    ):
        session.execute("SELECT file_name FROM core.upload")

    assert waiting == (2,)


def test_the_api_role_sees_memberships_of_its_subject_only(
    platform: ThrowawayPlatform, tenants: tuple[Tenant, Tenant]
) -> None:
    with platform.database("platform").platform_session() as session:
        for tenant, subject in zip(tenants, ("alice", "bob"), strict=True):
            session.execute(
                "INSERT INTO platform.membership (tenant_id, subject) VALUES (%s, %s)",
                (tenant.tenant_id, subject),
            )

    with platform.database("api").platform_session(subject="alice") as session:
        members = session.execute("SELECT subject FROM platform.membership").fetchall()
        names = session.execute("SELECT slug FROM platform.tenant").fetchall()

    assert members == [("alice",)]
    assert names == [("tenant-a",)]
