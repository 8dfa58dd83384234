"""A program that runs once, beside other steps, and must succeed.

What belongs here: starting it, collecting its output, and ending it when the start is interrupted.
What stays out: processes that keep running (`child`).
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress

from operations.local_stack.state import PROJECT_ROOT
from ordernimbus.errors import ConfigurationError


class BackgroundStep:
    """One program on its way; ask for its output once, or end it."""

    def __init__(self, title: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start the program in the project's folder.

        Args:
            title: What it makes, for messages.
            command: Program and arguments.
            environment: All of its environment variables.
        """
        self._title = title
        self._process = subprocess.Popen(
            command,
            cwd=PROJECT_ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def output(self) -> str:
        """Wait for the end and return what the program printed.

        Raises:
            ConfigurationError: It failed; its last words are quoted.
        """
        printed, complaints = self._process.communicate()
        if self._process.returncode != 0:
            message = f"{self._title}: failed with {complaints.strip()[-1500:]}"
            raise ConfigurationError(message)
        return printed

    def end(self) -> None:
        """Kill the program and what it started, if it still runs."""
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()
