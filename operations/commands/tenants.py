"""Commands about the tenant registry.

What belongs here: arguments and words. What stays out: the rules (`ordernimbus.tenancy`).
"""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from operations.commands.stack import AsJson
from operations.connections import Connections, open_platform
from ordernimbus import tenancy
from ordernimbus.errors import ConfigurationError
from ordernimbus.tenancy import Tenant

Slug = Annotated[str, typer.Argument(help="Short name, for example acorn-shop.")]

app = typer.Typer(help="Add, list, suspend and resume tenants.", no_args_is_help=True)


@app.command()
def add(
    slug: Slug,
    name: Annotated[str | None, typer.Option(help="Name for people; the slug if left out.")] = None,
    time_zone: Annotated[str, typer.Option(help="IANA zone of its business days.")] = "UTC",
    currency: Annotated[str, typer.Option(help="ISO 4217 code of its money.")] = "USD",
    country: Annotated[str | None, typer.Option(help="ISO 3166 code for its holidays.")] = None,
    member: Annotated[
        list[str] | None, typer.Option(help="Subject of a user who may act for it; repeatable.")
    ] = None,
    login: Annotated[
        list[str] | None,
        typer.Option(help="E-mail of a local user who may act for it, made if new; repeatable."),
    ] = None,
) -> None:
    """Register a tenant; repeating the same command changes nothing."""
    with open_platform() as platform:
        with platform.database.platform_session() as session:
            tenant = tenancy.add_tenant(
                session,
                slug=slug,
                name=name or slug,
                time_zone=time_zone,
                currency_code=currency,
                country_code=country,
            )
        subjects = [*(member or []), *(_local_user(platform, email) for email in login or [])]
        with platform.database.platform_session() as session:
            for subject in subjects:
                tenancy.add_member(session, tenant, subject)
    typer.echo(f"Tenant {tenant.slug} is registered ({tenant.tenant_id}).")


@app.command("list")
def list_all(as_json: AsJson = False) -> None:  # noqa: FBT002
    """List every tenant."""
    with open_platform() as platform, platform.database.platform_session() as session:
        tenants = tenancy.list_tenants(session)
    if as_json:
        typer.echo(json.dumps([_document(tenant) for tenant in tenants], indent=2))
        return
    table = Table("Tenant", "Name", "State", "Time zone", "Currency")
    for tenant in tenants:
        facts = (tenant.slug, tenant.name, tenant.status, tenant.time_zone, tenant.currency_code)
        table.add_row(*facts)
    Console().print(table)


@app.command()
def suspend(slug: Slug) -> None:
    """Stop all work for a tenant; its data stays."""
    _set_status(slug, "suspended")


@app.command()
def resume(slug: Slug) -> None:
    """Take a suspended tenant's work up again."""
    _set_status(slug, "active")


def _local_user(platform: Connections, email: str) -> str:
    """Return the subject of a local user; a new one's password is told now and never again."""
    if platform.identity is None:
        message = (
            f"no user {email!r} can be made here: users live in your identity provider; "
            "name the user's subject with --member"
        )
        raise ConfigurationError(message)
    subject, password = platform.identity.find_or_create_user(email)
    if password is None:
        typer.echo(f"Login {email} exists and keeps its password.")
    else:
        typer.echo(f"Login {email}, password {password} (shown only now)")
    return subject


def _set_status(slug: str, status: str) -> None:
    with open_platform() as platform, platform.database.platform_session() as session:
        tenant = tenancy.set_tenant_status(session, slug, status)
    typer.echo(f"Tenant {tenant.slug} is {tenant.status}.")


def _document(tenant: Tenant) -> dict[str, Any]:
    return {
        "tenant_id": str(tenant.tenant_id),
        "slug": tenant.slug,
        "name": tenant.name,
        "status": tenant.status,
        "time_zone": tenant.time_zone,
        "currency_code": tenant.currency_code,
        "country_code": tenant.country_code,
    }
