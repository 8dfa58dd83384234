from __future__ import annotations

from tests.forecast_api_world import CUTOFF, World


def test_catalogue_lists_the_callers_series_most_sold_first(world: World) -> None:
    page = world.get("/v1/series", "alice").json()

    assert [item["series_id"] for item in page["items"]] == [
        "A-MUG@north",
        "A-MUG@south",
        "A-PEN@north",
    ]
    assert page["next_cursor"] is None


def test_pages_joined_by_cursors_equal_the_whole_list(world: World) -> None:
    whole = world.get("/v1/series", "alice").json()["items"]

    joined, cursor = [], None
    while True:
        page = world.get("/v1/series", "alice", limit=1, **({"cursor": cursor} if cursor else {}))
        joined += page.json()["items"]
        cursor = page.json()["next_cursor"]
        if cursor is None:
            break

    assert joined == whole


def test_filters_narrow_by_sku_and_location(world: World) -> None:
    page = world.get("/v1/series", "alice", sku="A-MUG", location="south").json()

    assert [item["series_id"] for item in page["items"]] == ["A-MUG@south"]


def test_class_filter_uses_the_short_parameter_name(world: World) -> None:
    page = world.get("/v1/series", "alice", **{"class": "lumpy"}).json()

    assert page["items"] == []


def test_search_finds_words_in_any_case_and_order(world: World) -> None:
    page = world.get("/v1/series", "alice", q="NORTH blue").json()

    assert [item["series_id"] for item in page["items"]] == ["A-MUG@north"]


def test_search_takes_wildcards_literally(world: World) -> None:
    page = world.get("/v1/series", "alice", q="%").json()

    assert page["items"] == []


def test_detail_holds_the_last_days_of_history(world: World) -> None:
    detail = world.get("/v1/series/A-MUG@north", "alice", days=10).json()

    assert len(detail["history_units"]) == 10
    assert detail["history_units"][0] is None
    assert detail["history_start_date"] == CUTOFF.replace(day=12).isoformat()


def test_unknown_series_is_a_clear_404(world: World) -> None:
    answer = world.get("/v1/series/NOPE@north", "alice")

    assert answer.status_code == 404
    assert answer.json()["code"] == "series_not_found"


def test_locations_are_listed_in_order(world: World) -> None:
    assert world.get("/v1/locations", "alice").json() == {"items": ["north", "south"]}


def test_tenant_without_sales_has_an_empty_catalogue(world: World) -> None:
    assert world.get("/v1/series", "eve").json() == {"items": [], "next_cursor": None}
