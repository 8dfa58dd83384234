"""Fixtures of the dbt tests: one database and a short history of runs on it.

A dbt invocation takes seconds, so the tests share one history and look at its stages.
What belongs here: the history. What stays out: what must be true of it (the tests).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from tests.integration.dbt_project.dbt_command import DbtCommand, DbtOutcome, tenants_option
from tests.integration.dbt_project.ledger import (
    Snapshot,
    replace_ledger,
    sales_event,
    snapshot,
)
from tests.throwaway_platform import ThrowawayCluster, ThrowawayPlatform

ALPHA = uuid.UUID(int=0xA)
BETA = uuid.UUID(int=0xB)

ALPHA_LEDGER = [
    sales_event("1", 1, "TEA", 3, sku="TEA", unit_price_minor=1000, discount_minor=600,
                net_minor=2400),
    sales_event("2", 1, "TEA", 1, sku="TEA", unit_price_minor=1000, net_minor=1000,
                is_promotion=True),
    sales_event("3", 1, "title:Mug", 2, product_title="Mug", unit_price_minor=500, net_minor=1000),
    sales_event("4", 1, "title:Mug", -2, kind="cancellation", net_minor=-1000),
    sales_event("5", 2, "TEA", -1, kind="return", net_minor=-600),
    sales_event("6", 3, "TEA", 0, unit_price_minor=1200, stock_on_hand=0),
    sales_event("7", 2, "TEA", 2.5, location_key="mall", unit_price_minor=1000, net_minor=2500,
                stock_on_hand=0),
    sales_event("8", 4, "CUP", -2, kind="adjustment"),
]  # fmt: skip
BETA_LEDGER = [
    sales_event("1", 1, "TEA", 7, sku="TEA", product_title="Beta tea", unit_price_minor=10),
    sales_event("2", 2, "RUM", 5, unit_price_minor=10),
]


@dataclass(frozen=True)
class Stage:
    """One dbt invocation and the marts after it."""

    outcome: DbtOutcome
    after: Snapshot


@dataclass(frozen=True)
class History:
    """Runs that followed each other on one database.

    Attributes:
        platform: The platform they ran on.
        untouched: The empty marts before.
        first: A build for both tenants, unit tests included.
        changed: A run for alpha alone, told to rebuild everything, after both ledgers had changed
            (alpha's mug and cup were gone) and while a reader held the views.
        repeated: The same run again.
        without_tenants: A run without tenants.
        damaged: The data tests after a mart row was lost and a second currency had come in.
        manifest: What dbt knows of the project.
    """

    platform: ThrowawayPlatform
    untouched: Snapshot
    first: Stage
    changed: Stage
    repeated: Stage
    without_tenants: Stage
    damaged: Stage
    manifest: dict[str, Any]

    def columns(self, schema: str, relation: str) -> dict[str, str]:
        """Return the data type of each column of a table or view in the database."""
        with self.platform.administrator() as connection:
            found = connection.execute(
                "SELECT column_name, data_type FROM information_schema.columns"
                " WHERE table_schema = %s AND table_name = %s",
                (schema, relation),
            ).fetchall()
        return dict(found)


@pytest.fixture(scope="session")
def history(
    postgres_cluster: ThrowawayCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[History]:
    """Run the history once for all tests."""
    folder = tmp_path_factory.mktemp("dbt")
    with postgres_cluster.copy() as database_name:
        platform = ThrowawayPlatform(postgres_cluster, database_name, folder / "objects")
        try:
            yield _run_history(platform, DbtCommand(platform, folder))
        finally:
            platform.close()


def _run_history(platform: ThrowawayPlatform, dbt: DbtCommand) -> History:
    untouched = snapshot(platform)
    replace_ledger(platform, ALPHA, ALPHA_LEDGER)
    replace_ledger(platform, BETA, BETA_LEDGER)
    first = Stage(dbt.run("build", tenants=[ALPHA, BETA]), snapshot(platform))

    replace_ledger(platform, ALPHA, [sales_event("1", 1, "TEA", 9), ALPHA_LEDGER[5]])
    replace_ledger(platform, BETA, [sales_event("9", 9, "GIN", 1)])
    with psycopg.connect(platform.url("dbt"), options=tenants_option([ALPHA])) as reader:
        reader.execute("SELECT count(*) FROM dbt_staging.int_demand__summed")
        outcome = dbt.run("run", "--full-refresh", tenants=[ALPHA], options="-c lock_timeout=3s")
    changed = Stage(outcome, snapshot(platform))
    repeated = Stage(dbt.run("run", tenants=[ALPHA]), snapshot(platform))
    without_tenants = Stage(dbt.run("run", tenants=[]), snapshot(platform))

    with platform.administrator() as connection:
        connection.execute(
            "DELETE FROM marts.fct_demand_daily WHERE tenant_id = %s AND demand_units > 0",
            (ALPHA,),
        )
        connection.execute(
            "UPDATE core.sales_event SET currency_code = 'EUR'"
            " WHERE tenant_id = %s AND quantity = 0",
            (ALPHA,),
        )
    damaged = Stage(
        dbt.run("test", "--select", "test_type:singular", tenants=[ALPHA]), snapshot(platform)
    )
    return History(
        platform, untouched, first, changed, repeated, without_tenants, damaged, dbt.manifest()
    )
