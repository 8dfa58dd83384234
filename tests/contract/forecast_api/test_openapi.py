"""What the API says about itself, and whether it keeps to it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok

from tests.forecast_api_world import World

SNAPSHOT = Path(__file__).with_name("openapi.json")
_UPDATE = "UPDATE_OPENAPI_SNAPSHOT"
_EXAMPLES_PER_OPERATION = 15


def _document(world: World) -> dict[str, Any]:
    return dict(world.client.get("/v1/openapi.json").json())


def test_document_is_the_one_that_was_agreed(world: World) -> None:
    """Write a new snapshot with `UPDATE_OPENAPI_SNAPSHOT=1`; its diff is what callers will see."""
    document = _document(world)
    if os.environ.get(_UPDATE):
        SNAPSHOT.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")

    assert document == json.loads(SNAPSHOT.read_text())


def test_every_operation_declares_summary_and_refusals(world: World) -> None:
    lacking = [
        f"{method} {path}"
        for path, methods in _document(world)["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/v1/")
        and path != "/v1/.well-known/jwks.json"
        and not (operation.get("summary") and {"401", "422"} <= set(operation["responses"]))
    ]

    assert lacking == []


def test_every_refusal_is_declared_as_a_problem(world: World) -> None:
    media_types = {
        media_type
        for methods in _document(world)["paths"].values()
        for operation in methods.values()
        for status, response in operation["responses"].items()
        if not status.startswith("2")
        for media_type in response["content"]
    }

    assert media_types == {"application/problem+json"}


def test_generated_requests_never_break_the_server(world: World) -> None:
    schema = schemathesis.openapi.from_dict(_document(world))
    every = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    headers = world.headers("alice", "alpha")
    broken: list[str] = []

    for operation in every:
        _probe(world, operation, headers, broken)

    assert len(every) >= 14
    assert broken == []


def _probe(
    world: World,
    operation: schemathesis.APIOperation[Any, Any, Any, Any],
    headers: dict[str, str],
    broken: list[str],
) -> None:
    cases = st.one_of(operation.as_strategy(), operation.as_strategy(generation_mode=_NEGATIVE))

    @settings(
        max_examples=_EXAMPLES_PER_OPERATION,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def send(case: schemathesis.Case[Any]) -> None:
        answer = _send(world, case, headers)
        declared = set(operation.definition.raw["responses"])
        if answer.status_code >= 500 or str(answer.status_code) not in declared | {"405"}:
            broken.append(f"{answer.status_code} {case.as_curl_command()}")

    send()


def _send(world: World, case: schemathesis.Case[Any], headers: dict[str, str]) -> httpx.Response:
    prepared = requests.Request(
        **case.as_transport_kwargs(base_url="http://testserver", headers=headers)
    ).prepare()
    answer: httpx.Response = world.client.request(
        prepared.method or "GET",
        prepared.url or "",
        content=prepared.body,
        headers={
            name: value.encode("latin-1", "replace") if isinstance(value, str) else value
            for name, value in prepared.headers.items()
        },
    )
    return answer


_NEGATIVE = schemathesis.GenerationMode.NEGATIVE


@pytest.mark.parametrize("path", ["/", "/docs", "/assets/app.js", "/metrics"])
def test_paths_for_browsers_and_operators_are_not_part_of_it(world: World, path: str) -> None:
    assert world.client.get(path).status_code == 200
    assert path not in _document(world)["paths"]
