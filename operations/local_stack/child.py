"""One process of the stack: started in a session of its own, stopped with its whole group.

What belongs here: the life of a single process. What stays out: which there are (`services`), and
what to do when one ends (`supervisor`).
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from operations.local_stack.services import Service
from operations.ports import LOOPBACK
from operations.processes import ProcessIdentity

_PROBE_SECONDS = 3.0
_LOG_LIMIT_BYTES = 20 * 1024 * 1024


class Child:
    """A service's process; it can be started again after it ended."""

    def __init__(self, service: Service, logs: Path) -> None:
        self.service = service
        self.log_path = logs / f"{service.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        """The service's short name."""
        return self.service.name

    @property
    def title(self) -> str:
        """What people call the service."""
        return self.service.title

    def start(self) -> ProcessIdentity | None:
        """Start the process and return its identity, None where it has ended already.

        A handler that the caller has set becomes the default in the new program, so the child
        reacts to signals even where this shell had them ignored.
        """
        if self.log_path.is_file() and self.log_path.stat().st_size > _LOG_LIMIT_BYTES:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self.service.command,
                cwd=self.service.folder,
                env=self.service.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return ProcessIdentity.of(self._process.pid)

    def has_ended(self) -> bool:
        """Return whether the process was started and has ended since."""
        return self._process is not None and self._process.poll() is not None

    def is_healthy(self) -> bool:
        """Return whether the process runs and answers, where there is a way to ask it."""
        return self._process is not None and self._process.poll() is None and self.answers()

    def answers(self) -> bool:
        """Return whether the service answers; true where there is no way to ask it."""
        if self.service.health_url is not None:
            return _answers_well(self.service.health_url)
        if self.service.port is not None:
            return _accepts(self.service.port)
        return True

    def ask_to_stop(self) -> None:
        """Send the signal that the service takes as a wish to stop."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(self.service.stop_signal)

    def finish(self, patience_seconds: float) -> None:
        """Wait for the process to end, then kill whatever is left of its group."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(patience_seconds, 0.0))
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def log_end(self, n_lines: int = 5) -> str:
        """Return the last lines of the log."""
        text = self.log_path.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-n_lines:])


def _answers_well(url: str) -> bool:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(
        address.hostname or LOOPBACK, address.port, timeout=_PROBE_SECONDS
    )
    try:
        connection.request("GET", address.path)
        return connection.getresponse().status < http.HTTPStatus.BAD_REQUEST
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _accepts(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=_PROBE_SECONDS):
            return True
    except OSError:
        return False
