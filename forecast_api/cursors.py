"""Page cursors: opaque to callers, bound to the tenant, the operation and its filters.

A cursor holds the position after the last row of a page. It carries no secret and grants nothing:
row-level security decides what the next page shows. Binding it to what was asked turns a cursor
from another tenant or another question into a clear refusal instead of a wrong page.
What belongs here: writing and reading cursors. What stays out: the order of any list.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import uuid
from typing import Any, NoReturn

from forecast_api.problems import BadRequest

Position = tuple[str | int | float | uuid.UUID, ...]
_FORMAT_VERSION = 1
_LARGEST_INTEGER = 2**63 - 1


def cursor_binding(tenant_id: uuid.UUID, operation: str, filters: object) -> str:
    """Return the digest of what a cursor may be used for.

    Args:
        tenant_id: Whose list it is.
        operation: Which list, for example `series`.
        filters: What narrows and orders the list; equal filters have an equal `repr`.
    """
    asked = f"{tenant_id}|{operation}|{filters!r}"
    return hashlib.sha256(asked.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def write_cursor(position: Position, *, binding: str) -> str:
    """Return the cursor of the page that starts after `position`."""
    values = [str(value) if isinstance(value, uuid.UUID) else value for value in position]
    content = json.dumps([_FORMAT_VERSION, binding, *values], separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).rstrip(b"=").decode()


def read_cursor(cursor: str, *, binding: str, shape: tuple[type, ...]) -> tuple[Any, ...]:
    """Return the position in `cursor`.

    Args:
        cursor: What the caller sent.
        binding: What it is used for now.
        shape: The position's exact types, each `str`, `int`, `float` or `uuid.UUID`.

    Returns:
        One value per element of `shape`, of just that type.

    Raises:
        BadRequest: `invalid_cursor`: it is malformed, or was given for another question.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        raw = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
        content = json.loads(raw, parse_constant=_refuse_constant)
    except (UnicodeError, binascii.Error, ValueError, RecursionError) as error:
        raise _invalid_cursor() from error
    if not isinstance(content, list) or content[:2] != [_FORMAT_VERSION, binding]:
        raise _invalid_cursor()
    values = content[2:]
    if len(values) != len(shape):
        raise _invalid_cursor()
    return tuple(_value(value, wanted) for value, wanted in zip(values, shape, strict=True))


def _value(value: object, wanted: type) -> str | int | float | uuid.UUID:
    if wanted is uuid.UUID and isinstance(value, str):
        try:
            return uuid.UUID(value)
        except ValueError as error:
            raise _invalid_cursor() from error
    # The exact type: JSON's true is an int to isinstance.
    if type(value) is wanted and isinstance(value, str | int | float) and _is_storable(value):
        return value
    raise _invalid_cursor()


def _is_storable(value: str | float) -> bool:
    if isinstance(value, str):
        return not any(character == "\x00" or _is_surrogate(character) for character in value)
    return abs(value) <= _LARGEST_INTEGER


def _is_surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _invalid_cursor() -> BadRequest:
    detail = (
        "the cursor is malformed or belongs to another tenant or other filters: "
        "start again without `cursor`, and keep every other parameter while paging"
    )
    return BadRequest("invalid_cursor", detail)
