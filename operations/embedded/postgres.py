"""One PostgreSQL cluster as a child process: made, started, recovered and stopped.

What belongs here: `initdb`, the start-up settings, waiting for readiness, leftovers of a start that
was killed, and stopping. What stays out: roles, databases and tables (`ordernimbus.database`), and
where the programs come from (`binaries`).
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from operations import ports
from operations.embedded import leftovers
from operations.embedded.binaries import (
    Account,
    Programs,
    choose_account,
    find_programs,
    reachable_folder,
)
from operations.processes import ProcessIdentity
from ordernimbus.errors import ConfigurationError, TransientError
from ordernimbus.observability import get_logger

ADMINISTRATOR = "postgres"
_LONGEST_SOCKET_FOLDER = 80
_START_SECONDS = 180.0
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.05
_FIRST_MAJOR_WITH_BUILTIN_LOCALE = 17
_SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    # Parallel plans need more shared memory than containers give, and two cores gain nothing.
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    # Passwords here are 256 random bits: iterations would only slow each connection down.
    "scram_iterations": "1",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
}

_log = get_logger("operations")


@dataclass(frozen=True)
class Endpoint:
    """Where a running cluster listens.

    Attributes:
        port: TCP port on the loopback address.
        socket_folder: Folder of the Unix socket.
        administrator_password: Password of the cluster's administrator.
        process: The server process.
    """

    port: int
    socket_folder: Path
    administrator_password: str = field(repr=False)
    process: ProcessIdentity

    def url(self, role: str, password: str, database: str) -> str:
        """Return the TCP address of `database` for `role`."""
        credentials = f"{role}:{quote(password, safe='')}"
        return f"postgresql://{credentials}@{ports.LOOPBACK}:{self.port}/{database}"

    def administrator_url(self, database: str = "postgres") -> str:
        """Return the address that the cluster's administrator connects to."""
        return self.url(ADMINISTRATOR, self.administrator_password, database)


