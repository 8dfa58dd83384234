"""Is the process alive, and can it serve?

Liveness asks the process alone, so that a database outage does not restart every replica.
Readiness asks for the database and for a schema that this code can work with: its own newest
migration or a later one, never exactly its own, or a rollback would take every old replica down.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from alembic.config import Config
from alembic.script import ScriptDirectory
from fastapi import APIRouter
from pydantic import BaseModel

from forecast_api.caller import ServicesDependency
from forecast_api.errors import problem_responses
from ordernimbus.database.sessions import Database
from ordernimbus.errors import TransientError

router = APIRouter(tags=["health"])

# Raise it together with the first query that needs a newer migration.
NEEDED_REVISION = "0001"


class Health(BaseModel):
    """The answer of a process that is well."""

    status: str = "ok"


@router.get("/healthz", summary="Is the process alive?")
async def read_health() -> Health:
    """Asks nothing but the process itself."""
    return Health()


@router.get("/readyz", summary="Can it serve?", responses=problem_responses(503))
def read_readiness(services: ServicesDependency) -> Health:
    """503 while the database is away or its schema is too old."""
    require_usable_schema(services.database, NEEDED_REVISION)
    return Health()


def require_usable_schema(database: Database, needed: str) -> None:
    """Check that the database can be reached and has the migration `needed` or a later one.

    Raises:
        TransientError: Neither, until someone starts or migrates the database.
    """
    with database.platform_session() as session:
        rows = session.execute("SELECT version_num FROM public.alembic_version").fetchall()
    applied = {row[0] for row in rows}
    if not applied or applied & _revisions_before(needed):
        message = f"the database is at {sorted(applied)}, before {needed}: `ordernimbus migrate`"
        raise TransientError(message)


@lru_cache
def _revisions_before(needed: str) -> frozenset[str]:
    """Return the revisions that lack `needed`; one this code does not know is a later one."""
    config = Config()
    config.set_main_option("script_location", str(files("ordernimbus") / "migrations"))
    script = ScriptDirectory.from_config(config)
    ancestors = script.iterate_revisions(needed, "base")
    return frozenset(revision.revision for revision in ancestors) - {needed}
