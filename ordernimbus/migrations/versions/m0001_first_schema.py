"""First schema: tenant registry, uploads, ledger, marts, models and serving tables.

Every tenant table has `tenant_id` first in its key and row-level security that is enabled and
forced, on partitions too. Policies name the roles they serve; a role without a policy sees nothing.

Revision ID: 0001
"""

from importlib.resources import files
from typing import Any

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything."""
    script = files("ordernimbus.migrations.versions") / "m0001_first_schema.sql"
    # The driver itself: several statements in one go, with no placeholders to look for.
    driver: Any = op.get_bind().connection.driver_connection
    driver.execute(script.read_text(encoding="utf-8"))
