"""The only two doors to the database: `tenant_session` and `platform_session`.

A tenant session is one transaction in which row-level security shows one tenant's rows.
The tenant is set for the transaction only, so that a pooled connection can never carry it on.
What belongs here: opening transactions and setting their context.
What stays out: queries (each room's repositories), roles and tables (roles.py, migrations).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NewType

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from ordernimbus.errors import ConfigurationError, TenantContextMissing, TransientError
from ordernimbus.settings import DatabaseSettings

TenantReadSession = NewType("TenantReadSession", psycopg.Connection[TupleRow])
TenantSession = NewType("TenantSession", TenantReadSession)
PlatformSession = NewType("PlatformSession", psycopg.Connection[TupleRow])


class Database:
    """Connection pools of one process, handing out sessions.

    Use as a context manager or call `close`; connections are opened on first use.
    """

    def __init__(self, settings: DatabaseSettings) -> None:
        self._settings = settings
        self._tenant_pool = self._open_pool(settings.url.get_secret_value())
        platform_url = settings.platform_url
        self._platform_pool = (
            self._open_pool(platform_url.get_secret_value()) if platform_url is not None else None
        )

    def _open_pool(self, url: str) -> ConnectionPool[psycopg.Connection[TupleRow]]:
        return ConnectionPool(
            url,
            min_size=self._settings.pool_min_size,
            max_size=self._settings.pool_max_size,
            timeout=self._settings.acquire_timeout_seconds,
            max_idle=60.0,
            check=ConnectionPool.check_connection,
            open=True,
        )

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every pooled connection."""
        self._tenant_pool.close()
        if self._platform_pool is not None:
            self._platform_pool.close()

    @contextmanager
    def tenant_session(self, tenant_id: uuid.UUID) -> Iterator[TenantSession]:
        """Open one read-write transaction that sees `tenant_id`'s rows only.

        Commits on leaving the block, rolls back on any error.

        Raises:
            TenantContextMissing: `tenant_id` is not a UUID.
            TransientError: No connection could be had in time.
        """
        with self._transaction(self._tenant_pool, _tenant_context(tenant_id)) as connection:
            yield TenantSession(TenantReadSession(connection))

    @contextmanager
    def tenant_read_session(self, tenant_id: uuid.UUID) -> Iterator[TenantReadSession]:
        """Open one read-only transaction that sees `tenant_id`'s rows only, at one instant.

        All its statements see the same published vintage, also while another one is published.

        Raises:
            TenantContextMissing: `tenant_id` is not a UUID.
            TransientError: No connection could be had in time.
        """
        context = _tenant_context(tenant_id)
        with self._transaction(self._tenant_pool, context, is_snapshot=True) as connection:
            yield TenantReadSession(connection)

    @contextmanager
    def platform_session(self, *, subject: str | None = None) -> Iterator[PlatformSession]:
        """Open one transaction without a tenant, for the tenant registry and work queues.

        Args:
            subject: Whose memberships the session may see, where the role sees only those.

        Raises:
            ConfigurationError: This process has no platform role.
            TransientError: No connection could be had in time.
        """
        if self._platform_pool is None:
            message = "no platform role here: set ORDERNIMBUS_DATABASE_PLATFORM_URL"
            raise ConfigurationError(message)
        context = {"app.subject": subject} if subject is not None else {}
        with self._transaction(self._platform_pool, context) as connection:
            yield PlatformSession(connection)

    @contextmanager
    def _transaction(
        self,
        pool: ConnectionPool[psycopg.Connection[TupleRow]],
        context: dict[str, str],
        *,
        is_snapshot: bool = False,
    ) -> Iterator[psycopg.Connection[Any]]:
        try:
            connection = pool.getconn()
        except (PoolTimeout, psycopg.OperationalError) as error:
            message = "the database gave no connection in time; try again in a minute"
            raise TransientError(message) from error
        try:
            with connection.transaction():
                if is_snapshot:
                    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                for name, value in context.items():
                    connection.execute("SELECT set_config(%s, %s, true)", (name, value))
                yield connection
        except BaseException:
            # A cancelled statement leaves the connection in a state nobody knows: drop it.
            connection.close()
            raise
        finally:
            pool.putconn(connection)


def _tenant_context(tenant_id: object) -> dict[str, str]:
    if not isinstance(tenant_id, uuid.UUID):
        message = f"a tenant session needs a tenant UUID, got {tenant_id!r}"
        raise TenantContextMissing(message)
    return {"app.tenant_id": str(tenant_id)}
