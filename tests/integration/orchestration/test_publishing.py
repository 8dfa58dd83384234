"""Publishing: readers see one vintage whole, and never an older one after a newer."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from orchestration.publishing import publish_forecasts
from orchestration.repositories import serving
from orchestration.repositories.serving import Vintage
from orchestration.resources import Platform
from ordernimbus.database.sessions import TenantSession
from ordernimbus.errors import ContractError
from ordernimbus.tenancy import Tenant
from tests.integration.orchestration.demand import (
    champion,
    forecasts,
    opened,
    sell,
    steady,
    tracking,
)
from tests.throwaway_platform import ThrowawayPlatform

_WHAT_A_READER_SEES = """
    SELECT
        c.vintage_id,
        (SELECT count(*) FROM serving.forecast AS f WHERE f.vintage_id = c.vintage_id),
        (SELECT array_agg(DISTINCT s.vintage_id) FROM serving.series AS s),
        (SELECT count(*) FROM serving.series)
    FROM serving.current_vintage AS c
"""


@dataclass
class Shop:
    """A tenant with forecasts ready to be published."""

    throwaway: ThrowawayPlatform
    platform: Platform
    tenant: Tenant
    frame: pl.DataFrame

    def publish(self, run_id: str, *, days_earlier: int = 0) -> Vintage:
        """Publish the forecasts, as if made some days earlier."""
        earlier = pl.duration(days=days_earlier)
        frame = self.frame.with_columns(pl.col("cutoff") - earlier, pl.col("ds") - earlier)
        return publish_forecasts(self.platform, self.tenant, frame, run_id=run_id)

    def seen(self) -> tuple[uuid.UUID, int, list[uuid.UUID], int]:
        """Return the pointer, its forecasts and the catalogue as the API's role sees them."""
        database = self.throwaway.database("api")
        with database.tenant_read_session(self.tenant.tenant_id) as session:
            row = session.execute(_WHAT_A_READER_SEES).fetchone()
        assert row is not None
        return row[0], row[1], row[2], row[3]

    def write(self, session: TenantSession, like: Vintage, **changes: object) -> Vintage:
        """Write a vintage of the same forecasts inside a transaction that the caller ends."""
        vintage = replace(like, vintage_id=uuid.uuid4(), run_id="other", **changes)  # type: ignore[arg-type]  # fields by name
        rows = session.execute("SELECT * FROM serving.series").fetchall()
        assert rows, "the earlier vintage's catalogue"
        serving.lock_publishing(session, self.tenant.tenant_id)
        serving.publish_vintage(
            session,
            self.tenant.tenant_id,
            vintage,
            forecasts=_packed(session, like),
            series=_catalogue(session),
            accuracy=pl.DataFrame(schema=dict.fromkeys(serving.ACCURACY_COLUMNS, pl.String)),
        )
        return vintage


def _packed(session: TenantSession, vintage: Vintage) -> pl.DataFrame:
    rows = session.execute(
        """
        SELECT series_id, start_date, mean_units::text, quantile_units::text, method, reason
        FROM serving.forecast WHERE vintage_id = %s
        """,
        (vintage.vintage_id,),
    ).fetchall()
    return pl.DataFrame(rows, schema=list(serving._FORECAST_COLUMNS), orient="row")


def _catalogue(session: TenantSession) -> pl.DataFrame:
    names = [
        "history_units::text" if name == "history_units" else name
        for name in serving._SERIES_COLUMNS
    ]
    rows = session.execute(f"SELECT {', '.join(names)} FROM serving.series".encode()).fetchall()
    return pl.DataFrame(rows, schema=list(serving._SERIES_COLUMNS), orient="row")


@pytest.fixture
def shop(platform: ThrowawayPlatform, tmp_path: Path) -> Shop:
    tenant = platform.add_tenant("shop")
    sell(platform, tenant, {"MUG": steady(60), "CUP": steady(60, 5.0)})
    run = opened(platform)
    found = champion(run, tenant, tracking(tmp_path))
    return Shop(platform, run, tenant, forecasts(run, tenant, found))


