"""Keeps the stack's processes running, and stops them all in reverse order.

What belongs here: waiting for health, restarting with growing pauses, giving up, stopping.
What stays out: what the processes are (`services`) and what people are told (`progress`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from operations.processes import ProcessIdentity
from ordernimbus.errors import OrderNimbusError, TransientError

_POLL_SECONDS = 0.1
_STOP_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 30.0
_STABLE_SECONDS = 120.0


class Keepable(Protocol):
    """A process that can be started, watched and stopped."""

    @property
    def name(self) -> str:
        """Short name."""

    @property
    def title(self) -> str:
        """What people call it."""

    def start(self) -> ProcessIdentity | None:
        """Start it and return who it is."""

    def has_ended(self) -> bool:
        """Return whether it was started and has ended since."""

    def is_healthy(self) -> bool:
        """Return whether it runs and answers."""

    def ask_to_stop(self) -> None:
        """Send it the wish to stop."""

    def finish(self, patience_seconds: float) -> None:
        """Wait for its end, or force it."""

    def log_end(self) -> str:
        """Return the last lines of its log."""


@dataclass
class _Record:
    child: Keepable
    started_at: float = 0.0
    n_failures: int = 0
    restart_at: float | None = None
    is_given_up: bool = False


class Supervisor:
    """Owns the processes of one stack."""

    def __init__(
        self,
        *,
        report: Callable[[str], None],
        on_start: Callable[[str, ProcessIdentity], None],
        most_failures: int = 5,
        first_pause_seconds: float = 1.0,
    ) -> None:
        """Begin with no process.

        Args:
            report: Told about every unexpected event, in words.
            on_start: Told name and identity of every process that was started.
            most_failures: Ends in a row after which a process is given up.
            first_pause_seconds: Pause before the first restart; it doubles each time.
        """
        self._records: list[_Record] = []
        self._report = report
        self._on_start = on_start
        self._most_failures = most_failures
        self._first_pause_seconds = first_pause_seconds

    def keep(self, child: Keepable) -> None:
        """Start a process, without waiting for its health, and watch it from now on."""
        record = _Record(child)
        self._records.append(record)
        self._start(record)

    def wait_until_healthy(
        self, timeout_seconds: float, on_healthy: Callable[[Keepable, float], None]
    ) -> None:
        """Wait until every process answers, restarting those that end meanwhile.

        Args:
            timeout_seconds: For all of them together.
            on_healthy: Told each process when it answers first, and the seconds it took.

        Raises:
            TransientError: One was given up or did not answer in time; its log's end is quoted.
        """
        began = time.monotonic()
        waiting = list(self._records)
        while waiting:
            self.tend()
            for record in list(waiting):
                if record.is_given_up:
                    raise TransientError(f"{record.child.title} does not stay up")
                if record.restart_at is None and record.child.is_healthy():
                    on_healthy(record.child, time.monotonic() - began)
                    waiting.remove(record)
            if waiting and time.monotonic() - began > timeout_seconds:
                slow = waiting[0].child
                message = (
                    f"{slow.title} did not answer within {timeout_seconds:.0f} s; "
                    f"its log ends:\n{slow.log_end()}"
                )
                raise TransientError(message)
            time.sleep(_POLL_SECONDS)

    def tend(self) -> None:
        """Look once at every process: note those that ended, restart those whose pause is over."""
        now = time.monotonic()
        for record in self._records:
            if record.is_given_up:
                continue
            if record.restart_at is not None:
                if now >= record.restart_at:
                    self._restart(record, now)
            elif record.child.has_ended():
                self._note_end(record, now)

    def has_given_up(self, name: str) -> bool:
        """Return whether the process called `name` is not restarted any more."""
        return any(record.is_given_up for record in self._records if record.child.name == name)

    def stop(self) -> None:
        """Stop every process, the last started first, and force those that take too long."""
        running = [record.child for record in reversed(self._records)]
        for child in running:
            child.ask_to_stop()
        deadline = time.monotonic() + _STOP_SECONDS
        for child in running:
            child.finish(deadline - time.monotonic())

    def _start(self, record: _Record) -> None:
        record.started_at = time.monotonic()
        record.restart_at = None
        identity = record.child.start()
        if identity is not None:
            self._on_start(record.child.name, identity)

    def _restart(self, record: _Record, now: float) -> None:
        try:
            self._start(record)
        except OrderNimbusError as error:
            self._report(str(error))
            self._note_end(record, now)

    def _note_end(self, record: _Record, now: float) -> None:
        # Whatever it left of its group must not hold the port.
        record.child.finish(0.0)
        if now - record.started_at > _STABLE_SECONDS:
            record.n_failures = 0
        record.n_failures += 1
        title = record.child.title
        if record.n_failures > self._most_failures:
            record.is_given_up = True
            self._report(
                f"{title} ended {record.n_failures} times in a row and is given up; "
                f"its log ends:\n{record.child.log_end()}"
            )
            return
        pause = min(
            self._first_pause_seconds * 2 ** (record.n_failures - 1), _LONGEST_PAUSE_SECONDS
        )
        record.restart_at = now + pause
        self._report(f"{title} ended unexpectedly; starting it again in {pause:.0f} s")
