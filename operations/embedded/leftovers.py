"""What a PostgreSQL server leaves behind when it is killed, and clearing it away safely.

What belongs here: reading `postmaster.pid`, telling a live server of these very files from a
process that merely has its number, and removing stale lock files. What stays out: starting servers.
"""

from __future__ import annotations

import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from operations.processes import ProcessIdentity
from ordernimbus.errors import TransientError
from ordernimbus.observability import get_logger

_LOCK_NAME = "postmaster.pid"
_STOP_SECONDS = 30.0
_BACKENDS_SECONDS = 15.0
_POLL_SECONDS = 0.05

_log = get_logger("operations")


@dataclass(frozen=True)
class ServerLock:
    """The content of `postmaster.pid`.

    Attributes:
        pid: Process number of the server that wrote it.
        socket_folder: Where its Unix socket is, if it has one.
        is_ready: Whether it takes connections.
    """

    pid: int
    socket_folder: Path | None
    is_ready: bool


def read_lock(data: Path) -> ServerLock | None:
    """Return the lock of a data folder, or None where there is none or only its beginning.

    Source: PostgreSQL's `src/include/utils/pidfile.h`, which numbers the lines.
    """
    try:
        lines = (data / _LOCK_NAME).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    if not lines or not lines[0].strip().isdigit():
        return None
    folder = lines[4].strip() if len(lines) > 4 else ""
    return ServerLock(
        pid=int(lines[0]),
        socket_folder=Path(folder) if folder else None,
        is_ready=len(lines) > 7 and lines[7].strip() == "ready",
    )


def clear(data: Path) -> bool:
    """Stop a server that still runs on `data` and remove the files of one that was killed.

    Args:
        data: The cluster's data folder.

    Returns:
        Whether there was anything to clear.

    Raises:
        TransientError: A process of the earlier server does not end.
    """
    lock = read_lock(data)
    if lock is not None and _is_server_of(lock.pid, data):
        identity = ProcessIdentity.of(lock.pid)
        if identity is not None:
            _log.info("stopping the server of an earlier start", pid=lock.pid)
            identity.end(ask=signal.SIGINT, patience_seconds=_STOP_SECONDS)
    _wait_for_backends(data)
    (data / _LOCK_NAME).unlink(missing_ok=True)
    socket_folder = lock.socket_folder if lock is not None else None
    if socket_folder is not None and socket_folder.name.startswith("ordernimbus-"):
        shutil.rmtree(socket_folder, ignore_errors=True)
    return lock is not None


def _is_server_of(pid: int, data: Path) -> bool:
    """Return whether `pid` is a PostgreSQL server on `data`: not a zombie, not a reused number."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and str(data) in process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _wait_for_backends(data: Path) -> None:
    """Wait until the orphans of a killed server are gone: they hold its shared memory."""
    deadline = time.monotonic() + _BACKENDS_SECONDS
    while orphans := _processes_in(data):
        if time.monotonic() > deadline:
            message = f"processes {orphans} of an earlier PostgreSQL still use {data}: end them"
            raise TransientError(message)
        time.sleep(_POLL_SECONDS)


def _processes_in(data: Path) -> list[int]:
    """Return the processes whose working folder is `data`, where every server process stays."""
    found = []
    for process in psutil.process_iter(["name"]):
        if "postgres" not in (process.info["name"] or ""):
            continue
        try:
            is_zombie = process.status() == psutil.STATUS_ZOMBIE
            if not is_zombie and Path(process.cwd()) == data.resolve():
                found.append(process.pid)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found
