"""Ledger rows made by hand, and what the database holds after dbt has read them.

What belongs here: writing ledger rows past the parsers, and snapshots to compare. What stays out:
running dbt (dbt_command.py).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from tests.throwaway_platform import ThrowawayPlatform

MARTS = ("fct_demand_daily", "dim_product", "dim_location")


def sales_event(
    event_key: str, day: int, product_key: str, quantity: float, **facts: object
) -> dict[str, Any]:
    """Return one ledger row on a day of March 2026, an order at location `shop` unless told."""
    return {
        "source": "hand",
        "order_key": f"order-{event_key}",
        "event_key": event_key,
        "kind": "order",
        "business_date": date(2026, 3, day),
        "product_key": product_key,
        "location_key": "shop",
        "quantity": quantity,
        "currency_code": "USD",
        "upload_id": uuid.UUID(int=1),
        "upload_seq": 1,
        "row_number": 2,
        **facts,
    }


def replace_ledger(
    platform: ThrowawayPlatform, tenant_id: uuid.UUID, events: list[dict[str, Any]]
) -> None:
    """Make `events` the whole ledger of a tenant."""
    with platform.administrator() as connection:
        connection.execute("DELETE FROM core.sales_event WHERE tenant_id = %s", (tenant_id,))
        for event in events:
            row = {"tenant_id": tenant_id, **event}
            connection.execute(
                sql.SQL("INSERT INTO core.sales_event ({}) VALUES ({})").format(
                    sql.SQL(", ").join(map(sql.Identifier, row)),
                    sql.SQL(", ").join(map(sql.Placeholder, row)),
                ),
                row,
            )


@dataclass(frozen=True)
class Snapshot:
    """The marts at one moment.

    Attributes:
        rows: Rows of each mart in key order.
        catalog: Owner, row-level security, grants and policies of every mart.
    """

    rows: dict[str, list[dict[str, Any]]]
    catalog: list[dict[str, Any]]

    def of_tenant(self, tenant_id: uuid.UUID) -> dict[str, list[dict[str, Any]]]:
        """Return one tenant's rows of each mart."""
        return {
            mart: [row for row in rows if row["tenant_id"] == tenant_id]
            for mart, rows in self.rows.items()
        }


def snapshot(platform: ThrowawayPlatform) -> Snapshot:
    """Return what the marts hold now, of all tenants."""
    with (
        platform.administrator() as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        rows = {}
        for mart in MARTS:
            query = sql.SQL("SELECT * FROM marts.{} ORDER BY 1, 2, 3").format(sql.Identifier(mart))
            rows[mart] = cursor.execute(query).fetchall()
        catalog = cursor.execute(
            """
            SELECT c.oid, c.relname, c.relowner::regrole::text AS owner, c.relrowsecurity,
                c.relforcerowsecurity, c.relacl::text AS grants, p.policyname, p.roles::text,
                p.cmd, p.qual, p.with_check
            FROM pg_class AS c
            LEFT JOIN pg_policies AS p ON p.schemaname = 'marts' AND p.tablename = c.relname
            WHERE c.relnamespace = 'marts'::regnamespace AND c.relkind = 'r'
            ORDER BY c.relname, p.policyname
            """
        ).fetchall()
    return Snapshot(rows, catalog)
