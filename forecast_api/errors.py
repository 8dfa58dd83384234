"""The one translator from errors to HTTP: every refusal leaves as problem+json (RFC 9457).

What belongs here: which error has which status, code and words, and the shape of the answer.
What stays out: raising (each room raises its own classes). Only the causes of 503 are logged here,
since the answer does not tell them.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from forecast_api.problems import ApiError
from ordernimbus.errors import (
    ObjectNotFound,
    OrderNimbusError,
    TenantSuspended,
    TransientError,
    UnknownTenant,
    UnreadableFile,
)
from ordernimbus.observability import get_logger

PROBLEM_MEDIA_TYPE = "application/problem+json"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_RETRY_AFTER_SECONDS = "5"
_UNAVAILABLE = "the service cannot reach one of its parts just now: repeat the request in a moment"
_UNEXPECTED = "something went wrong on our side: quote the value of `instance` when you report it"


class FieldProblem(BaseModel):
    """One value of the request that was refused."""

    location: str = Field(description="Where the value stood, for example `query.limit`.")
    message: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """The body of every refusal (RFC 9457), served as `application/problem+json`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:ordernimbus:problem:series_not_found",
                    "title": "Not Found",
                    "status": 404,
                    "detail": "there is no series 'MUG-01@berlin': GET /v1/series lists them",
                    "code": "series_not_found",
                    "instance": "urn:ordernimbus:request:6f1c2b0e9d3a4c57",
                }
            ]
        }
    )

    type: str = Field(description="URN of this kind of problem.")
    title: str = Field(description="The HTTP status in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What was wrong and what to do next.")
    code: str = Field(description="Stable machine-readable reason.")
    instance: str = Field(description="URN of this request; its identifier stands in our logs.")
    errors: list[FieldProblem] | None = Field(
        default=None, description="Refused values, one by one, where the input was malformed."
    )


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses=` declaration of an operation that may answer with `statuses`."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {
                PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}},
            },
        }
        for status in statuses
    }


def problem_response(
    request_id: str,
    *,
    status: int,
    code: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    errors: list[FieldProblem] | None = None,
) -> JSONResponse:
    """Return one problem as a response."""
    problem = Problem(
        type=f"urn:ordernimbus:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        instance=f"urn:ordernimbus:request:{request_id}",
        errors=errors,
    )
    return JSONResponse(
        problem.model_dump(exclude_none=True),
        status_code=status,
        headers=dict(headers or {}),
        media_type=PROBLEM_MEDIA_TYPE,
    )


def unexpected_problem(request_id: str) -> JSONResponse:
    """Return the answer to an error nobody foresaw; it tells nothing of its cause."""
    return problem_response(request_id, status=500, code="internal_error", detail=_UNEXPECTED)


def install_error_handlers(app: FastAPI) -> None:
    """Make every foreseen error of `app` leave as problem+json."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(OrderNimbusError, _kernel_error)
    app.add_exception_handler(psycopg.OperationalError, _database_error)
    app.add_exception_handler(OSError, _disk_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)


def _request_id(request: Request) -> str:
    return str(getattr(request.state, "request_id", "unknown"))


def _api_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)  # noqa: S101
    return problem_response(
        _request_id(request),
        status=error.status,
        code=error.code,
        detail=error.detail,
        headers=error.headers,
    )


def _kernel_error(request: Request, error: Exception) -> JSONResponse:
    request_id = _request_id(request)
    if isinstance(error, TenantSuspended):
        detail = "this account is suspended: write to support to have it resumed"
        return problem_response(request_id, status=403, code="tenant_suspended", detail=detail)
    if isinstance(error, UnknownTenant):
        return problem_response(request_id, status=404, code="tenant_not_found", detail=str(error))
    if isinstance(error, ObjectNotFound):
        detail = "the file that belongs to this record is no longer stored"
        return problem_response(request_id, status=404, code="file_not_found", detail=detail)
    if isinstance(error, UnreadableFile):
        status = 413 if error.code == "file_too_large" else 422
        return problem_response(request_id, status=status, code=error.code, detail=str(error))
    if isinstance(error, TransientError):
        return _unavailable(request_id, error)
    raise error


def _database_error(request: Request, error: Exception) -> JSONResponse:
    """A lost connection or a statement that ran out of its time: both pass with time."""
    return _unavailable(_request_id(request), error)


def _disk_error(request: Request, error: Exception) -> JSONResponse:
    """No room for a file: nothing of it was kept."""
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return _unavailable(_request_id(request), error)
    raise error


def _unavailable(request_id: str, cause: Exception) -> JSONResponse:
    # The caller is told nothing of the cause, so the operator has to be.
    get_logger("forecast_api").warning("unavailable", cause=str(cause))
    return problem_response(
        request_id,
        status=503,
        code="temporarily_unavailable",
        detail=_UNAVAILABLE,
        headers={"Retry-After": _RETRY_AFTER_SECONDS},
    )


def _validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    fields = [
        FieldProblem(location=".".join(map(str, item["loc"])), message=item["msg"])
        for item in error.errors()
    ]
    listed = "; ".join(f"{field.location}: {field.message}" for field in fields)
    return problem_response(
        _request_id(request), status=422, code="invalid_input", detail=listed, errors=fields
    )


_HTTP_CODES = {
    400: ("bad_request", "the request cannot be read: check its body and headers"),
    404: ("no_such_path", "there is nothing at this path: /v1/openapi.json lists what there is"),
    405: ("method_not_allowed", "this path does not take this method: see the Allow header"),
    413: ("body_too_large", "the body is larger than this path takes"),
}


def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    fallback = (f"http_{error.status_code}", HTTPStatus(error.status_code).phrase)
    code, detail = _HTTP_CODES.get(error.status_code, fallback)
    return problem_response(
        _request_id(request),
        status=error.status_code,
        code=code,
        detail=detail,
        headers=error.headers,
    )