class Cluster:
    """A cluster in one folder; start it, use its endpoint, stop it.

    Attributes:
        folder: Where the cluster's files are: the wanted folder, or a shared one where the user
            that PostgreSQL runs as could not reach that.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        """Describe a cluster; nothing is started.

        Args:
            folder: Holds data, password and log; made when missing.
            durable: Whether a power cut may lose nothing; false only for tests.
        """
        self._account: Account = choose_account()
        self._programs: Programs = find_programs(self._account)
        self.folder = reachable_folder(folder, self._account)
        self._durable = durable
        self._server: subprocess.Popen[bytes] | None = None
        self._socket_folder: Path | None = None

    @property
    def log_path(self) -> Path:
        """Where the server writes its log."""
        return self.folder / "postgres.log"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _password_path(self) -> Path:
        return self.folder / "administrator.password"

    def start(self, port: int | None = None) -> Endpoint:
        """Make the cluster on first use, clear what a killed start left, and start the server.

        Args:
            port: TCP port, or None for any free one.

        Returns:
            Where it listens; it accepts connections already.

        Raises:
            ConfigurationError: The port is taken, or the files are of another major version.
            TransientError: The server ended, or was not ready in time; the log's end is quoted.
        """
        if not self._data.is_dir():
            self._initialise()
        self._check_version()
        leftovers.clear(self._data)
        if port is None:
            port = ports.any_free_port()
        if not ports.is_free(port):
            message = f"port {port} for PostgreSQL is taken by {ports.holder(port)}"
            raise ConfigurationError(message)
        self._socket_folder = _short_folder()
        self._account.own(self._socket_folder)
        self._server = self._spawn(port, self._socket_folder)
        try:
            self._wait_until_ready(self._server)
        except BaseException:
            self.stop()
            raise
        identity = ProcessIdentity.of(self._server.pid)
        if identity is None:
            raise TransientError(f"PostgreSQL ended right after its start: {self._log_end()}")
        return Endpoint(port, self._socket_folder, self._password_path.read_text("ascii"), identity)

    def has_ended(self) -> bool:
        """Return whether the server was started and has ended since."""
        return self._server is not None and self._server.poll() is not None

    def clear_leftovers(self) -> bool:
        """Stop a server that an earlier process left here, and return whether there was one."""
        return self._data.is_dir() and leftovers.clear(self._data)

    def stop(self) -> None:
        """Roll back open transactions, write everything out and end the server."""
        server, self._server = self._server, None
        if server is not None and server.poll() is None:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                _log.warning("postgres did not stop in time", seconds=_STOP_SECONDS)
                server.send_signal(signal.SIGQUIT)
                server.wait(_STOP_SECONDS)
        if self._socket_folder is not None:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
            self._socket_folder = None

    def _initialise(self) -> None:
        """Build the data folder aside and move it in place when it is whole."""
        for partial in self.folder.glob("initialising-*"):
            shutil.rmtree(partial)
        workplace = Path(tempfile.mkdtemp(dir=self.folder, prefix="initialising-"))
        password_copy = workplace / "password"
        password = secrets.token_urlsafe(32)
        _write_secret(self._password_path, password)
        _write_secret(password_copy, password)
        self._account.own(password_copy)
        self._account.own(workplace)
        command = [
            str(self._programs.folder / "initdb"),
            f"--pgdata={workplace / 'data'}",
            f"--username={ADMINISTRATOR}",
            f"--pwfile={password_copy}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            *self._locale(),
            "--set=scram_iterations=1",
            *([] if self._durable else ["--no-sync"]),
        ]
        result = subprocess.run(
            command,
            **self._account.process_options(),
            cwd="/",
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            shutil.rmtree(workplace)
            message = f"initdb failed in {self.folder}: {result.stderr.strip()[-600:]}"
            raise ConfigurationError(message)
        (workplace / "data").rename(self._data)
        shutil.rmtree(workplace)

    def _locale(self) -> list[str]:
        if self._programs.major < _FIRST_MAJOR_WITH_BUILTIN_LOCALE:
            return ["--no-locale"]
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]

    def _check_version(self) -> None:
        made_by = int((self._data / "PG_VERSION").read_text(encoding="ascii"))
        if made_by != self._programs.major:
            message = (
                f"{self._data} was made by PostgreSQL {made_by}, but {self._programs.folder} holds "
                f"{self._programs.major}: use the earlier programs, or remove the data"
            )
            raise ConfigurationError(message)
        if not self._password_path.is_file():
            message = f"{self._password_path} is missing: restore it, or remove {self._data}"
            raise ConfigurationError(message)

    def _spawn(self, port: int, socket_folder: Path) -> subprocess.Popen[bytes]:
        settings = {
            **_SETTINGS,
            **({} if self._durable else _THROWAWAY_SETTINGS),
            "listen_addresses": ports.LOOPBACK,
            "port": str(port),
            "unix_socket_directories": str(socket_folder),
            "unix_socket_permissions": "0700",
        }
        arguments = [part for item in settings.items() for part in ("-c", "=".join(item))]
        with self.log_path.open("ab") as log:
            # Refused statements may quote what merchants sent.
            self.log_path.chmod(0o600)
            return subprocess.Popen(
                [self._programs.folder / "postgres", "-D", self._data, *arguments],
                **self._account.process_options(),
                cwd="/",
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _wait_until_ready(self, server: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if server.poll() is not None:
                message = f"PostgreSQL ended with status {server.returncode}: {self._log_end()}"
                raise TransientError(message)
            lock = leftovers.read_lock(self._data)
            if lock is not None and lock.pid == server.pid and lock.is_ready:
                return
            time.sleep(_POLL_SECONDS)
        message = f"PostgreSQL was not ready after {_START_SECONDS:.0f} s: {self._log_end()}"
        raise TransientError(message)

    def _log_end(self) -> str:
        lines = self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
        return " | ".join(lines) + f" (whole log: {self.log_path})"


def _short_folder() -> Path:
    """Return a new folder whose sockets stay below the system's limit of about 100 characters."""
    base = tempfile.gettempdir()
    if len(base) > _LONGEST_SOCKET_FOLDER:
        base = "/tmp"  # noqa: S108
    return Path(tempfile.mkdtemp(dir=base, prefix="ordernimbus-"))


def _environment() -> dict[str, str]:
    """Return this environment without PostgreSQL's own variables, with messages in English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C"}


def _write_secret(path: Path, secret: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as target:
        target.write(secret)
