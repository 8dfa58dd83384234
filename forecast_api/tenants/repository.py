"""Reads a subject's memberships, as far as row-level security shows them."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg.rows import dict_row

from ordernimbus.database.sessions import PlatformSession
from ordernimbus.tenancy import Tenant


@dataclass(frozen=True)
class Membership:
    """One tenant and what the subject may do there.

    Attributes:
        member_role: `merchant` (reads and uploads) or `viewer` (reads).
    """

    tenant: Tenant
    member_role: str


def memberships_of_subject(session: PlatformSession, subject: str) -> list[Membership]:
    """Return the memberships of `subject`, ordered by the tenants' short names.

    Args:
        session: A platform session opened for the same subject.
        subject: Identity from a verified access token.
    """
    with session.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            """
            SELECT
                t.tenant_id, t.slug, t.name, t.time_zone, t.currency_code, t.country_code,
                t.status, t.accepts_partial_files, m.member_role
            FROM platform.membership AS m
            INNER JOIN platform.tenant AS t ON m.tenant_id = t.tenant_id
            WHERE m.subject = %s
            ORDER BY t.slug
            """,
            (subject,),
        )
        rows = cursor.fetchall()
    return [Membership(member_role=row.pop("member_role"), tenant=Tenant(**row)) for row in rows]