def test_readers_see_the_old_vintage_until_the_new_one_is_committed(shop: Shop) -> None:
    old = shop.publish("run-1")

    with shop.platform.database.tenant_session(shop.tenant.tenant_id) as session:
        new = shop.write(session, old)
        before = shop.seen()

    assert before == (old.vintage_id, 2, [old.vintage_id], 2)
    assert shop.seen() == (new.vintage_id, 2, [new.vintage_id], 2)


def test_a_publisher_that_dies_before_its_commit_leaves_the_old_vintage(shop: Shop) -> None:
    old = shop.publish("run-1")

    def die() -> None:
        with shop.platform.database.tenant_session(shop.tenant.tenant_id) as session:
            shop.write(session, old)
            row = session.execute("SELECT pg_backend_pid()").fetchone()
            with shop.throwaway.administrator() as admin:
                admin.execute("SELECT pg_terminate_backend(%s)", row)
            session.execute("SELECT 1")

    with pytest.raises(Exception, match=r"terminat|closed"):
        die()

    assert shop.seen() == (old.vintage_id, 2, [old.vintage_id], 2)


def test_publishing_twice_from_one_run_is_one_vintage(shop: Shop) -> None:
    assert shop.publish("run-1") == shop.publish("run-1")


def test_another_run_makes_another_vintage(shop: Shop) -> None:
    first, second = shop.publish("run-1"), shop.publish("run-2")

    assert first.vintage_id != second.vintage_id
    assert shop.seen()[0] == second.vintage_id


def test_a_forecast_that_knows_less_is_refused_and_the_newer_stays(shop: Shop) -> None:
    newer = shop.publish("run-1")

    with pytest.raises(ContractError, match="is served already"):
        shop.publish("run-2", days_earlier=1)

    assert shop.seen()[0] == newer.vintage_id


def test_of_two_publishers_at_once_the_one_that_knows_less_is_refused(shop: Shop) -> None:
    old = shop.publish("run-1", days_earlier=2)

    with ThreadPoolExecutor(1) as threads:
        with shop.platform.database.tenant_session(shop.tenant.tenant_id) as session:
            newer = shop.write(session, old, cutoff_date=old.cutoff_date + timedelta(days=2))
            slower = threads.submit(shop.publish, "run-2", days_earlier=1)
            _until(lambda: _someone_waits_for_a_lock(shop.throwaway))
        with pytest.raises(ContractError, match="is served already"):
            slower.result(timeout=30)

    assert shop.seen()[0] == newer.vintage_id


def test_a_tenant_with_one_series_only_is_served(
    platform: ThrowawayPlatform, tmp_path: Path
) -> None:
    tenant = platform.add_tenant("one-product")
    sell(platform, tenant, {"MUG": steady(120)})
    run = opened(platform)
    found = champion(run, tenant, tracking(tmp_path))
    shop = Shop(platform, run, tenant, forecasts(run, tenant, found))

    vintage = shop.publish("run-1")

    assert shop.seen() == (vintage.vintage_id, 1, [vintage.vintage_id], 1)


def test_another_tenants_catalogue_stays(shop: Shop, tmp_path: Path) -> None:
    first = shop.publish("run-1")
    tenant = shop.throwaway.add_tenant("neighbour")
    sell(shop.throwaway, tenant, {"HAT": steady(60)})
    found = champion(shop.platform, tenant, tracking(tmp_path))
    other = replace(shop, tenant=tenant, frame=forecasts(shop.platform, tenant, found))

    other.publish("run-1")

    assert shop.seen() == (first.vintage_id, 2, [first.vintage_id], 2)


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not happen"


def _someone_waits_for_a_lock(platform: ThrowawayPlatform) -> bool:
    with platform.administrator() as admin:
        row = admin.execute(
            """
            SELECT count(*) FROM pg_locks
            WHERE locktype = 'advisory' AND NOT granted
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """
        ).fetchone()
    return row is not None and row[0] > 0
