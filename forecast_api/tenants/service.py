"""Decides which tenant a caller acts for, from memberships that only the server can write.

What belongs here: choosing among memberships, remembering them for a few seconds.
What stays out: proving who the caller is (`identity/`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from forecast_api.problems import BadRequest, Forbidden, NotFound
from forecast_api.tenants.repository import Membership, memberships_of_subject
from ordernimbus.database.sessions import Database

_MOST_REMEMBERED = 10_000


class MembershipDirectory:
    """Memberships by subject, believed for `ttl_seconds`."""

    def __init__(
        self,
        database: Database,
        *,
        ttl_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._ttl_seconds = ttl_seconds
        self._clock = clock
        self._remembered: dict[str, tuple[float, list[Membership]]] = {}
        self._lock = threading.Lock()

    def memberships(self, subject: str) -> list[Membership]:
        """Return what `subject` may act for, ordered by the tenants' short names."""
        now = self._clock()
        with self._lock:
            good_until, known = self._remembered.get(subject, (now, []))
        if good_until > now:
            return known
        with self._database.platform_session(subject=subject) as session:
            found = memberships_of_subject(session, subject)
        with self._lock:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[subject] = (now + self._ttl_seconds, found)
        return found

    def choose(self, subject: str, slug: str | None) -> Membership:
        """Return the membership that a request is made under.

        Args:
            subject: Identity from a verified access token.
            slug: The tenant's short name from the request, if it names one.

        Raises:
            NotFound: No tenant of that name has this subject as a member, whether or not there is
                such a tenant.
            BadRequest: The subject has several tenants and the request names none.
            Forbidden: The subject has no tenant at all.
            TenantSuspended: The tenant's work is suspended.
        """
        memberships = self.memberships(subject)
        if slug is not None:
            memberships = [item for item in memberships if item.tenant.slug == slug]
            if not memberships:
                detail = f"there is no tenant {slug!r} for you: GET /v1/tenants lists yours"
                raise NotFound("tenant_not_found", detail)
        if not memberships:
            detail = "your login belongs to no account yet: ask the account's owner to add you"
            raise Forbidden("no_tenant", detail)
        if len(memberships) > 1:
            detail = "you belong to several tenants: name one in the X-Tenant header"
            raise BadRequest("tenant_required", detail)
        memberships[0].tenant.require_active()
        return memberships[0]
