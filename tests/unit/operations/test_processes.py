"""Telling processes apart."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from operations.processes import ProcessIdentity


@pytest.fixture
def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])


def test_this_process_runs() -> None:
    assert ProcessIdentity.current().is_running()


def test_reused_number_is_another_process() -> None:
    current = ProcessIdentity.current()
    assert not replace(current, started=current.started - 60).is_running()


def test_process_that_only_waits_to_be_reaped_does_not_run(
    sleeper: subprocess.Popen[bytes],
) -> None:
    identity = ProcessIdentity.of(sleeper.pid)
    assert identity is not None
    identity.end(ask=signal.SIGTERM, patience_seconds=10)
    assert not identity.is_running()
    sleeper.wait()


def test_ending_somebody_else_with_the_same_number_does_nothing(
    sleeper: subprocess.Popen[bytes],
) -> None:
    identity = ProcessIdentity.of(sleeper.pid)
    assert identity is not None
    replace(identity, started=identity.started - 60).end(ask=signal.SIGKILL, patience_seconds=0)
    assert identity.is_running()
    sleeper.kill()
    sleeper.wait()


def test_absent_process_has_no_identity() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as short:
        short.wait()
        assert ProcessIdentity.of(short.pid) is None
