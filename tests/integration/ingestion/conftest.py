"""A merchant whose files are landed and loaded, for the ledger's tests."""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from ingestion.ledger import LoadOutcome, load_upload
from ordernimbus.landing import land_file
from ordernimbus.tenancy import Tenant
from tests.throwaway_platform import ThrowawayPlatform

TODAY = date(2026, 6, 30)


@dataclass
class Merchant:
    """One tenant and what tests do with it."""

    platform: ThrowawayPlatform
    tenant: Tenant

    def land(self, content: str | bytes, name: str = "sales.csv") -> uuid.UUID:
        """Land a file and return its upload."""
        data = content.encode() if isinstance(content, str) else content
        landing = land_file(
            self.platform.database("pipeline"),
            self.platform.store,
            self.tenant,
            file_name=name,
            stream=io.BytesIO(data),
            max_bytes=10**9,
        )
        return landing.upload.upload_id

    def load(self, upload_id: uuid.UUID) -> LoadOutcome:
        """Load a landed upload."""
        return load_upload(
            self.platform.database("pipeline"),
            self.platform.store,
            self.tenant,
            upload_id,
            run_id="run-1",
            today=TODAY,
        )

    def send(self, content: str | bytes, name: str = "sales.csv") -> LoadOutcome:
        """Land a file and load it."""
        return self.load(self.land(content, name))

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query under this tenant's row-level security."""
        database = self.platform.database("pipeline")
        with database.tenant_read_session(self.tenant.tenant_id) as session:
            return session.execute(statement.encode()).fetchall()

    def ledger_digest(self) -> str:
        """Return one digest of all business columns of the tenant's ledger, in key order."""
        [(digest,)] = self.query(
            """
            SELECT md5(coalesce(string_agg(
                (to_jsonb(e) - 'upload_id')::text, ',' ORDER BY source, order_key, event_key
            ), '')) FROM core.sales_event AS e
            """
        )
        return str(digest)

    def units(self) -> dict[str, float]:
        """Return the units per product."""
        rows = self.query(
            "SELECT product_key, sum(quantity)::float FROM core.sales_event GROUP BY product_key"
        )
        return dict(rows)


@pytest.fixture
def merchant(platform: ThrowawayPlatform) -> Merchant:
    """Give a merchant in New York that sells in dollars."""
    return Merchant(platform, platform.add_tenant("acme", time_zone="America/New_York"))


@pytest.fixture
def neighbour(platform: ThrowawayPlatform) -> Merchant:
    """Give another merchant of the same platform."""
    return Merchant(platform, platform.add_tenant("neighbour", time_zone="America/New_York"))
