"""The checks before a start."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from operations import ports
from operations.local_stack import preflight
from operations.local_stack.services import DEFAULT_PORTS
from ordernimbus.errors import ConfigurationError


def test_full_disk_is_named_with_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"GiB are needed: free some"):
        preflight.check_disk(tmp_path, needed_bytes=2**60)


def test_enough_disk_passes(tmp_path: Path) -> None:
    preflight.check_disk(tmp_path, needed_bytes=1)


def test_taken_port_is_replaced_and_its_holder_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        taken = holder.getsockname()[1]
        chosen, remarks = preflight.choose_ports({"api": taken})
    assert chosen["api"] > taken
    assert any(f"port {taken} (api)" in text and str(os.getpid()) in text for text in remarks)


def test_ports_of_the_start_before_are_kept() -> None:
    free = ports.any_free_port()
    chosen, _ = preflight.choose_ports({"api": free})
    assert chosen["api"] == free


def test_every_service_gets_a_port_of_its_own() -> None:
    same = ports.any_free_port()
    chosen, _ = preflight.choose_ports(dict.fromkeys(DEFAULT_PORTS, same))
    assert len(set(chosen.values())) == len(DEFAULT_PORTS)


def test_no_free_port_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="are all taken"):
        ports.next_free_port(65_535, taken=frozenset({65_535}))
