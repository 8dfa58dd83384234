"""Whether this machine can run the stack, and on which ports.

What belongs here: the checks made before anything starts. What stays out: starting it.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from operations import ports
from operations.local_stack.services import DEFAULT_PORTS
from ordernimbus.errors import ConfigurationError

_GIBIBYTE = 1024**3
NEEDED_BYTES = 2 * _GIBIBYTE


def check_disk(folder: Path, *, needed_bytes: int = NEEDED_BYTES) -> None:
    """Refuse to start on a disk that is nearly full: a database stops badly there.

    Raises:
        ConfigurationError: Less than `needed_bytes` are free.
    """
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        message = (
            f"the disk of {folder} has {free / _GIBIBYTE:.1f} GiB free, "
            f"{needed_bytes / _GIBIBYTE:.1f} GiB are needed: free some, or set ORDERNIMBUS_HOME"
        )
        raise ConfigurationError(message)


def choose_ports(earlier: Mapping[str, int]) -> tuple[dict[str, int], list[str]]:
    """Return a free port per service and a sentence for each that is not the usual one.

    Args:
        earlier: Ports of the start before, kept where they are free so that bookmarks last.
    """
    chosen: dict[str, int] = {}
    remarks = []
    for name, usual in DEFAULT_PORTS.items():
        wanted = earlier.get(name, usual)
        port = ports.next_free_port(wanted, taken=frozenset(chosen.values()))
        if port != wanted:
            who = ports.holder(wanted)
            remarks.append(f"port {wanted} ({name}) is taken by {who}: using {port}")
        chosen[name] = port
    return chosen, remarks
