"""Alembic's entry: run the migrations on the connection it was handed, as the owner role.

One advisory lock per database makes concurrent deployments wait for each other.
"""

from alembic import context
from sqlalchemy import text

from ordernimbus.database.roles import OWNER

_MIGRATION_LOCK = 7_240_318_001

connection = context.config.attributes["connection"]
connection.execute(text(f"SET ROLE {OWNER.name}"))
connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
context.configure(connection=connection, version_table_schema="public", transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
