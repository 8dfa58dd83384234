"""Which platform a command works on: the one its environment names, else the running local stack.

What belongs here: that choice, and opening what was chosen. What stays out: the commands.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr, ValidationError

from operations.local_stack.environment import StackAddress
from operations.local_stack.state import StateFolder
from ordernimbus.database import roles
from ordernimbus.database.sessions import Database
from ordernimbus.errors import ConfigurationError
from ordernimbus.local_identity import LocalIdentity
from ordernimbus.settings import DatabaseSettings, MigrationSettings, ObjectStoreSettings
from ordernimbus.storage import ObjectStore, open_object_store

_DATABASE_URL = "ORDERNIMBUS_DATABASE_URL"
_MIGRATION_URL = "ORDERNIMBUS_MIGRATION_URL"
_LOCAL_USERS = "ORDERNIMBUS_IDENTITY_LOCAL_DIRECTORY"


@dataclass(frozen=True)
class Connections:
    """The opened platform.

    Attributes:
        database: With a tenant role that may land files, and the platform role.
        store: Its objects.
        identity: Users of the local issuer; None where an identity provider has them.
    """

    database: Database
    store: ObjectStore
    identity: LocalIdentity | None


@contextmanager
def open_platform() -> Iterator[Connections]:
    """Open the platform that this command works on.

    Raises:
        ConfigurationError: None is named, or a setting is missing.
    """
    settings, store_url, identity = _chosen_settings()
    with Database(settings) as database:
        yield Connections(database, open_object_store(store_url), identity)


def migration_url() -> SecretStr:
    """Return the address of the migrating role.

    Raises:
        ConfigurationError: None is named.
    """
    if _MIGRATION_URL in os.environ:
        return MigrationSettings().url
    return SecretStr(_running_stack().database_url(roles.MIGRATOR))


def _chosen_settings() -> tuple[DatabaseSettings, str, LocalIdentity | None]:
    if _DATABASE_URL not in os.environ:
        address = _running_stack()
        settings = DatabaseSettings(
            url=SecretStr(address.database_url(roles.PIPELINE)),
            platform_url=SecretStr(address.database_url(roles.PLATFORM)),
            pool_max_size=2,
        )
        return settings, address.state.objects.as_uri(), LocalIdentity(address.state.identity)
    users = os.environ.get(_LOCAL_USERS)
    identity = LocalIdentity(Path(users)) if users else None
    try:
        return DatabaseSettings(), ObjectStoreSettings().url, identity
    except ValidationError as error:
        missing = ", ".join(
            f"{item['loc'][0] if item['loc'] else error.title}: {item['msg']}"
            for item in error.errors()
        )
        message = f"settings from the environment ({error.title}): {missing}"
        raise ConfigurationError(message) from error


def _running_stack() -> StackAddress:
    state = StateFolder.of_environment()
    runtime = state.read_runtime()
    if runtime is None or not runtime.is_running():
        message = f"no local stack runs: start it with `make run`, or set {_DATABASE_URL}"
        raise ConfigurationError(message)
    return StackAddress(state, runtime.ports, state.role_passwords())
