"""`ordernimbus down`, `reset` and `status`: ending, forgetting and looking at a stack.

What belongs here: what another shell may do to a stack. What stays out: running one (`up`).
"""

from __future__ import annotations

import shutil
import signal
from dataclasses import dataclass

from operations.embedded.postgres import Cluster
from operations.local_stack import cleaning
from operations.local_stack.child import Child
from operations.local_stack.environment import StackAddress
from operations.local_stack.services import services
from operations.local_stack.state import StateFolder
from ordernimbus.errors import TransientError

# PostgreSQL may need longer than the others to write everything out.
_STOP_SECONDS = 60.0


@dataclass(frozen=True)
class ServiceStatus:
    """How one service is.

    Attributes:
        name: Short name.
        title: What people call it.
        url: Where it answers, if anywhere.
        is_healthy: Whether it answers, or where it has no address, whether it runs.
    """

    name: str
    title: str
    url: str | None
    is_healthy: bool


def down(state: StateFolder) -> bool:
    """Stop the stack of a folder, or what a killed one left.

    Returns:
        Whether anything ran.

    Raises:
        TransientError: It does not stop.
    """
    runtime = state.read_runtime()
    if runtime is not None and runtime.is_running():
        ended_itself = runtime.supervisor.end(ask=signal.SIGTERM, patience_seconds=_STOP_SECONDS)
        if not ended_itself:
            _clear(state)
        return True
    if not state.root.is_dir():
        return False
    return _clear(state)


def reset(state: StateFolder) -> None:
    """Stop the stack and remove everything it kept, and nothing else.

    Raises:
        TransientError: It does not stop.
    """
    down(state)
    if state.root.is_dir():
        cluster_folder = Cluster(state.postgres).folder
        state.remove()
        shutil.rmtree(cluster_folder, ignore_errors=True)


def status(state: StateFolder) -> list[ServiceStatus]:
    """Return how each service of a running stack is; empty where none runs."""
    runtime = state.read_runtime()
    if runtime is None or not runtime.is_running():
        return []
    address = StackAddress(state, runtime.ports, state.role_passwords())
    urls = {"api": address.api_url, "dagster": address.dagster_url, "mlflow": address.mlflow_url}
    found = []
    for service in services(address):
        identity = runtime.children.get(service.name)
        is_running = identity is not None and identity.is_running()
        is_healthy = is_running and Child(service, state.logs).answers()
        found.append(ServiceStatus(service.name, service.title, urls.get(service.name), is_healthy))
    return found


def _clear(state: StateFolder) -> bool:
    with state.exclusive() as alone:
        if not alone:
            message = f"another command works on {state.root}: wait for it, then try again"
            raise TransientError(message)
        n_ended = cleaning.end_leftovers(state, state.read_runtime())
        had_server = Cluster(state.postgres).clear_leftovers() if state.postgres.is_dir() else False
        return n_ended > 0 or had_server
