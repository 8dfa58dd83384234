"""Leftovers of a killed stack are found by what they carry, and nothing else is touched."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.local_stack.cleaning import end_leftovers
from operations.local_stack.environment import MARKER
from operations.local_stack.state import Runtime, StateFolder
from operations.processes import ProcessIdentity

SLEEPS = "import sys; print('ready', flush=True); sys.stdin.read()"


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def sleeper(started: list[subprocess.Popen[str]], **variables: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SLEEPS],
        env={**os.environ, **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    started.append(process)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    return process


def test_marked_process_is_ended(tmp_path: Path, started: list[subprocess.Popen[str]]) -> None:
    identity = ProcessIdentity.of(sleeper(started, **{MARKER: str(tmp_path)}).pid)
    assert end_leftovers(StateFolder(tmp_path), None) == 1
    assert identity is not None
    assert not identity.is_running()


def test_process_of_another_stack_is_left_alone(
    tmp_path: Path, started: list[subprocess.Popen[str]]
) -> None:
    other = sleeper(started, **{MARKER: str(tmp_path / "other")})
    assert end_leftovers(StateFolder(tmp_path), None) == 0
    assert other.poll() is None


def test_recorded_process_is_ended(tmp_path: Path, started: list[subprocess.Popen[str]]) -> None:
    identity = ProcessIdentity.of(sleeper(started).pid)
    assert identity is not None
    runtime = Runtime(ProcessIdentity.current(), ports={}, children={"api": identity})
    assert end_leftovers(StateFolder(tmp_path), runtime) == 1
    assert not identity.is_running()


def test_recorded_number_that_was_reused_is_left_alone(
    tmp_path: Path, started: list[subprocess.Popen[str]]
) -> None:
    innocent = sleeper(started)
    earlier = ProcessIdentity(innocent.pid, started=1.0)
    runtime = Runtime(ProcessIdentity.current(), ports={}, children={"api": earlier})
    assert end_leftovers(StateFolder(tmp_path), runtime) == 0
    assert innocent.poll() is None
