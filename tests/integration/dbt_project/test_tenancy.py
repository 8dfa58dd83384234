"""What a dbt run may see and change: its tenants' rows and nothing else."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from tests.integration.dbt_project.conftest import ALPHA, BETA, History
from tests.integration.dbt_project.dbt_command import tenants_option

# One worker runs the history that all these tests look at.
pytestmark = pytest.mark.xdist_group("dbt_project")
RELATIONS = [
    ("core", "sales_event"),
    ("dbt_staging", "stg_core__sales_event"),
    ("dbt_staging", "int_demand__summed"),
    ("dbt_staging", "int_product__described"),
    ("marts", "fct_demand_daily"),
    ("marts", "dim_product"),
    ("marts", "dim_location"),
]


def test_a_run_for_one_tenant_leaves_every_other_tenants_rows_alone(history: History) -> None:
    assert history.changed.outcome.exit_code == 0, history.changed.outcome.output
    assert history.changed.after.of_tenant(BETA) == history.first.after.of_tenant(BETA)


def test_a_run_without_tenants_fails_and_says_what_to_set(history: History) -> None:
    outcome = history.without_tenants.outcome

    assert outcome.exit_code != 0
    assert "no tenants for this run: set PGOPTIONS" in outcome.output


def test_a_run_without_tenants_writes_nothing(history: History) -> None:
    assert history.without_tenants.after == history.repeated.after


def test_runs_keep_owner_policies_and_grants_of_the_marts(history: History) -> None:
    before, after = history.untouched.catalog, history.repeated.after.catalog

    assert {row["owner"] for row in after} == {"ordernimbus_owner"}
    assert after == before


def test_a_run_waits_for_no_reader_of_its_views(history: History) -> None:
    statuses = history.changed.outcome.statuses

    assert statuses["int_demand__summed"] == "success"


def test_views_read_with_the_rights_of_who_asks(history: History) -> None:
    with history.platform.administrator() as connection:
        views = connection.execute(
            "SELECT relname, reloptions FROM pg_class"
            " WHERE relnamespace = 'dbt_staging'::regnamespace AND relkind = 'v'"
        ).fetchall()

    assert len(views) == 3
    assert all(options == ["security_invoker=true"] for _, options in views)


@pytest.mark.parametrize(("schema", "relation"), RELATIONS)
def test_dbt_sees_only_the_tenants_of_its_setting(
    history: History, schema: str, relation: str
) -> None:
    query = sql.SQL("SELECT DISTINCT tenant_id FROM {}").format(sql.Identifier(schema, relation))
    with psycopg.connect(history.platform.url("dbt"), options=tenants_option([BETA])) as session:
        seen = session.execute(query).fetchall()

    assert seen == [(BETA,)]


@pytest.mark.parametrize(("schema", "relation"), RELATIONS)
def test_dbt_sees_nothing_without_the_setting(history: History, schema: str, relation: str) -> None:
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, relation))
    with psycopg.connect(history.platform.url("dbt")) as session:
        seen = session.execute(query).fetchone()

    assert seen == (0,)


def test_dbt_cannot_insert_rows_of_a_tenant_outside_the_setting(history: History) -> None:
    with (
        psycopg.connect(history.platform.url("dbt"), options=tenants_option([BETA])) as session,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        session.execute(
            "INSERT INTO marts.dim_location VALUES (%s, 'attic', '2026-03-01', '2026-03-01', 1)",
            (ALPHA,),
        )


@pytest.mark.parametrize("command", ["TRUNCATE", "DROP TABLE"])
def test_dbt_cannot_empty_or_drop_a_mart(history: History, command: str) -> None:
    statement = sql.SQL(command + " marts.dim_location")
    with (
        psycopg.connect(history.platform.url("dbt"), options=tenants_option([BETA])) as session,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        session.execute(statement)
