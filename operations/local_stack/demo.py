"""Two demo tenants, made once: registered, given a user each, and sent their sales files.

What belongs here: who the demo tenants are and landing their files. Every step may be repeated, so
that a start which was interrupted is simply continued.
What stays out: how their sales come about (`simulator`) and what happens to the files (Dagster).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from operations.local_stack.background import BackgroundStep
from operations.local_stack.environment import StackAddress
from operations.local_stack.state import StateFolder, read_json, write_private_json
from ordernimbus.database.sessions import Database
from ordernimbus.landing import land_file
from ordernimbus.local_identity import LocalIdentity
from ordernimbus.settings import UploadSettings
from ordernimbus.storage import ObjectStore
from ordernimbus.tenancy import Tenant, add_member, add_tenant


@dataclass(frozen=True)
class DemoTenant:
    """One demo merchant.

    Attributes:
        scenario: Name of its simulation.
        email: Its user's name.
    """

    slug: str
    name: str
    time_zone: str
    currency_code: str
    country_code: str
    scenario: str
    email: str


DEMO_TENANTS = (
    DemoTenant(
        slug="corner-grocer",
        name="Corner Grocer",
        time_zone="America/Chicago",
        currency_code="USD",
        country_code="US",
        scenario="corner_grocer",
        email="owner@corner-grocer.example",
    ),
    DemoTenant(
        slug="shopify-merchant",
        name="Shopify Merchant",
        time_zone="Europe/Amsterdam",
        currency_code="EUR",
        country_code="NL",
        scenario="shopify_merchant",
        email="owner@shopify-merchant.example",
    ),
)


def register(database: Database, state: StateFolder) -> dict[str, Tenant]:
    """Register the demo tenants and their users; what exists is left alone.

    Args:
        database: With the platform role.
        state: Where users and their passwords are kept.

    Returns:
        The tenants by slug.
    """
    identity = LocalIdentity(state.identity)
    identity.prepare()
    tenants = {}
    for demo in DEMO_TENANTS:
        subject = _ensure_user(identity, state, demo.email)
        with database.platform_session() as session:
            tenant = add_tenant(
                session,
                slug=demo.slug,
                name=demo.name,
                time_zone=demo.time_zone,
                currency_code=demo.currency_code,
                country_code=demo.country_code,
            )
            add_member(session, tenant, subject)
        tenants[demo.slug] = tenant
    return tenants


def credentials(state: StateFolder) -> dict[str, str]:
    """Return the demo users' passwords by e-mail address."""
    known = read_json(state.demo_credentials) or {}
    return {email: str(password) for email, password in known.items()}


def has_uploads(database: Database, tenant: Tenant) -> bool:
    """Return whether any file of the tenant was landed before."""
    with database.tenant_read_session(tenant.tenant_id) as session:
        return session.execute("SELECT 1 FROM core.upload LIMIT 1").fetchone() is not None


def simulation(address: StackAddress, demo: DemoTenant, last_day: date) -> BackgroundStep:
    """Start writing a demo tenant's sales files up to `last_day`; their paths are its output."""
    command = [
        *(sys.executable, "-m", "simulator", demo.scenario),
        *("--output-dir", str(address.state.demo / demo.slug)),
        *("--end-date", last_day.isoformat()),
    ]
    return BackgroundStep(f"simulated sales of {demo.slug!r}", command, address.base())


def unlanded(state: StateFolder, slug: str) -> list[Path]:
    """Return the files whose landing began but was interrupted; empty where none was."""
    noted = read_json(_landing_note(state, slug)) or {"files": []}
    return [Path(path) for path in noted["files"]]


def land(
    database: Database,
    store: ObjectStore,
    state: StateFolder,
    tenant: Tenant,
    files: Sequence[Path],
) -> None:
    """Land a tenant's files in their order; the same file again changes nothing.

    A note of the files stands until the last one is landed, so that `unlanded` finds the rest.
    """
    note = _landing_note(state, tenant.slug)
    write_private_json(note, {"files": [str(path) for path in files]})
    max_bytes = UploadSettings().max_bytes
    for path in files:
        with path.open("rb") as stream:
            land_file(
                database, store, tenant, file_name=path.name, stream=stream, max_bytes=max_bytes
            )
    note.unlink()


def _landing_note(state: StateFolder, slug: str) -> Path:
    return state.demo / f"{slug}.landing.json"


def _ensure_user(identity: LocalIdentity, state: StateFolder, email: str) -> str:
    """Return the user's subject, making sure that its password is on record."""
    known = credentials(state)
    subject = identity.subject_of(email)
    if subject is None or email not in known:
        is_new = subject is None
        password = identity.create_user(email) if is_new else identity.renew_password(email)
        write_private_json(state.demo_credentials, {**known, email: password})
        subject = identity.subject_of(email)
    assert subject is not None, "the user was created or found above"  # noqa: S101
    return subject
