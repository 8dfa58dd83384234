"""Resources: typed wrappers around kernel clients, and nothing else.

What belongs here: opening the database, the object store and the tracking settings once per run.
What stays out: what is done with them; wiring (definitions.py).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import dagster as dg

from ordernimbus import tenancy
from ordernimbus.database.sessions import Database
from ordernimbus.settings import (
    DatabaseSettings,
    ObjectStoreSettings,
    PlatformSettings,
    TrackingSettings,
)
from ordernimbus.storage import ObjectStore, open_object_store
from ordernimbus.tenancy import Tenant


@dataclass(frozen=True)
class Platform:
    """The opened clients of one run."""

    database: Database
    store: ObjectStore
    code_version: str

    def active_tenant(self, slug: str) -> Tenant:
        """Return the tenant of a partition key.

        Raises:
            UnknownTenant: The key names no tenant.
            TenantSuspended: Its work is suspended.
        """
        with self.database.platform_session() as session:
            return tenancy.find_tenant(session, slug).require_active()


class PlatformResource(dg.ConfigurableResource[Platform]):
    """Database and object store as the pipeline's roles see them.

    Settings come from the environment (`ORDERNIMBUS_DATABASE_…`, `ORDERNIMBUS_OBJECT_STORE_URL`),
    so that no secret ever stands in run configuration.
    """

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Platform]:  # noqa: ARG002
        """Open the clients for the run, and close them after it."""
        with Database(DatabaseSettings()) as database:
            yield Platform(
                database=database,
                store=open_object_store(ObjectStoreSettings().url),
                code_version=PlatformSettings().code_version,
            )


class TrackingResource(dg.ConfigurableResource[TrackingSettings]):
    """Where MLflow keeps its runs."""

    def create_resource(self, context: dg.InitResourceContext) -> TrackingSettings:  # noqa: ARG002
        """Return the tracking settings of the environment."""
        return TrackingSettings()


@contextmanager
def dbt_reads_tenants(tenant_ids: list[UUID]) -> Iterator[None]:
    """Make dbt processes started inside the block see these tenants' rows only.

    The setting travels as connection options of the dbt role, whose policies read it. A process
    runs one dbt step at a time, so the process environment is the block's own.
    """
    before = os.environ.get("PGOPTIONS")
    os.environ["PGOPTIONS"] = f"-c app.tenant_ids={','.join(map(str, tenant_ids))}"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PGOPTIONS"]
        else:
            os.environ["PGOPTIONS"] = before
