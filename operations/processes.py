"""Which operating-system process is meant: its number and the moment it started.

What belongs here: naming a process so that a reused number is never mistaken for it, and ending it.
What stays out: which processes there are and why (`local_stack`, `embedded`).
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import psutil

# The kernel counts start times in ticks of 10 ms; reading them back may round differently.
_SAME_START_SECONDS = 0.1
_KILL_SECONDS = 5.0


@dataclass(frozen=True)
class ProcessIdentity:
    """One process, told apart from any later one with the same number.

    Attributes:
        pid: Process number.
        started: When it started, seconds since the epoch.
    """

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity | None:
        """Return the identity of the process now running as `pid`, or None where none runs."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return None

    @classmethod
    def current(cls) -> ProcessIdentity:
        """Return the identity of this process."""
        return cls(os.getpid(), psutil.Process().create_time())

    def is_running(self) -> bool:
        """Return whether this very process runs; one that only waits to be reaped does not."""
        return self.process() is not None

    def end(self, *, ask: signal.Signals, patience_seconds: float) -> bool:
        """Ask the process to end, wait, then kill it.

        Args:
            ask: Signal that it takes as a wish to stop.
            patience_seconds: How long it may take before it is killed.

        Returns:
            Whether it ended by itself.
        """
        return end_together([self], ask=ask, patience_seconds=patience_seconds)

    def process(self) -> psutil.Process | None:
        """Return a handle of the process, or None where it does not run any more."""
        try:
            process = psutil.Process(self.pid)
            is_same = abs(process.create_time() - self.started) < _SAME_START_SECONDS
            if is_same and process.status() != psutil.STATUS_ZOMBIE:
                return process
        except psutil.NoSuchProcess:
            return None
        return None


def end_together(
    identities: Iterable[ProcessIdentity], *, ask: signal.Signals, patience_seconds: float
) -> bool:
    """Ask processes to end, all at once, wait, then kill those that are left.

    Args:
        identities: The processes; those that do not run any more are passed over.
        ask: Signal that they take as a wish to stop.
        patience_seconds: How long they may take, together, before they are killed.

    Returns:
        Whether all ended by themselves.
    """
    running = [found for found in (identity.process() for identity in identities) if found]
    for process in running:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(ask)
    _, left = psutil.wait_procs(running, timeout=patience_seconds)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=_KILL_SECONDS)
    return not left
