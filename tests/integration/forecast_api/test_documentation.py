"""The page at /docs: complete, harmless, and without any script."""

from __future__ import annotations

from html import escape, unescape

from forecast_api.page.documentation import documentation, example_of
from tests.forecast_api_world import World


def test_every_operation_is_described(world: World) -> None:
    document = world.client.get("/v1/openapi.json").json()

    text = unescape(world.client.get("/docs").text)

    lacking = [
        f"{method} {path}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if f"<code>{method.upper()} {path}</code> {operation['summary']}" not in text
    ]
    assert lacking == []


def test_examples_of_the_document_are_shown(world: World) -> None:
    assert escape('"code": "bad_number"') in world.client.get("/docs").text


def test_style_sheet_may_be_used_and_foreign_scripts_may_not(world: World) -> None:
    answer = world.client.get("/docs")

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "style-src 'self'" in answer.headers["content-security-policy"]
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text


def test_markup_in_a_description_is_shown_as_text() -> None:
    hostile = "<script>alert(1)</script>"
    operation = {
        "tags": [hostile],
        "summary": hostile,
        "description": hostile,
        "parameters": [{"name": hostile, "in": "query", "description": hostile}],
        "responses": {"200": {"description": hostile}},
    }
    document = {
        "info": {"title": hostile, "description": hostile},
        "paths": {f"/{hostile}": {"get": operation}},
    }

    assert "<script" not in documentation(document)


def test_example_is_put_together_from_referenced_schemas() -> None:
    schemas = {
        "Item": {"type": "object", "examples": [{"units": 3}]},
        "Page": {
            "type": "object",
            "properties": {
                "items": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}},
                "next_cursor": {"type": "string"},
            },
        },
    }

    example = example_of(
        {"components": {"schemas": schemas}}, {"$ref": "#/components/schemas/Page"}
    )

    assert example == {"items": [{"units": 3}], "next_cursor": None}
