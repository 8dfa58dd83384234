"""TCP ports of this machine: which are free, and who holds one that is not.

What belongs here: asking the operating system about ports. What stays out: who should get which.
"""

from __future__ import annotations

import errno
import socket

import psutil

from ordernimbus.errors import ConfigurationError

LOOPBACK = "127.0.0.1"
_PORTS_TO_TRY = 50


def is_free(port: int) -> bool:
    """Return whether a server could listen on `port` of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


def any_free_port() -> int:
    """Return a port that was free a moment ago; the caller copes with losing it to another."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def next_free_port(wanted: int, *, taken: frozenset[int] = frozenset()) -> int:
    """Return `wanted` or the next port above it that is free.

    Args:
        wanted: First choice.
        taken: Ports promised to somebody else who does not listen yet.

    Raises:
        ConfigurationError: None of the following ports is free.
    """
    for port in range(wanted, min(wanted + _PORTS_TO_TRY, 65_536)):
        if port not in taken and is_free(port):
            return port
    message = f"ports {wanted} to {wanted + _PORTS_TO_TRY - 1} are all taken: free one of them"
    raise ConfigurationError(message)


def holder(port: int) -> str:
    """Describe who listens on `port`: program and process number where the system tells."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return "another program"
    for connection in connections:
        is_listener = connection.status == psutil.CONN_LISTEN
        address = connection.laddr
        if is_listener and address and address.port == port and connection.pid is not None:
            try:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
            except psutil.NoSuchProcess:
                continue
    return "another program"
