from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from psycopg import sql

from tests.forecast_api_world import (
    CUTOFF,
    HORIZON,
    QUANTILES,
    SeriesFacts,
    World,
    few_series,
    publish,
)


def test_forecast_tells_where_it_comes_from(world: World) -> None:
    page = world.get("/v1/forecasts", "alice", series_id="A-MUG@north").json()

    assert page["vintage"]["cutoff_date"] == CUTOFF.isoformat()
    assert page["vintage"]["model_version"] == 7
    assert page["units"] == "units per day"
    assert page["items"][0]["method"] == "lightgbm"
    assert page["items"][0]["dates"][0] == (CUTOFF + timedelta(days=1)).isoformat()
    assert len(page["items"][0]["mean_units"]) == HORIZON


def test_stored_quantiles_come_without_asking(world: World) -> None:
    item = world.get("/v1/forecasts", "alice", series_id="A-MUG@north").json()["items"][0]

    assert [entry["quantile"] for entry in item["quantiles"]] == list(QUANTILES)


def test_level_80_is_the_band_between_quantiles_10_and_90(world: World) -> None:
    ask = {"series_id": "A-MUG@north", "horizon": 5}

    band = world.get("/v1/forecasts", "alice", levels="80", **ask).json()["items"][0]
    ends = world.get("/v1/forecasts", "alice", quantiles="0.1,0.9", **ask).json()["items"][0]

    assert band["intervals"][0]["lower_units"] == ends["quantiles"][0]["units"]
    assert band["intervals"][0]["upper_units"] == ends["quantiles"][1]["units"]
    assert band["quantiles"] is None


def test_a_quantile_between_stored_ones_lies_between_them(world: World) -> None:
    item = world.get(
        "/v1/forecasts", "alice", series_id="A-MUG@north", quantiles="0.25,0.4,0.5"
    ).json()["items"][0]

    low, middle, high = (entry["units"] for entry in item["quantiles"])
    assert all(a < b < c for a, b, c in zip(low, middle, high, strict=True))


def test_horizon_cuts_every_array(world: World) -> None:
    item = world.get("/v1/forecasts", "alice", sku="A-PEN", horizon=3).json()["items"][0]

    assert len(item["dates"]) == len(item["mean_units"]) == 3
    assert {len(entry["units"]) for entry in item["quantiles"]} == {3}


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"horizon": HORIZON + 1}, "horizon_too_long"),
        ({"horizon": 0}, "invalid_input"),
        ({"quantiles": "0.001"}, "quantile_out_of_range"),
        ({"quantiles": "1.5"}, "invalid_quantiles"),
        ({"quantiles": "nan"}, "invalid_quantiles"),
        ({"quantiles": "a,b"}, "invalid_quantiles"),
        ({"levels": "99.9"}, "quantile_out_of_range"),
        ({"levels": "100"}, "invalid_levels"),
        ({"levels": "80", "quantiles": "0.5"}, "quantiles_and_levels"),
        ({"limit": 201}, "invalid_input"),
        ({"sku": "a\x00b"}, "invalid_input"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_name(
    world: World, parameters: dict[str, object], code: str
) -> None:
    answer = world.get("/v1/forecasts", "alice", **parameters)

    assert answer.status_code == 422
    assert answer.json()["code"] == code


def test_pages_joined_by_cursors_equal_the_whole(world: World) -> None:
    whole = world.get("/v1/forecasts", "alice").json()["items"]

    first = world.get("/v1/forecasts", "alice", limit=2).json()
    second = world.get("/v1/forecasts", "alice", limit=2, cursor=first["next_cursor"]).json()

    assert first["items"] + second["items"] == whole
    assert second["next_cursor"] is None


def test_paging_stays_within_the_vintage_it_began_with(world: World) -> None:
    tenant = world.tenant("paging", "pia", series=few_series("P"))
    first = world.get("/v1/forecasts", "pia", limit=1).json()

    with world.pipeline.tenant_session(tenant.tenant_id) as session:
        session.execute("DELETE FROM serving.series")
    publish(world.pipeline, tenant, few_series("P"))
    second = world.get("/v1/forecasts", "pia", limit=1, cursor=first["next_cursor"]).json()
    fresh = world.get("/v1/forecasts", "pia").json()

    assert second["vintage"] == first["vintage"]
    assert fresh["vintage"]["vintage_id"] != first["vintage"]["vintage_id"]


def test_paging_through_a_vintage_that_is_gone_is_no_silent_end(world: World) -> None:
    tenant = world.tenant("restored", "rosa", series=few_series("R"))
    cursor = world.get("/v1/forecasts", "rosa", limit=1).json()["next_cursor"]
    with world.platform.administrator() as admin:
        for table in ("current_vintage", "accuracy", "forecast", "vintage"):
            name = sql.Identifier("serving", table)
            forget = sql.SQL("DELETE FROM {} WHERE tenant_id = %s").format(name)
            admin.execute(forget, (tenant.tenant_id,))

    answer = world.get("/v1/forecasts", "rosa", limit=1, cursor=cursor)

    assert (answer.status_code, answer.json()["code"]) == (400, "cursor_expired")


def test_tenant_without_forecasts_has_no_vintage(world: World) -> None:
    assert world.get("/v1/forecasts", "eve").json() == {
        "vintage": None,
        "units": "units per day",
        "items": [],
        "next_cursor": None,
    }


def test_fallback_says_its_method_and_reason(world: World) -> None:
    item = world.get("/v1/forecasts", "alice", sku="A-PEN").json()["items"][0]

    assert (item["method"], item["reason"]) == ("zero", "No sale lately.")


def test_table_has_a_row_for_every_series_and_day(world: World) -> None:
    answer = world.get("/v1/forecasts.csv", "alice", horizon=7)

    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"].startswith("text/csv")
    assert len(rows) == 3 * 7
    assert float(rows[0]["q0.5_units"]) > 0


def test_table_holds_no_formula(world: World) -> None:
    rows = csv.reader(io.StringIO(world.get("/v1/forecasts.csv", "alice").text))

    titles = {row[2] for row in rows}
    assert "'=cmd|' /C calc'!A0" in titles


def test_table_of_more_series_than_a_page_holds_is_complete(world: World) -> None:
    many = [SeriesFacts(f"SKU-{number:03}", "x", 1.0, n_days=15) for number in range(205)]
    world.tenant("many", "mia", series=many)

    rows = list(csv.DictReader(io.StringIO(world.get("/v1/forecasts.csv", "mia", horizon=1).text)))

    assert [row["series_id"] for row in rows] == [facts.series_id for facts in many]
