from __future__ import annotations

from tests.forecast_api_world import CUTOFF, World, few_series, publish


def test_accuracy_comes_as_a_sentence_with_its_evidence(world: World) -> None:
    page = world.get("/v1/accuracy", "alice").json()

    assert page["overall"]["words"] == (
        "Tested on 28 days it had not seen (25 Oct 2026 to 21 Nov 2026), the forecast was off by "
        "18 % of the units sold (repeating the week before: 26 %). 80 % bands held 79 % of days."
    )
    assert page["overall"]["figures"][0]["evidence"] == "backtest"
    assert page["overall"]["figures"][0]["coverage_80_pct"] == 79


def test_forecasts_that_were_served_count_before_backtests(world: World) -> None:
    tenant = world.tenant("served", "sam")
    vintage_id = publish(world.pipeline, tenant, few_series("S"))
    with world.pipeline.tenant_session(tenant.tenant_id) as session:
        session.execute(
            "INSERT INTO serving.accuracy VALUES"
            " (%s, %s, '', 'served', %s, %s, 28, 0, null, null, null, 0.5, null, null, null)",
            (tenant.tenant_id, vintage_id, CUTOFF, CUTOFF),
        )

    overall = world.get("/v1/accuracy", "sam").json()["overall"]

    assert [entry["evidence"] for entry in overall["figures"]] == ["served", "backtest"]
    assert "because nothing was sold" in overall["words"]


def test_accuracy_of_one_series(world: World) -> None:
    page = world.get("/v1/accuracy", "alice", series_id="A-MUG@south").json()

    assert [item["series_id"] for item in page["items"]] == ["A-MUG@south"]


def test_accuracy_is_paged_by_series(world: World) -> None:
    first = world.get("/v1/accuracy", "alice", limit=2).json()
    second = world.get("/v1/accuracy", "alice", limit=2, cursor=first["next_cursor"]).json()

    listed = [item["series_id"] for item in first["items"] + second["items"]]
    assert listed == ["A-MUG@north", "A-MUG@south", "A-PEN@north"]
    assert second["next_cursor"] is None


def test_tenant_without_measurements_is_told_so(world: World) -> None:
    overall = world.get("/v1/accuracy", "eve").json()["overall"]

    assert overall["figures"] == []
    assert overall["words"].startswith("Not measured yet")
