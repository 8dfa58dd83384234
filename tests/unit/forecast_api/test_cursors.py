from __future__ import annotations

import base64
import json
import uuid
from typing import Any

import pytest

from forecast_api.cursors import cursor_binding, read_cursor, write_cursor
from forecast_api.problems import BadRequest

_TENANT = uuid.UUID(int=1)
_BINDING = cursor_binding(_TENANT, "series", ("north",))


def _forged(*content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "position",
    [(0.1, "é@ß"), ("x",), (2**62,), (uuid.UUID(int=7), "a/b@c"), (-1.5e-300, "")],
)
def test_position_comes_back_as_it_went_in(position: tuple[Any, ...]) -> None:
    cursor = write_cursor(position, binding=_BINDING)

    assert read_cursor(cursor, binding=_BINDING, shape=tuple(map(type, position))) == position


@pytest.mark.parametrize(
    "other",
    [
        cursor_binding(uuid.UUID(int=2), "series", ("north",)),
        cursor_binding(_TENANT, "forecasts", ("north",)),
        cursor_binding(_TENANT, "series", ("south",)),
    ],
    ids=["tenant", "operation", "filter"],
)
def test_cursor_is_bound_to_what_was_asked(other: str) -> None:
    cursor = write_cursor(("x",), binding=_BINDING)

    with pytest.raises(BadRequest) as refusal:
        read_cursor(cursor, binding=other, shape=(str,))

    assert refusal.value.code == "invalid_cursor"


@pytest.mark.parametrize(
    ("content", "shape"),
    [
        ((1, _BINDING), (str,)),
        ((1, _BINDING, "a", "b"), (str,)),
        ((1, _BINDING, 1), (str,)),
        ((1, _BINDING, True), (int,)),
        ((1, _BINDING, 1.0), (int,)),
        ((1, _BINDING, 2**63), (int,)),
        ((1, _BINDING, float("nan")), (float,)),
        ((1, _BINDING, "a\x00"), (str,)),
        ((1, _BINDING, "\ud800"), (str,)),
        ((1, _BINDING, "no uuid"), (uuid.UUID,)),
        ((2, _BINDING, "a"), (str,)),
        ((), (str,)),
    ],
)
def test_forged_position_is_refused(content: tuple[Any, ...], shape: tuple[type, ...]) -> None:
    with pytest.raises(BadRequest):
        read_cursor(_forged(*content), binding=_BINDING, shape=shape)
