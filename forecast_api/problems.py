"""Refusals that only the API knows, each with the HTTP status and the stable code it answers with.

    ApiError
    ├── BadRequest        400  the request contradicts itself (a foreign cursor, no tenant named)
    ├── Unauthenticated   401  no valid access token
    ├── Forbidden         403  known caller, but not for this
    ├── NotFound          404  nothing there, or nothing this caller may know of
    ├── TooLarge          413  more bytes than are taken
    ├── UnsupportedMedia  415  another body format than the one that is read
    ├── InvalidInput      422  a value is malformed or out of range
    └── TooManyRequests   429  wait, then repeat

What belongs here: classes. What stays out: how they become a response (`errors.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ordernimbus.errors import OrderNimbusError


class ApiError(OrderNimbusError):
    """A refusal with an HTTP status.

    Attributes:
        code: Stable machine-readable reason.
        detail: What was wrong and what to do next, for a person.
        headers: Extra response headers.
    """

    status: ClassVar[int]

    def __init__(self, code: str, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})


class BadRequest(ApiError):
    """The request contradicts itself."""

    status = 400


class Unauthenticated(ApiError):
    """No valid access token came with the request."""

    status = 401

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail, headers={"WWW-Authenticate": 'Bearer realm="ordernimbus"'})


class Forbidden(ApiError):
    """The caller is known, but may not do this."""

    status = 403


class NotFound(ApiError):
    """Nothing is there, or nothing that this caller may know of."""

    status = 404


class TooLarge(ApiError):
    """The body has more bytes than are taken."""

    status = 413


class UnsupportedMedia(ApiError):
    """The body has another format than the one that is read."""

    status = 415


class InvalidInput(ApiError):
    """A value is malformed or out of range."""

    status = 422


class TooManyRequests(ApiError):
    """The caller has to wait."""

    status = 429
