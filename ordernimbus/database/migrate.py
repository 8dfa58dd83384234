"""Bring the platform's database to the newest schema, as the migrating role.

What belongs here: running Alembic and asking which revision a database has.
What stays out: the tables themselves (`ordernimbus/migrations/versions`).
"""

from __future__ import annotations

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import OperationalError

from ordernimbus.errors import TransientError


def upgrade(url: SecretStr, revision: str = "head") -> None:
    """Apply every missing migration up to `revision`; a database at it is left alone.

    Args:
        url: Address of the migrating role (`postgresql://…`).
        revision: Target revision.

    Raises:
        TransientError: The database cannot be reached.
    """
    address = make_url(url.get_secret_value()).set(drivername="postgresql+psycopg")
    engine = create_engine(address)
    try:
        with _connected(engine) as connection:
            command.upgrade(_config(connection), revision)
            connection.commit()
    finally:
        engine.dispose()


def _connected(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except OperationalError as error:
        where = engine.url.render_as_string(hide_password=True)
        message = f"no connection to {where}: check that the database runs and its address"
        raise TransientError(message) from error


def head_revision() -> str:
    """Return the newest revision that this code knows."""
    head = ScriptDirectory.from_config(_config(None)).get_current_head()
    assert head is not None, "there is always a first migration"  # noqa: S101
    return head


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("ordernimbus") / "migrations"))
    config.attributes["connection"] = connection
    return config
