"""Temporary folders that do not pile up, even where processes are killed.

All lie in one parent folder per user. A folder belongs to the process that holds a lock on it; the
system drops the lock when that process ends, however it ends, and the next one clears up.
Belongs here: making and clearing such folders. Stays out: what is kept in them.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a new empty folder, removed when the block ends or, after a kill, by the next caller."""
    parent = Path(tempfile.gettempdir()) / f"ordernimbus-scratch-{os.getuid()}"
    parent.mkdir(mode=0o700, exist_ok=True)
    with _locked(parent):
        _remove_abandoned(parent)
        folder = Path(tempfile.mkdtemp(dir=parent))
        descriptor = os.open(folder, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        os.close(descriptor)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: between making a folder and locking it nobody may look."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.iterdir():
        try:
            descriptor = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            continue  # Its owner removed it just now.
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(descriptor)
