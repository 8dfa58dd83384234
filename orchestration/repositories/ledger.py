"""Facts about a tenant's ledger that checks and run metadata need, and the work queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from psycopg.rows import class_row

from ordernimbus.database.sessions import PlatformSession, TenantReadSession


@dataclass(frozen=True)
class LedgerProfile:
    """Counts over one tenant's ledger.

    Attributes:
        n_blank_keys: Events without a product or location key.
        n_future_events: Events dated after the tenant's today.
        n_currencies: Distinct currencies; the ledger holds one.
        last_upload_seq: Newest upload with an event in the ledger, 0 before the first.
    """

    n_events: int
    n_orders: int
    n_series: int
    first_date: date | None
    last_date: date | None
    n_blank_keys: int
    n_future_events: int
    n_currencies: int
    last_upload_seq: int


@dataclass(frozen=True)
class WaitingTenant:
    """A tenant with uploads to read.

    Attributes:
        slug: Partition key.
        n_uploads: How many wait.
        newest_upload_seq: The newest of them.
        attempt: 0 at first; grows by one each time the oldest wait has doubled.
    """

    slug: str
    n_uploads: int
    newest_upload_seq: int
    attempt: int


def profile_ledger(session: TenantReadSession, today: date) -> LedgerProfile:
    """Return the profile of the session's tenant."""
    with session.cursor(row_factory=class_row(LedgerProfile)) as cursor:
        cursor.execute(
            """
            SELECT
                count(*) AS n_events,
                count(DISTINCT (source, order_key)) AS n_orders,
                count(DISTINCT (product_key, location_key)) AS n_series,
                min(business_date) AS first_date,
                max(business_date) AS last_date,
                count(*) FILTER (WHERE btrim(product_key) = '' OR btrim(location_key) = '')
                    AS n_blank_keys,
                count(*) FILTER (WHERE business_date > %s) AS n_future_events,
                count(DISTINCT currency_code) AS n_currencies,
                coalesce(max(upload_seq), 0) AS last_upload_seq
            FROM core.sales_event
            """,
            (today,),
        )
        profile = cursor.fetchone()
    assert profile is not None, "an aggregate without groups gives one row"  # noqa: S101
    return profile


def waiting_tenants(session: PlatformSession, *, retry_after: timedelta) -> list[WaitingTenant]:
    """Return active tenants with uploads that landed, or whose reading was begun and not ended.

    Args:
        session: A platform session.
        retry_after: Waiting this long is the first further attempt, twice as long the second; an
            upload whose reading has begun counts from then on.
    """
    with session.cursor(row_factory=class_row(WaitingTenant)) as cursor:
        cursor.execute(
            """
            SELECT
                t.slug,
                count(*)::int AS n_uploads,
                max(u.upload_seq) AS newest_upload_seq,
                1 + floor(log(2.0, greatest(
                    (extract(epoch FROM now() - min(u.created_at)) / %(seconds)s)::numeric, 0.5
                )))::int AS attempt
            FROM core.upload AS u
            JOIN platform.tenant AS t USING (tenant_id)
            WHERE t.status = 'active'
                AND (u.state = 'landed'
                     OR (u.state = 'processing'
                         AND u.created_at <= now() - make_interval(secs => %(seconds)s)))
            GROUP BY t.slug
            ORDER BY t.slug
            """,
            {"seconds": retry_after.total_seconds()},
        )
        return cursor.fetchall()


def slugs_with_sales(session: PlatformSession) -> set[str]:
    """Return the active tenants that have loaded a file at least once."""
    rows = session.execute(
        """
        SELECT t.slug FROM platform.tenant AS t
        WHERE t.status = 'active' AND EXISTS (
            SELECT FROM core.upload AS u
            WHERE u.tenant_id = t.tenant_id AND u.state = 'loaded'
        )
        """
    ).fetchall()
    return {row[0] for row in rows}
