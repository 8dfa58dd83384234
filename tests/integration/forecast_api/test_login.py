from __future__ import annotations

from dataclasses import replace

import httpx
from fastapi.testclient import TestClient

from forecast_api.app import create_app
from ordernimbus.settings import IdentitySettings
from tests.forecast_api_world import CLIENT_ID, ISSUER, World


def _log_in(world: World, username: str, password: str) -> httpx.Response:
    form = {"grant_type": "password", "username": username, "password": password}
    answer: httpx.Response = world.client.post("/v1/token", data=form)
    return answer


def test_password_gives_a_token_that_opens_the_tenant(world: World) -> None:
    password = world.identity.create_user("zoe@shop.example")
    world.tenant("zoes", world.identity.subject_of("zoe@shop.example") or "")

    answer = _log_in(world, "Zoe@shop.example", password)

    token = answer.json()["access_token"]
    tenants = world.client.get("/v1/tenants", headers={"Authorization": f"Bearer {token}"})
    assert [item["tenant"] for item in tenants.json()["items"]] == ["zoes"]
    assert answer.headers["cache-control"] == "no-store"


def test_wrong_password_and_unknown_user_look_the_same(world: World) -> None:
    world.identity.create_user("yan@shop.example")

    wrong = _log_in(world, "yan@shop.example", "guess")
    unknown = _log_in(world, "nobody@shop.example", "guess")

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json()["detail"] == unknown.json()["detail"]


def test_guessing_is_stopped_even_for_the_right_password(world: World) -> None:
    password = world.identity.create_user("xena@shop.example")
    for _ in range(5):
        _log_in(world, "xena@shop.example", "guess")

    answer = _log_in(world, "xena@shop.example", password)

    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_logins")
    assert int(answer.headers["retry-after"]) > 0


def test_public_keys_are_served_without_the_private_part(world: World) -> None:
    (key,) = world.client.get("/v1/.well-known/jwks.json").json()["keys"]

    assert key["alg"] == "RS256"
    assert not {"d", "p", "q"} & set(key)


def test_with_an_identity_provider_there_is_no_token_endpoint(world: World) -> None:
    identity = IdentitySettings(
        issuer=ISSUER, jwks_url="https://identity.test/jwks.json", client_ids=(CLIENT_ID,)
    )

    with TestClient(create_app(replace(world.settings, identity=identity))) as client:
        answers = [client.post("/v1/token"), client.get("/v1/.well-known/jwks.json")]

    assert [answer.status_code for answer in answers] == [404, 404]
