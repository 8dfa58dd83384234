"""Nothing of one tenant can be seen, or told apart from nothing, by another."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.contract.forecast_api.operations import Names, Operation, call, operations
from tests.forecast_api_world import World

# What a good call of each operation answers: the positive control. An operation that is missing
# here fails `test_every_operation_is_probed`.
CONTROLS = {
    "GET /v1/tenants": 200,
    "GET /v1/series": 200,
    "GET /v1/locations": 200,
    "GET /v1/series/{series_id}": 200,
    "GET /v1/forecasts": 200,
    "GET /v1/forecasts.csv": 200,
    "GET /v1/accuracy": 200,
    "POST /v1/uploads": 202,
    "GET /v1/uploads": 200,
    "GET /v1/uploads/{upload_id}": 200,
    "GET /v1/uploads/{upload_id}/errors": 200,
    "GET /v1/uploads/{upload_id}/rejects.csv": 200,
}
BY_NAME = [operation for operation in CONTROLS if "{" in operation]
WITH_SERIES_PARAMETER = ["GET /v1/forecasts", "GET /v1/forecasts.csv", "GET /v1/accuracy"]
LISTS = ["GET /v1/series", "GET /v1/forecasts", "GET /v1/accuracy", "GET /v1/uploads"]


@pytest.fixture(scope="module")
def alphas(world: World) -> Names:
    """Give identifiers that belong to `alpha`: a series and an upload with rejected rows."""
    tenant = world.platform.add_tenant("alpha")
    world.upload("alice", b"another,file\n")
    upload_id = world.upload("alice", b"date,sku\nonly,alpha\n", "secret-alpha.csv").json()
    error = {"row": 2, "column": "date", "value": "only", "code": "bad_date", "message": "alpha"}
    world.finish_upload(tenant, upload_id["upload_id"], [error, error], b"row\nsecret-alpha\n")
    return Names("A-MUG@north", upload_id["upload_id"])


def _operation(text: str) -> Operation:
    method, template = text.split(" ")
    return Operation(method, template)


def test_every_operation_is_probed(world: World) -> None:
    assert {str(operation) for operation in operations(world)} == set(CONTROLS)


@pytest.mark.parametrize("text", CONTROLS)
def test_owner_reaches_every_operation(world: World, alphas: Names, text: str) -> None:
    answer = call(world, _operation(text), alphas, world.headers("alice"))

    assert answer.status_code in {CONTROLS[text], 200}


@pytest.mark.parametrize("text", BY_NAME)
def test_anothers_identifier_looks_like_one_that_does_not_exist(
    world: World, alphas: Names, text: str
) -> None:
    nothing = Names("Q-MUG@north", alphas.upload_id[:-1] + "0")

    foreign = call(world, _operation(text), alphas, world.headers("bob"))
    missing = call(world, _operation(text), nothing, world.headers("bob"))

    assert foreign.status_code == missing.status_code == 404
    assert foreign.json()["code"] == missing.json()["code"]


@pytest.mark.parametrize("text", WITH_SERIES_PARAMETER)
def test_anothers_series_as_a_parameter_is_not_found(
    world: World, alphas: Names, text: str
) -> None:
    asked = Names(alphas.series_id, alphas.upload_id, {"series_id": alphas.series_id})

    answer = call(world, _operation(text), asked, world.headers("bob"))

    assert (answer.status_code, answer.json()["code"]) == (404, "series_not_found")


@pytest.mark.parametrize("text", CONTROLS)
def test_no_answer_names_anything_of_another_tenant(world: World, alphas: Names, text: str) -> None:
    if text in BY_NAME:
        alphas = Names("B-MUG@north", alphas.upload_id)

    answer = call(world, _operation(text), alphas, world.headers("bob"))

    told = answer.text.replace(alphas.upload_id, "")
    assert "alpha" not in told
    assert "A-MUG" not in told


@pytest.mark.parametrize("text", [text for text in CONTROLS if text != "GET /v1/tenants"])
def test_a_tenant_one_is_no_member_of_looks_like_none(
    world: World, alphas: Names, text: str
) -> None:
    foreign = call(world, _operation(text), alphas, world.headers("bob", "alpha"))
    missing = call(world, _operation(text), alphas, world.headers("bob", "nobody"))

    assert foreign.status_code == missing.status_code == 404
    assert _generic(foreign, "alpha") == _generic(missing, "nobody")


def _generic(answer: httpx.Response, slug: str) -> dict[str, Any]:
    body = {name: value for name, value in answer.json().items() if name != "instance"}
    return body | {"detail": body["detail"].replace(slug, "…")}


@pytest.mark.parametrize("text", LISTS)
def test_cursor_of_another_tenant_is_refused(world: World, alphas: Names, text: str) -> None:
    first = Names(alphas.series_id, alphas.upload_id, {"limit": 1})
    cursor = call(world, _operation(text), first, world.headers("alice")).json()["next_cursor"]

    stolen = Names(alphas.series_id, alphas.upload_id, {"limit": 1, "cursor": cursor})
    answer = call(world, _operation(text), stolen, world.headers("bob"))

    assert cursor is not None
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize("text", LISTS)
@pytest.mark.parametrize("cursor", ["x", "!!", "AAAA", "bnVsbA", "WzEsIngiXQ", "é", "W" * 3000])
def test_malformed_cursor_is_refused(world: World, alphas: Names, text: str, cursor: str) -> None:
    asked = Names(alphas.series_id, alphas.upload_id, {"cursor": cursor})

    answer = call(world, _operation(text), asked, world.headers("alice"))

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


def test_cursor_of_other_filters_is_refused(world: World) -> None:
    cursor = world.get("/v1/series", "alice", limit=1).json()["next_cursor"]

    answer = world.get("/v1/series", "alice", limit=1, cursor=cursor, location="north")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


def test_same_address_gives_each_tenant_its_own_and_may_not_be_stored(world: World) -> None:
    first = world.get("/v1/forecasts", "alice")
    second = world.get("/v1/forecasts", "bob")

    assert first.json()["items"] != second.json()["items"]
    assert first.headers["cache-control"] == second.headers["cache-control"] == "no-store"
    assert "Authorization" in first.headers["vary"]


def test_two_tenants_with_the_same_series_read_their_own(world: World) -> None:
    other = world.tenant("twin", "tina")
    with world.pipeline.tenant_session(other.tenant_id) as session:
        session.execute(
            "INSERT INTO serving.series SELECT * FROM (VALUES (%s::uuid, 'A-MUG@north',"
            " gen_random_uuid(), 'A-MUG', 'A-MUG', 'Twin mug', null, 'north', 'smooth',"
            " date '2026-01-01', date '2026-01-02', 2, 1.0, date '2026-01-01', '{1,1}'::real[])"
            ") AS twin",
            (other.tenant_id,),
        )

    assert world.get("/v1/series/A-MUG@north", "tina").json()["product_title"] == "Twin mug"
    assert world.get("/v1/series/A-MUG@north", "alice").json()["product_title"] == "Blue mug"
