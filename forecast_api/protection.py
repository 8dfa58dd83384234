"""Headers that keep answers private and browsers strict, and a bound on request bodies.

What belongs here: what holds for every path. What stays out: the size of uploads, which are
counted while they arrive (`uploads/multipart.py`).
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LARGEST_BODY_BYTES = 64 * 1024
_UPLOADS_PATH = "/v1/uploads"
_PRIVATE_PREFIX = "/v1/"

_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# Scripts and requests stay with this origin. Inline styles are let in because Plotly's script
# writes its own style elements; no text of a caller ever becomes markup on the page.
_PAGE = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
_PAGE_PATHS = ("/", "/docs")
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_PRIVATE = {"Cache-Control": "no-store", "Vary": "Authorization, X-Tenant"}


class SecurityHeaders:
    """Adds the headers; answers below /v1/ are never stored by anyone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added = _headers_for(scope["path"])

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in added.items():
                    headers[name] = value
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _headers_for(path: str) -> dict[str, str]:
    policy = {"Content-Security-Policy": _PAGE if path in _PAGE_PATHS else _NOTHING}
    return _ALWAYS | policy | (_PRIVATE if path.startswith(_PRIVATE_PREFIX) else {})


class BodyLimit:
    """Refuses bodies that no operation but the upload needs, before or while they arrive."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] == _UPLOADS_PATH:
            await self._app(scope, receive, send)
            return
        n_bytes = 0
        declared = Headers(scope=scope).get("content-length", "0")

        async def receive_bounded() -> Message:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            is_declared_too_large = declared.isdecimal() and int(declared) > _LARGEST_BODY_BYTES
            if is_declared_too_large or n_bytes > _LARGEST_BODY_BYTES:
                raise HTTPException(413)
            return message

        await self._app(scope, receive_bounded, send)
