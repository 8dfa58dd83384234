"""The processes of the local stack, each declared once.

What belongs here: command, environment and health address of each process.
What stays out: starting and watching them (`supervisor`).
"""

from __future__ import annotations

import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from operations.local_stack.environment import StackAddress
from operations.ports import LOOPBACK

DEFAULT_PORTS = {"postgres": 54320, "api": 8000, "dagster": 3000, "mlflow": 5001, "code": 4266}


@dataclass(frozen=True)
class Service:
    """One process to keep running.

    Attributes:
        name: Short name, also of its log file.
        title: What people call it.
        command: Program and arguments; no secrets, since every user of the machine sees them.
        environment: All of its environment variables.
        folder: Working folder.
        health_url: Answers with a status below 400 when the process is ready; None where no port
            tells.
        port: Port that answers by accepting a connection, where there is no health address.
        stop_signal: What it takes as a wish to stop.
    """

    name: str
    title: str
    command: tuple[str, ...]
    environment: dict[str, str]
    folder: Path
    health_url: str | None = None
    port: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM


def services(address: StackAddress) -> list[Service]:
    """Return the stack's processes beside PostgreSQL, in the order of their start."""
    return [*first_services(address), *pipeline_services(address)]


def first_services(address: StackAddress) -> list[Service]:
    """Return the processes that need nothing but the database."""
    folder = address.state.dagster
    return [
        Service(
            name="code",
            title="Dagster code location",
            command=_program(
                "dagster", "api", "grpc", "--module-name", "orchestration.definitions",
                "--location-name", "orchestration", "--host", LOOPBACK,
                "--port", str(address.ports["code"]),
            ),
            environment=address.pipeline(),
            folder=folder,
            port=address.ports["code"],
        ),
        Service(
            name="api",
            title="Forecast API and page",
            command=_module(
                "uvicorn", "forecast_api.app:create_app", "--factory", "--host", LOOPBACK,
                "--port", str(address.ports["api"]), "--no-access-log", "--no-server-header",
            ),
            environment=address.api(),
            folder=address.state.root,
            health_url=f"{address.api_url}/readyz",
        ),
        Service(
            name="mlflow",
            title="MLflow (models)",
            command=_program(
                "mlflow", "server", "--host", LOOPBACK, "--port", str(address.ports["mlflow"]),
                "--workers", "1", "--no-serve-artifacts",
            ),
            environment=address.mlflow(),
            folder=address.state.root,
            health_url=f"{address.mlflow_url}/health",
        ),
    ]  # fmt: skip


def pipeline_services(address: StackAddress) -> list[Service]:
    """Return the processes that ask the code location at their start."""
    folder = address.state.dagster
    workspace = ("--workspace", str(folder / "workspace.yaml"))
    return [
        Service(
            name="dagster",
            title="Dagster (pipelines)",
            command=_program(
                "dagster-webserver", "--host", LOOPBACK, "--port", str(address.ports["dagster"]),
                *workspace,
            ),
            environment=address.pipeline(),
            folder=folder,
            health_url=f"{address.dagster_url}/server_info",
            stop_signal=signal.SIGINT,
        ),
        Service(
            name="daemon",
            title="Dagster daemon",
            command=_program("dagster-daemon", "run", *workspace),
            environment=address.pipeline(),
            folder=folder,
            stop_signal=signal.SIGINT,
        ),
    ]  # fmt: skip


def _program(name: str, *arguments: str) -> tuple[str, ...]:
    """Return a command of a program that is installed beside this Python."""
    return (str(Path(sys.executable).with_name(name)), *arguments)


def _module(name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name, *arguments)
