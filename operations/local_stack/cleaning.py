"""Processes that a killed stack left running: found by what they carry, then ended.

What belongs here: finding and ending leftovers of one state folder.
What stays out: PostgreSQL's own leftovers (`embedded.leftovers`).
"""

from __future__ import annotations

import signal

import psutil

from operations.local_stack.environment import MARKER
from operations.local_stack.state import Runtime, StateFolder
from operations.processes import ProcessIdentity, end_together

_PATIENCE_SECONDS = 3.0


def leftover_processes(state: StateFolder, runtime: Runtime | None) -> list[ProcessIdentity]:
    """Return the stack's processes that still run without their supervisor.

    Args:
        state: Its folder; every process of the stack carries it in its environment.
        runtime: What the killed stack had recorded, if anything.
    """
    recorded = [] if runtime is None else list(runtime.children.values())
    found = {identity for identity in recorded if identity.is_running()}
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARKER) == str(state.root):
                identity = ProcessIdentity.of(process.pid)
                if identity is not None and identity.is_running():
                    found.add(identity)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return sorted(found, key=lambda identity: identity.started)


def end_leftovers(state: StateFolder, runtime: Runtime | None) -> int:
    """End every leftover process and return how many there were."""
    found = leftover_processes(state, runtime)
    end_together(found, ask=signal.SIGTERM, patience_seconds=_PATIENCE_SECONDS)
    return len(found)
