"""Every operation the API declares, and how to call it: taken from its own OpenAPI document.

What belongs here: listing and filling in. What stays out: what the answers should be.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.forecast_api_world import World

# Operations that must answer without a token; each is asserted in the tests that use the list.
OPEN_OPERATIONS = frozenset(
    {
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("POST", "/v1/token"),
        ("GET", "/v1/.well-known/jwks.json"),
    }
)


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    template: str

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


@dataclass(frozen=True)
class Names:
    """Identifiers that belong to one tenant, by the parameter that carries them."""

    series_id: str
    upload_id: str
    parameters: dict[str, Any] = field(default_factory=dict)

    def path(self, operation: Operation) -> str:
        return operation.template.format(series_id=self.series_id, upload_id=self.upload_id)


def operations(world: World) -> list[Operation]:
    """Return every declared operation but the open ones."""
    document = world.client.get("/v1/openapi.json").json()
    declared = [
        Operation(method.upper(), template)
        for template, methods in document["paths"].items()
        for method in methods
    ]
    return [item for item in declared if (item.method, item.template) not in OPEN_OPERATIONS]


def call(
    world: World, operation: Operation, names: Names, headers: dict[str, str]
) -> httpx.Response:
    """Send a request that is good but for its headers and identifiers."""
    files = {"file": ("probe.csv", b"date,sku\n2026-11-01,probe\n")}
    answer: httpx.Response = world.client.request(
        operation.method,
        names.path(operation),
        params=names.parameters,
        headers=headers,
        files=files if operation.method == "POST" else None,
    )
    return answer
