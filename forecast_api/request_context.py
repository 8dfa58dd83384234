"""What surrounds every request: its identifier, its log line, its metrics, its last resort.

A plain ASGI wrapper around all that can fail, so that no answer leaves without it.
What belongs here: what every request gets. What stays out: what a single operation does.
"""

from __future__ import annotations

import re
import time
import uuid

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forecast_api.errors import unexpected_problem
from forecast_api.metrics import UNMATCHED_ROUTE, RequestMetrics
from ordernimbus.observability import get_logger, log_context

_REQUEST_ID_HEADER = "x-request-id"
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_CLIENT_WENT_AWAY = 499


class RequestContext:
    """Wraps the application."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self._app = app
        self._metrics = metrics
        self._log = get_logger("forecast_api")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        answer = _Answer(send, request_id)
        started = time.perf_counter()
        with log_context(request_id=request_id):
            try:
                await self._app(scope, receive, answer.send)
            except ClientDisconnect:
                answer.status = answer.status or _CLIENT_WENT_AWAY
            except Exception:
                self._log.exception("request_failed", route=_route(scope))
                if answer.status is not None:
                    # The head of the answer is out: only cutting the connection tells the caller.
                    raise
                await unexpected_problem(request_id)(scope, receive, answer.send)
            finally:
                self._record(scope, answer, time.perf_counter() - started)

    def _record(self, scope: Scope, answer: _Answer, seconds: float) -> None:
        route, status = _route(scope), answer.status or 500
        self._metrics.observe(route=route, method=scope["method"], status=status, seconds=seconds)
        state = scope["state"]
        self._log.info(
            "request",
            route=route,
            method=scope["method"],
            status=status,
            duration_ms=round(1000 * seconds, 1),
            tenant=state.get("tenant"),
            subject=state.get("subject"),
        )


class _Answer:
    """Remembers the status and adds the request's identifier to the head of the answer."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[_REQUEST_ID_HEADER] = self._request_id
        await self._send(message)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == _REQUEST_ID_HEADER.encode():
            given = value.decode("latin-1")
            if _ACCEPTABLE_ID.fullmatch(given):
                return str(given)
    return uuid.uuid4().hex


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", UNMATCHED_ROUTE)
