"""GET /docs: the OpenAPI document as a page for people, written on the server without any script.

What belongs here: turning that document into HTML, every text of it escaped.
What stays out: what the document says (`openapi.py` and each operation).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

_JSON = "application/json"
_HEAD = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title}</title>
  <link rel="icon" href="/assets/logo.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/assets/style.css">
</head>
<body>
<main class="documentation">
<h1>{title}</h1>
<p>{description}</p>
<p>Send <code>Authorization: Bearer …</code> with an access token; in development
  <code>POST /v1/token</code> gives one for e-mail address and password.</p>
<p class="quiet">Refusals are <code>application/problem+json</code>. For programs:
  <a href="/v1/openapi.json">/v1/openapi.json</a>.</p>
"""
_FOOT = "</main>\n</body>\n</html>\n"


@router.get("/docs")
def read_documentation(request: Request) -> HTMLResponse:
    """Every operation with its parameters, its refusals and an example."""
    return HTMLResponse(documentation(request.app.openapi()))


def documentation(document: Mapping[str, Any]) -> str:
    """Return the page that describes every operation of an OpenAPI document."""
    information = document["info"]
    head = _HEAD.format(
        title=escape(information["title"]), description=escape(information["description"])
    )
    return head + "".join(_sections(document)) + _FOOT


def _sections(document: Mapping[str, Any]) -> Iterator[str]:
    current = None
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            group = operation["tags"][0]
            if group != current:
                yield f"<h2>{escape(group.capitalize())}</h2>\n"
                current = group
            yield _operation(document, f"{method.upper()} {path}", operation)


def _operation(document: Mapping[str, Any], name: str, operation: Mapping[str, Any]) -> str:
    statuses = ", ".join(
        f"{status} {response['description']}" for status, response in operation["responses"].items()
    )
    return (
        f'<details class="card"><summary><code>{escape(name)}</code> '
        f"{escape(operation['summary'])}</summary>\n"
        f"<p>{escape(operation.get('description', ''))}</p>\n"
        f"{_parameters(operation.get('parameters', []))}"
        f"{_body(operation)}"
        f'<p class="quiet">Answers: {escape(statuses)}</p>\n'
        f"{_example(document, operation)}</details>\n"
    )


def _parameters(parameters: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(parameter['name'])}</code></td><td>{escape(parameter['in'])}"
        f"{', required' if parameter.get('required') else ''}</td>"
        f"<td>{escape(parameter.get('description', ''))}</td></tr>\n"
        for parameter in parameters
    )
    return f"<table><tbody>\n{rows}</tbody></table>\n" if rows else ""


def _body(operation: Mapping[str, Any]) -> str:
    media_types = operation.get("requestBody", {}).get("content", {})
    return f"<p>Body: {escape(', '.join(media_types))}</p>\n" if media_types else ""


def _example(document: Mapping[str, Any], operation: Mapping[str, Any]) -> str:
    """Return the example that the schema of the first good answer gives, if it gives one."""
    good = next(status for status in operation["responses"] if status.startswith("2"))
    schema = operation["responses"][good].get("content", {}).get(_JSON, {}).get("schema", {})
    value = example_of(document, schema)
    return (
        f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>\n" if value else ""
    )


def example_of(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Return an example of `schema`: its own, or one put together from those of its properties.

    Args:
        document: Holds the schemas that `$ref` names.
        schema: Schema object of OpenAPI 3.1.

    Returns:
        A JSON value; None where nothing but the value's type is known.
    """
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return example_of(document, document["components"]["schemas"][name])
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("type") == "array":
        item = example_of(document, schema["items"])
        return [] if item is None else [item]
    properties = {
        name: example_of(document, inner) for name, inner in schema.get("properties", {}).items()
    }
    return properties if any(value is not None for value in properties.values()) else None
