"""A large file passes through a real API process without ever being in its memory."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.upload_memory import measure
from tests.forecast_api_world import ISSUER, World

_MEBIBYTE = 1024**2
_SENT_MEBIBYTES = 96
_MOST_GROWTH_MEBIBYTES = 32


@contextmanager
def _served(world: World) -> Iterator[tuple[str, psutil.Process]]:
    """Serve the world's platform in a process of its own; early callers wait in the queue."""
    identity_folder = world.settings.identity.local_directory
    environment = {
        **os.environ,
        **world.platform.environment("api"),
        "ORDERNIMBUS_IDENTITY_ISSUER": ISSUER,
        "ORDERNIMBUS_IDENTITY_LOCAL_DIRECTORY": str(identity_folder),
    }
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.fileno()
        command = [sys.executable, "-m", "uvicorn", "--factory", "--fd", str(number)]
        with subprocess.Popen(
            [*command, "--log-level", "warning", "forecast_api.app:create_app"],
            env=environment,
            pass_fds=[number],
            cwd=Path(__file__).resolve().parents[3],
        ) as server:
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}", psutil.Process(server.pid)
            finally:
                server.terminate()


def test_process_does_not_grow_with_the_file(world: World) -> None:
    with _served(world) as (address, process):
        measure(address, world.token("alice"), process, n_bytes=_MEBIBYTE)

        figures = measure(
            address, world.token("alice"), process, n_bytes=_SENT_MEBIBYTES * _MEBIBYTE
        )

    assert figures.status == 202
    assert figures.rss_growth_mib < _MOST_GROWTH_MEBIBYTES, figures
