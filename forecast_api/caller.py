"""Who makes a request and for which tenant: the dependency that every tenant operation starts with.

What belongs here: reading the two headers and handing over to identity and tenants.
What stays out: how tokens are checked (`identity/`), how a tenant is chosen (`tenants/`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from forecast_api.problems import Forbidden, Unauthenticated
from forecast_api.services import Services
from ordernimbus.tenancy import Tenant

_bearer = HTTPBearer(
    auto_error=False,
    bearerFormat="JWT",
    description="RS256 access token. In development: POST /v1/token.",
)


@dataclass(frozen=True)
class Caller:
    """A proved identity acting for one active tenant."""

    subject: str
    tenant: Tenant
    member_role: str

    def require_writer(self) -> Caller:
        """Return this caller, or refuse one who may only read.

        Raises:
            Forbidden: The caller is a viewer.
        """
        if self.member_role != "merchant":
            detail = "your membership lets you read only: ask the account's owner for more"
            raise Forbidden("read_only_member", detail)
        return self


async def services_of(request: Request) -> Services:
    """Return the process's shared parts."""
    services: Services = request.app.state.services
    return services


ServicesDependency = Annotated[Services, Depends(services_of)]


def current_subject(
    request: Request,
    services: ServicesDependency,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> str:
    """Return the identity that the request's access token proves.

    Raises:
        Unauthenticated: There is no valid access token.
    """
    if credentials is None:
        detail = "send `Authorization: Bearer <token>` with a valid access token of this service"
        raise Unauthenticated("token_missing", detail)
    subject = services.verifier.subject(credentials.credentials)
    request.state.subject = subject
    return subject


SubjectDependency = Annotated[str, Depends(current_subject)]


def current_caller(
    request: Request,
    services: ServicesDependency,
    subject: SubjectDependency,
    x_tenant: Annotated[
        str | None,
        Header(
            max_length=100,
            description="Short name of the tenant to act for; needed where you have several.",
            examples=["corner-grocer"],
        ),
    ] = None,
) -> Caller:
    """Return the caller and the tenant that the request is made for."""
    membership = services.memberships.choose(subject, x_tenant)
    request.state.tenant = membership.tenant.slug
    return Caller(subject, membership.tenant, membership.member_role)


CallerDependency = Annotated[Caller, Depends(current_caller)]
