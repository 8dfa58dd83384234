"""Who the tenants are: their registry and their members.

What belongs here: adding, listing, finding and suspending tenants, and their memberships.
What stays out: everything a tenant owns (that is reached through a tenant session).
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from psycopg.rows import class_row

from ordernimbus.database.sessions import PlatformSession
from ordernimbus.errors import PermanentError, TenantSuspended, UnknownTenant

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{1,40}")
_TENANT_COLUMNS = """
    tenant_id, slug, name, time_zone, currency_code, country_code, status, accepts_partial_files
"""


@dataclass(frozen=True)
class Tenant:
    """One merchant account.

    Attributes:
        tenant_id: Key of every row it owns.
        slug: Short stable name, used on the command line and as Dagster partition key.
        time_zone: IANA zone in which its business days begin and end.
        currency_code: ISO 4217 code of its money columns.
        country_code: ISO 3166-1 code for its holidays, if known.
        status: `active` or `suspended`.
        accepts_partial_files: Whether good rows of a file load although others are rejected.
    """

    tenant_id: uuid.UUID
    slug: str
    name: str
    time_zone: str
    currency_code: str
    country_code: str | None
    status: str
    accepts_partial_files: bool

    @property
    def is_active(self) -> bool:
        """Whether work for this tenant goes on."""
        return self.status == "active"

    def require_active(self) -> Tenant:
        """Return this tenant, or raise `TenantSuspended`."""
        if not self.is_active:
            message = (
                f"tenant {self.slug!r} is suspended: "
                f"resume it with `ordernimbus tenants resume {self.slug}`"
            )
            raise TenantSuspended(message)
        return self

    def business_date(self, instant: datetime) -> date:
        """Return the calendar day of `instant` (with a time zone) where the tenant trades."""
        return instant.astimezone(ZoneInfo(self.time_zone)).date()


def add_tenant(
    session: PlatformSession,
    *,
    slug: str,
    name: str,
    time_zone: str = "UTC",
    currency_code: str = "USD",
    country_code: str | None = None,
) -> Tenant:
    """Register a tenant; adding the same slug with the same facts again returns the first.

    Raises:
        PermanentError: The slug, zone or currency is not valid, or the slug is taken by a tenant
            with other facts.
    """
    if not _SLUG.fullmatch(slug):
        message = f"tenant slug {slug!r} is refused: 2 to 41 of a-z, 0-9 and -, not starting with -"
        raise PermanentError(message)
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        message = f"time zone {time_zone!r} is not an IANA zone such as Europe/Paris"
        raise PermanentError(message) from error
    if not re.fullmatch("[A-Z]{3}", currency_code):
        message = f"currency {currency_code!r} is not an ISO 4217 code such as USD"
        raise PermanentError(message)
    if country_code is not None and not re.fullmatch("[A-Z]{2}", country_code):
        message = f"country {country_code!r} is not an ISO 3166 code such as US"
        raise PermanentError(message)
    session.execute(
        """
        INSERT INTO platform.tenant (tenant_id, slug, name, time_zone, currency_code, country_code)
        VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (slug) DO NOTHING
        """,
        (uuid.uuid4(), slug, name, time_zone, currency_code, country_code),
    )
    tenant = find_tenant(session, slug)
    wanted = (name, time_zone, currency_code, country_code)
    if (tenant.name, tenant.time_zone, tenant.currency_code, tenant.country_code) != wanted:
        message = f"tenant slug {slug!r} is taken by {tenant.name!r}: choose another slug"
        raise PermanentError(message)
    return tenant


def list_tenants(session: PlatformSession, *, active_only: bool = False) -> list[Tenant]:
    """Return tenants ordered by slug."""
    condition = "WHERE status = 'active'" if active_only else ""
    with session.cursor(row_factory=class_row(Tenant)) as cursor:
        cursor.execute(
            f"SELECT {_TENANT_COLUMNS} FROM platform.tenant {condition} ORDER BY slug"  # noqa: S608
        )
        return cursor.fetchall()


def find_tenant(session: PlatformSession, slug: str) -> Tenant:
    """Return the tenant called `slug`.

    Raises:
        UnknownTenant: There is none.
    """
    with session.cursor(row_factory=class_row(Tenant)) as cursor:
        cursor.execute(
            f"SELECT {_TENANT_COLUMNS} FROM platform.tenant WHERE slug = %s",  # noqa: S608
            (slug,),
        )
        tenant = cursor.fetchone()
    if tenant is None:
        message = f"there is no tenant {slug!r}: `ordernimbus tenants list` shows those there are"
        raise UnknownTenant(message)
    return tenant


def set_tenant_status(session: PlatformSession, slug: str, status: str) -> Tenant:
    """Suspend or resume a tenant and return it.

    Raises:
        UnknownTenant: There is no such tenant.
    """
    session.execute("UPDATE platform.tenant SET status = %s WHERE slug = %s", (status, slug))
    return find_tenant(session, slug)


def add_member(session: PlatformSession, tenant: Tenant, subject: str) -> None:
    """Let the identity `subject` act for `tenant`; repeating it changes nothing."""
    session.execute(
        """
        INSERT INTO platform.membership (tenant_id, subject) VALUES (%s, %s)
        ON CONFLICT (tenant_id, subject) DO NOTHING
        """,
        (tenant.tenant_id, subject),
    )


def tenants_of_subject(session: PlatformSession, subject: str) -> list[Tenant]:
    """Return the tenants that `subject` may act for, ordered by slug."""
    with session.cursor(row_factory=class_row(Tenant)) as cursor:
        cursor.execute(
            f"""
            SELECT {_TENANT_COLUMNS} FROM platform.tenant
            WHERE tenant_id IN (SELECT tenant_id FROM platform.membership WHERE subject = %s)
            ORDER BY slug
            """,  # noqa: S608
            (subject,),
        )
        return cursor.fetchall()
