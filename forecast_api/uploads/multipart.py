"""Takes one file out of a multipart body while it arrives, in bounded memory.

The web framework would read the whole body before anyone can object to its size; here the bytes
are counted as they come and go to disk in blocks. Waiting for a slow sender costs no thread.
What belongs here: the wire format. What stays out: what happens to the file.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO
from urllib.parse import unquote

import anyio.to_thread
from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from forecast_api.problems import InvalidInput, TooLarge, UnsupportedMedia

FILE_FIELD = "file"
_BLOCK_BYTES = 1024 * 1024
# Room for boundaries, part headers and small other fields around the file.
_MOST_OVERHEAD_BYTES = 64 * 1024
_EXTENDED_FILE_NAME = re.compile(rb";\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)", re.IGNORECASE)


@dataclass(frozen=True)
class ReceivedFile:
    """A file that arrived whole.

    Attributes:
        file_name: As the sender called it; not to be trusted as a path.
        stream: At its beginning.
    """

    file_name: str
    stream: IO[bytes]


@asynccontextmanager
async def receive_file(request: Request, *, max_bytes: int) -> AsyncIterator[ReceivedFile]:
    """Give the file in the field `file`; it lives on disk as long as the block.

    Args:
        request: Its body has not been read.
        max_bytes: Largest file that is taken.

    Raises:
        UnsupportedMedia: The body is not `multipart/form-data`.
        TooLarge: `file_too_large`, as soon as the size is known.
        InvalidInput: `malformed_multipart`, or `file_missing` where no field `file` came.
    """
    parts = _FileParts(_boundary(request))
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > max_bytes + _MOST_OVERHEAD_BYTES:
        raise _too_large(max_bytes)
    with tempfile.TemporaryFile() as spool:
        n_body_bytes = 0
        async for chunk in request.stream():
            n_body_bytes += len(chunk)
            if n_body_bytes > max_bytes + _MOST_OVERHEAD_BYTES:
                raise _too_large(max_bytes)
            parts.feed(chunk)
            if len(parts.block) >= _BLOCK_BYTES:
                await anyio.to_thread.run_sync(spool.write, parts.take_block())
        parts.finish()
        await anyio.to_thread.run_sync(spool.write, parts.take_block())
        if parts.file_name is None:
            detail = f"send the file in the multipart field {FILE_FIELD!r}, with a file name"
            raise InvalidInput("file_missing", detail)
        spool.seek(0)
        yield ReceivedFile(parts.file_name, spool)


class _FileParts:
    """Collects the bytes of the first part called `file` and skips every other part."""

    def __init__(self, boundary: bytes) -> None:
        self.file_name: str | None = None
        self.block = bytearray()
        self._is_in_file = False
        self._is_complete = False
        self._header_name = bytearray()
        self._header_value = bytearray()
        self._disposition = b""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": self._extend_header_name,
                "on_header_value": self._extend_header_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._extend_data,
                "on_part_end": self._end_part,
                "on_end": self._end_body,
            },
        )

    def feed(self, chunk: bytes) -> None:
        """Parse more of the body."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise _malformed() from error

    def finish(self) -> None:
        """Check that the body came to its end."""
        if not self._is_complete:
            raise _malformed()

    def take_block(self) -> bytes:
        """Return and forget the file's bytes collected so far."""
        block = bytes(self.block)
        self.block.clear()
        return block

    def _begin_part(self) -> None:
        self._disposition = b""

    def _extend_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _extend_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = bytes(self._header_value)
        self._header_name.clear()
        self._header_value.clear()

    def _end_headers(self) -> None:
        name, file_name = _names(self._disposition)
        if name == FILE_FIELD and file_name is not None and self.file_name is None:
            self.file_name = file_name
            self._is_in_file = True

    def _extend_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_in_file:
            self.block += data[start:end]

    def _end_part(self) -> None:
        self._is_in_file = False

    def _end_body(self) -> None:
        self._is_complete = True


def _names(disposition: bytes) -> tuple[str | None, str | None]:
    """Return field name and file name of a Content-Disposition header."""
    _, options = parse_options_header(disposition)
    name, file_name = options.get(b"name"), options.get(b"filename")
    return (
        name.decode("utf-8", "replace") if name is not None else None,
        file_name.decode("utf-8", "replace")
        if file_name is not None
        else _extended_file_name(disposition),
    )


def _extended_file_name(disposition: bytes) -> str | None:
    """Return the name in `filename*`, which some clients send alone for letters beyond ASCII.

    Source: RFC 8187, section 3.2.
    """
    found = _EXTENDED_FILE_NAME.search(disposition)
    return unquote(found.group(1).decode("latin-1"), errors="replace") if found else None


def _boundary(request: Request) -> bytes:
    media_type, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary", b"")
    if media_type != b"multipart/form-data" or not boundary:
        detail = f"send the file as multipart/form-data in the field {FILE_FIELD!r}"
        raise UnsupportedMedia("not_multipart", detail)
    return boundary


def _malformed() -> InvalidInput:
    detail = "the multipart body is malformed or was cut off: send the file again"
    return InvalidInput("malformed_multipart", detail)


def _too_large(max_bytes: int) -> TooLarge:
    detail = f"files up to {max_bytes:,} bytes are taken: split yours by period and send the parts"
    return TooLarge("file_too_large", detail)
