"""POST /v1/token and the JWKS: added only where the local issuer is configured (development)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from forecast_api.caller import ServicesDependency
from forecast_api.errors import problem_responses
from forecast_api.identity.local_issuer import TOKEN_LIFETIME_SECONDS, LocalIssuer
from forecast_api.services import Services

router = APIRouter(tags=["login (development)"])

_FormText = Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class Token(BaseModel):
    """An access token; send it as `Authorization: Bearer …`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"access_token": "eyJ…", "token_type": "Bearer", "expires_in": 3600}]
        }
    )

    access_token: str
    token_type: str = "Bearer"  # noqa: S105
    expires_in: int = Field(description="Seconds that the token is valid for.")


@router.post("/v1/token", summary="Log in", responses=problem_responses(400, 401, 413, 422, 429))
def issue_token(
    services: ServicesDependency,
    username: Annotated[_FormText, Form(description="E-mail address.")],
    password: Annotated[_FormText, Form()],
    grant_type: Annotated[str, Form(pattern="^password$")] = "password",
) -> Token:
    """Exists in development only; in production an identity provider issues tokens."""
    del grant_type
    token = _issuer(services).log_in(username, password)
    return Token(access_token=token, expires_in=TOKEN_LIFETIME_SECONDS)


@router.get("/v1/.well-known/jwks.json", summary="Read the local issuer's public keys")
def read_key_set(services: ServicesDependency) -> dict[str, Any]:
    """The keys that access tokens are checked with (RFC 7517)."""
    return dict(_issuer(services).key_set())


def _issuer(services: Services) -> LocalIssuer:
    assert services.local_issuer is not None, "the router is added only with one"  # noqa: S101
    return services.local_issuer
