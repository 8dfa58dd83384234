"""What holds for every request: refusals, readiness, headers, logs, metrics."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

import psycopg
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from forecast_api import health
from forecast_api.app import create_app
from forecast_api.series import repository
from ordernimbus.errors import TransientError
from ordernimbus.tenancy import set_tenant_status
from tests.forecast_api_world import World


def test_unknown_path_is_a_problem(world: World) -> None:
    answer = world.client.get("/v1/nothing")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "no_such_path"


def test_wrong_method_is_a_problem_that_names_the_right_ones(world: World) -> None:
    answer = world.client.delete("/v1/series")

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET"


def test_malformed_value_is_named(world: World) -> None:
    answer = world.get("/v1/series", "alice", limit="many")

    assert answer.json()["errors"] == [
        {
            "location": "query.limit",
            "message": "Input should be a valid integer, unable to parse string as an integer",
        }
    ]


@pytest.mark.parametrize("is_declared", [True, False])
def test_large_body_is_refused_where_no_upload_is_expected(world: World, is_declared: bool) -> None:
    content = b"username=" + b"x" * 100_000
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = world.client.post(
        "/v1/token", content=content if is_declared else iter([content]), headers=headers
    )

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_unforeseen_error_tells_nothing_but_the_request(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> NoReturn:
        message = "secret inner state"
        raise RuntimeError(message)

    monkeypatch.setattr(repository, "list_locations", fail)

    answer = world.get("/v1/locations", "alice")

    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert "secret" not in answer.text
    assert answer.json()["instance"].endswith(answer.headers["x-request-id"])
    assert answer.headers["cache-control"] == "no-store"


def test_statement_that_runs_out_of_time_asks_to_try_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dawdle(session: psycopg.Connection) -> list[str]:
        session.execute("SET LOCAL statement_timeout = '50ms'")
        session.execute("SELECT pg_sleep(5)")
        return []

    monkeypatch.setattr(repository, "list_locations", dawdle)

    with capture_logs() as lines:
        answer = world.get("/v1/locations", "alice")

    assert (answer.status_code, answer.json()["code"]) == (503, "temporarily_unavailable")
    assert answer.headers["retry-after"] == "5"
    (line,) = (line for line in lines if line["event"] == "unavailable")
    assert "statement timeout" in line["cause"]
    assert world.get("/v1/series", "alice").status_code == 200


def test_without_a_database_the_process_lives_but_is_not_ready(world: World) -> None:
    away = SecretStr("postgresql://ordernimbus_api:x@127.0.0.1:1/ordernimbus?connect_timeout=1")
    database = world.settings.database.model_copy(
        update={"url": away, "acquire_timeout_seconds": 0.2}
    )
    app = create_app(replace(world.settings, database=database))

    with TestClient(app, raise_server_exceptions=False) as client:
        alive = client.get("/healthz")
        ready = client.get("/readyz")
        asked = client.get("/v1/series", headers=world.headers("alice"))

    assert alive.status_code == 200
    assert (ready.status_code, ready.json()["code"]) == (503, "temporarily_unavailable")
    assert asked.status_code == 503
    assert "127.0.0.1" not in asked.text


def test_ready_with_the_database_it_needs(world: World) -> None:
    assert world.client.get("/readyz").json() == {"status": "ok"}


def test_ready_with_a_schema_newer_than_this_code(world: World) -> None:
    _set_revision(world, "9999_from_the_future")
    try:
        answer = world.client.get("/readyz")
    finally:
        _set_revision(world, health.NEEDED_REVISION)

    assert answer.status_code == 200


def test_not_ready_before_the_first_migration(world: World) -> None:
    with world.platform.administrator() as connection:
        connection.execute("DELETE FROM alembic_version")
    try:
        with pytest.raises(TransientError, match="ordernimbus migrate"):
            health.require_usable_schema(world.platform.database("api"), health.NEEDED_REVISION)
        answer = world.client.get("/readyz")
    finally:
        with world.platform.administrator() as connection:
            connection.execute("INSERT INTO alembic_version VALUES (%s)", (health.NEEDED_REVISION,))

    assert answer.status_code == 503


def _set_revision(world: World, revision: str) -> None:
    with world.platform.administrator() as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (revision,))


def test_metrics_count_by_route_template_and_name_no_tenant(world: World) -> None:
    world.get("/v1/series/A-MUG@north", "alice", q="alpha-secret")

    text = world.client.get("/metrics").text

    assert (
        'ordernimbus_api_requests_total{method="GET",route="/v1/series/{series_id:path}"'
        ',status="200"}'
    ) in text
    assert "A-MUG" not in text
    assert "alpha" not in text


def test_metrics_of_invented_methods_and_paths_share_a_label(world: World) -> None:
    world.client.request("BREW", "/v1/coffee")

    text = world.client.get("/metrics").text

    assert 'route="unmatched"' in text
    assert "BREW" not in text
    assert "coffee" not in text


def test_log_line_carries_tenant_and_request(world: World) -> None:
    headers = world.headers("alice") | {"X-Request-Id": "request-0001"}

    with capture_logs(processors=[merge_contextvars]) as lines:
        answer = world.client.get("/v1/locations", headers=headers)

    assert answer.headers["x-request-id"] == "request-0001"
    (line,) = (line for line in lines if line["event"] == "request")
    assert (line["tenant"], line["request_id"]) == ("alpha", "request-0001")


def test_request_identifier_that_is_no_identifier_is_replaced(world: World) -> None:
    answer = world.client.get("/healthz", headers={"X-Request-Id": "a b\tc"})

    assert " " not in answer.headers["x-request-id"]


def test_page_may_run_no_script_but_its_own(world: World) -> None:
    policy = world.client.get("/").headers["content-security-policy"]

    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy


def test_chart_library_is_compressed_and_kept_for_good(world: World) -> None:
    answer = world.client.get("/assets/plotly.min.js")

    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert int(answer.headers["content-length"]) < 2_000_000


def test_unchanged_asset_is_not_sent_again(world: World) -> None:
    tag = world.client.get("/assets/app.js").headers["etag"]

    answer = world.client.get("/assets/app.js", headers={"If-None-Match": tag})

    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize("name", ["nothing.js", "..%2fendpoints.py", "__init__.py"])
def test_only_listed_assets_can_be_read(world: World, name: str) -> None:
    assert world.client.get(f"/assets/{name}").status_code == 404


def test_suspended_tenant_is_refused_but_still_listed(world: World) -> None:
    world.tenant("paused", "paula")
    with world.platform.database("platform").platform_session() as session:
        set_tenant_status(session, "paused", "suspended")

    answer = world.get("/v1/series", "paula")

    assert (answer.status_code, answer.json()["code"]) == (403, "tenant_suspended")
    assert world.get("/v1/tenants", "paula").json()["items"][0]["is_active"] is False


def test_caller_with_several_tenants_must_name_one(world: World) -> None:
    answer = world.get("/v1/series", "carol")

    assert (answer.status_code, answer.json()["code"]) == (400, "tenant_required")


def test_named_tenant_decides_what_a_caller_with_several_sees(world: World) -> None:
    answer = world.client.get("/v1/series", headers=world.headers("carol", "beta"))

    assert {item["series_id"][0] for item in answer.json()["items"]} == {"B"}


def test_caller_without_a_tenant_is_told_so(world: World) -> None:
    answer = world.get("/v1/series", "nobody")

    assert (answer.status_code, answer.json()["code"]) == (403, "no_tenant")
    assert world.get("/v1/tenants", "nobody").json() == {"items": []}
