"""The folder in which the local stack keeps everything: data, keys, logs, and what runs now.

What belongs here: paths, the secrets file, the record of running processes, and the lock that lets
one stack run per folder. What stays out: starting anything.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from operations.processes import ProcessIdentity
from ordernimbus.database.roles import LOGIN_ROLES
from ordernimbus.errors import ConfigurationError

PROJECT_ROOT = Path(__file__).resolve().parents[2]
_HOME = "ORDERNIMBUS_HOME"
_SECRETS, _RUNTIME, _LOCK = "secrets.json", "runtime.json", "lock"
_OWNER_ONLY = 0o700
# The user that PostgreSQL runs as, where that is not the owner, has to pass through to its folder.
_OTHERS_PASS_THROUGH = 0o711


@dataclass(frozen=True)
class Runtime:
    """What an `ordernimbus up` started.

    Attributes:
        supervisor: The process that watches over the others.
        ports: Port per service name.
        children: Process per service name.
        is_ready: Whether every service answered.
    """

    supervisor: ProcessIdentity
    ports: dict[str, int]
    children: dict[str, ProcessIdentity] = field(default_factory=dict)
    is_ready: bool = False

    def is_running(self) -> bool:
        """Return whether the supervisor is alive."""
        return self.supervisor.is_running()


@dataclass(frozen=True)
class StateFolder:
    """Paths below one folder; nothing outside it belongs to the stack.

    PostgreSQL's own folder is the one exception, see `embedded.binaries.reachable_folder`.
    """

    root: Path

    @classmethod
    def of_environment(cls) -> StateFolder:
        """Return the folder that ORDERNIMBUS_HOME names, or `.ordernimbus` in the project."""
        configured = os.environ.get(_HOME)
        return cls(Path(configured).resolve() if configured else PROJECT_ROOT / ".ordernimbus")

    @property
    def postgres(self) -> Path:
        """Wanted folder of the database cluster."""
        return self.root / "postgres"

    @property
    def objects(self) -> Path:
        """Folder of the object store."""
        return self.root / "objects"

    @property
    def identity(self) -> Path:
        """Folder of the local token issuer."""
        return self.root / "identity"

    @property
    def dagster(self) -> Path:
        """Dagster's home."""
        return self.root / "dagster"

    @property
    def artifacts(self) -> Path:
        """Folder of MLflow's artifacts."""
        return self.root / "mlflow"

    @property
    def logs(self) -> Path:
        """Folder of the processes' logs."""
        return self.root / "logs"

    @property
    def demo(self) -> Path:
        """Folder of the demo tenants' sales files."""
        return self.root / "demo"

    @property
    def demo_credentials(self) -> Path:
        """File with the demo users' passwords."""
        return self.root / "demo_credentials"

    def prepare(self) -> None:
        """Make every folder that is missing; what they hold is for their owner only.

        Raises:
            ConfigurationError: The folder cannot be written.
        """
        with self._explaining_refusals():
            self._make_root()
            for folder in (self.objects, self.dagster, self.artifacts, self.logs, self.demo):
                folder.mkdir(exist_ok=True)
                folder.chmod(_OWNER_ONLY)

    def remove(self) -> None:
        """Remove what the stack keeps, and the folder itself unless it holds anything else."""
        for path in (
            *(self.postgres, self.objects, self.identity, self.dagster, self.artifacts),
            *(self.logs, self.demo, self.demo_credentials),
            *(self.root / name for name in (_SECRETS, _RUNTIME, _LOCK)),
            *self.root.glob(".partial-*"),
        ):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        if not any(self.root.iterdir()):
            self.root.rmdir()

    def _make_root(self) -> None:
        # The mode of a folder that was there before is its owner's business.
        if not self.root.is_dir():
            self.root.mkdir(parents=True, exist_ok=True)
            self.root.chmod(_OTHERS_PASS_THROUGH)

    @contextmanager
    def _explaining_refusals(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            message = f"{self.root} cannot be written ({error.strerror}): set {_HOME}"
            raise ConfigurationError(message) from error

    def role_passwords(self) -> dict[str, str]:
        """Return one password per database role, made on first use."""
        path = self.root / _SECRETS
        known = read_json(path) or {}
        passwords = {
            role.name: known.get(role.name) or secrets.token_urlsafe(32) for role in LOGIN_ROLES
        }
        if passwords != known:
            write_private_json(path, passwords)
        return passwords

    def read_runtime(self) -> Runtime | None:
        """Return what the latest `up` recorded, or None before the first one."""
        document = read_json(self.root / _RUNTIME)
        if document is None:
            return None
        try:
            return Runtime(
                supervisor=ProcessIdentity(**document["supervisor"]),
                ports=document["ports"],
                children={
                    name: ProcessIdentity(**identity)
                    for name, identity in document["children"].items()
                },
                is_ready=document["is_ready"],
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise _damaged(self.root / _RUNTIME) from error

    def write_runtime(self, runtime: Runtime) -> None:
        """Record what runs now."""
        write_private_json(self.root / _RUNTIME, asdict(runtime))

    @contextmanager
    def exclusive(self) -> Iterator[bool]:
        """Give whether this process alone may run the stack; a dead one's claim ends with it.

        Raises:
            ConfigurationError: The folder cannot be written.
        """
        with self._explaining_refusals():
            self._make_root()
            lock = (self.root / _LOCK).open("a")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the object in a file, or None where there is no file.

    Raises:
        ConfigurationError: The file holds something else.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise _damaged(path) from error
    if not isinstance(document, dict):
        raise _damaged(path)
    return document


def write_private_json(path: Path, document: object) -> None:
    """Replace a file as a whole, readable by its owner only."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".partial-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as target:
        json.dump(document, target, indent=2)
        target.flush()
        # A power cut must leave the old file or the new one, never an empty one.
        os.fsync(target.fileno())
    Path(temporary).replace(path)


def _damaged(path: Path) -> ConfigurationError:
    return ConfigurationError(f"{path} is damaged: remove it and start again")
