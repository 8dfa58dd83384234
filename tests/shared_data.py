"""Where tests find data that is too large, or not ours, to keep in the repository.

What belongs here: the rule for finding it. What stays out: the project's own small fixtures.
The data lies in a folder `shared` beside the project, or in none at all.
"""

from __future__ import annotations

from pathlib import Path

import pytest

_PROJECT = Path(__file__).resolve().parents[1]


def shared(path: str) -> Path:
    """Return a file or folder of the shared data, or skip the test where it is absent.

    Args:
        path: Relative to the shared folder, for example `data/m5`.
    """
    found = _PROJECT.parent / "shared" / path
    if not found.exists():
        pytest.skip(f"shared data {path!r} is not beside this project")
    return found
