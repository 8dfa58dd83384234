"""The merchant page: a fixed set of files, each with its type, its tag and a compressed copy.

Plotly's script comes out of the installed `plotly` wheel (MIT licence, named in the page's footer)
under an address that carries its version, so that browsers keep it for good.
What belongs here: handing out files. What stays out: their content (`static/`).
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, Request, Response

from forecast_api.problems import NotFound
from ordernimbus.errors import ConfigurationError

router = APIRouter(include_in_schema=False)

_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_INDEX = "index.html"
_PLOTLY = "plotly.min.js"
_REVALIDATE = "no-cache"
_FOR_GOOD = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """One file as it is sent.

    Attributes:
        tag: ETag; changes with the content.
    """

    content: bytes
    compressed: bytes
    media_type: str
    tag: str


@lru_cache
def page_assets() -> dict[str, Asset]:
    """Return every file that may be asked for, by name; nothing else can be."""
    folder = files("forecast_api.page") / "static"
    named = {
        entry.name: entry.read_bytes()
        for entry in folder.iterdir()
        if Path(entry.name).suffix in _MEDIA_TYPES
    }
    named[_INDEX] = named[_INDEX].replace(b"{{plotly_version}}", version("plotly").encode())
    named[_PLOTLY] = _plotly_script()
    return {name: _asset(name, content) for name, content in named.items()}


@router.get("/")
def read_page(request: Request) -> Response:
    """The page itself."""
    return _send(request, page_assets()[_INDEX], _REVALIDATE)


@router.get("/assets/{name}")
def read_asset(request: Request, name: str) -> Response:
    """A script, a style sheet or an image of the page."""
    asset = page_assets().get(name)
    if asset is None:
        raise NotFound("no_such_path", f"the page has no file {name!r}")
    return _send(request, asset, _FOR_GOOD if name == _PLOTLY else _REVALIDATE)


def _send(request: Request, asset: Asset, caching: str) -> Response:
    headers = {"Cache-Control": caching, "ETag": asset.tag, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == asset.tag:
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(asset.content, media_type=asset.media_type, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(asset.compressed, media_type=asset.media_type, headers=headers)


def _asset(name: str, content: bytes) -> Asset:
    return Asset(
        content=content,
        compressed=gzip.compress(content, compresslevel=6, mtime=0),
        media_type=_MEDIA_TYPES[Path(name).suffix],
        tag=f'"{hashlib.sha256(content).hexdigest()[:32]}"',
    )


def _plotly_script() -> bytes:
    # Found, not imported: importing plotly costs a second and is of no use here.
    found = find_spec("plotly")
    if found is None or found.origin is None:
        message = "the package plotly is missing: install the extra `api`"
        raise ConfigurationError(message)
    return (Path(found.origin).parent / "package_data" / _PLOTLY).read_bytes()
