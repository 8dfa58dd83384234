"""Query parameters that several operations share, with their bounds and their words.

What belongs here: annotated types. What stays out: parameters of one operation alone.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import StringConstraints

# PostgreSQL text cannot hold the NUL character, so no stored value can match one.
StoredText = Annotated[
    str, StringConstraints(min_length=1, max_length=400, pattern=r"^[^\x00]+$", strict=True)
]

CursorParameter = Annotated[
    str | None,
    Query(
        max_length=4000,
        description="`next_cursor` of the page before; leave every other parameter as it was.",
    ),
]
LimitParameter = Annotated[
    int, Query(ge=1, le=200, description="Rows per page, 1 to 200.", examples=[50])
]
