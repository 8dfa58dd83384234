"""The supervisor over tiny real processes: starting, restarting, giving up, stopping."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from operations.local_stack.child import Child
from operations.local_stack.services import Service
from operations.local_stack.supervisor import Supervisor
from operations.processes import ProcessIdentity
from ordernimbus.errors import TransientError

SLEEPS = "import signal; signal.pause()"
ENDS = "import sys; print('out of sugar'); sys.exit(3)"
IS_DEAF = (
    "import signal, sys, pathlib; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "pathlib.Path('ready').touch(); signal.pause()"
)
HAS_A_CHILD = (
    "import pathlib, signal, subprocess, sys; "
    "inner = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()']); "
    "pathlib.Path('inner.partial').write_text(str(inner.pid)); "
    "pathlib.Path('inner.partial').replace('inner'); signal.pause()"
)


class World:
    """A supervisor and what it said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.started: dict[str, list[ProcessIdentity]] = {}
        self.supervisor = Supervisor(
            report=self.said.append,
            on_start=lambda name, identity: self.started.setdefault(name, []).append(identity),
            most_failures=2,
            first_pause_seconds=0.05,
        )

    def child(self, name: str, program: str, **facts: object) -> Child:
        service = Service(
            name=name,
            title=name.title(),
            command=(sys.executable, "-c", program),
            environment=dict(os.environ),
            folder=self.folder,
            **facts,  # type: ignore[arg-type]
        )
        return Child(service, self.folder)

    def process(self, name: str) -> ProcessIdentity:
        return self.started[name][-1]

    def tend_until(self, condition: Callable[[], bool]) -> None:
        for _ in range(2_000):
            self.supervisor.tend()
            if condition():
                return
            signal.sigtimedwait([], 0.01)
        pytest.fail("nothing of the kind happened within 20 s")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.supervisor.stop()


def test_started_process_is_reported_healthy(world: World) -> None:
    healthy: list[str] = []
    world.supervisor.keep(world.child("sleeper", SLEEPS))
    world.supervisor.wait_until_healthy(10, lambda child, _: healthy.append(child.name))
    assert healthy == ["sleeper"]


def test_killed_process_is_started_again_and_said_so(world: World) -> None:
    world.supervisor.keep(world.child("sleeper", SLEEPS))
    os.kill(world.process("sleeper").pid, signal.SIGKILL)
    world.tend_until(lambda: len(world.started["sleeper"]) == 2)
    assert world.process("sleeper").is_running()
    assert world.said == ["Sleeper ended unexpectedly; starting it again in 0 s"]


def test_process_that_keeps_ending_is_given_up_with_its_last_words(world: World) -> None:
    world.supervisor.keep(world.child("quitter", ENDS))
    world.tend_until(lambda: world.supervisor.has_given_up("quitter"))
    assert len(world.started["quitter"]) == 3
    assert "out of sugar" in world.said[-1]


def test_each_of_several_given_up_processes_is_known_as_such(world: World) -> None:
    for name in ("first", "second"):
        world.supervisor.keep(world.child(name, ENDS))
    world.supervisor.keep(world.child("sleeper", SLEEPS))
    world.tend_until(
        lambda: all(world.supervisor.has_given_up(name) for name in ("first", "second"))
    )
    assert not world.supervisor.has_given_up("sleeper")


def test_waiting_for_a_process_that_keeps_ending_fails(world: World) -> None:
    world.supervisor.keep(world.child("quitter", ENDS, port=9))
    with pytest.raises(TransientError, match="Quitter does not stay up"):
        world.supervisor.wait_until_healthy(20, lambda *_: None)


def test_waiting_for_an_answer_has_an_end(world: World) -> None:
    silent_port = 9
    world.supervisor.keep(world.child("silent", SLEEPS, port=silent_port))
    with pytest.raises(TransientError, match="Silent did not answer within 0 s"):
        world.supervisor.wait_until_healthy(0, lambda *_: None)


def test_stopping_ends_every_process(world: World) -> None:
    for name in ("first", "second"):
        world.supervisor.keep(world.child(name, SLEEPS))
    world.supervisor.stop()
    assert not any(world.process(name).is_running() for name in ("first", "second"))


def test_stopping_forces_a_process_that_does_not_listen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.local_stack.supervisor._STOP_SECONDS", 0.2)
    world.supervisor.keep(world.child("deaf", IS_DEAF))
    world.tend_until((world.folder / "ready").exists)
    world.supervisor.stop()
    assert not world.process("deaf").is_running()


def test_stopping_takes_grandchildren_along(world: World) -> None:
    world.supervisor.keep(world.child("parent", HAS_A_CHILD))
    world.tend_until((world.folder / "inner").exists)
    inner = psutil.Process(int((world.folder / "inner").read_text()))
    world.supervisor.stop()
    # The kernel ends it a moment after the signal, and nobody here may wait for a grandchild.
    _, alive = psutil.wait_procs([inner], timeout=5)
    assert all(process.status() == psutil.STATUS_ZOMBIE for process in alive)


def test_child_obeys_interrupt_where_this_process_handles_it(world: World) -> None:
    world.supervisor.keep(world.child("sleeper", SLEEPS, stop_signal=signal.SIGINT))
    identity = world.process("sleeper")
    world.supervisor.stop()
    assert not identity.is_running()
