"""The demo tenants' seeding: whatever was interrupted is continued, nothing is made twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.local_stack import demo
from operations.local_stack.announcement import forecast_request
from operations.local_stack.state import StateFolder
from ordernimbus.local_identity import LocalIdentity
from ordernimbus.tenancy import tenants_of_subject
from tests.throwaway_platform import ThrowawayPlatform

MERCHANT = demo.DEMO_TENANTS[0]


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    made = StateFolder(tmp_path / "home")
    made.prepare()
    return made


def test_each_user_may_act_for_one_demo_tenant(
    platform: ThrowawayPlatform, state: StateFolder
) -> None:
    database = platform.database("pipeline")
    demo.register(database, state)
    identity = LocalIdentity(state.identity)
    for merchant in demo.DEMO_TENANTS:
        password = demo.credentials(state)[merchant.email]
        subject = identity.verify_password(merchant.email, password)
        assert subject is not None
        with database.platform_session() as session:
            slugs = [tenant.slug for tenant in tenants_of_subject(session, subject)]
        assert slugs == [merchant.slug]


def test_registering_again_changes_nothing(platform: ThrowawayPlatform, state: StateFolder) -> None:
    database = platform.database("pipeline")
    tenants = demo.register(database, state)
    passwords = demo.credentials(state)
    assert demo.register(database, state) == tenants
    assert demo.credentials(state) == passwords


def test_user_whose_password_was_not_recorded_gets_a_new_one(
    platform: ThrowawayPlatform, state: StateFolder
) -> None:
    database = platform.database("pipeline")
    demo.register(database, state)
    state.demo_credentials.unlink()
    demo.register(database, state)
    password = demo.credentials(state)[MERCHANT.email]
    assert LocalIdentity(state.identity).verify_password(MERCHANT.email, password) is not None


def test_credentials_are_readable_by_their_owner_only(
    platform: ThrowawayPlatform, state: StateFolder
) -> None:
    demo.register(platform.database("pipeline"), state)
    assert state.demo_credentials.stat().st_mode & 0o777 == 0o600


@pytest.fixture
def sales(tmp_path: Path) -> list[Path]:
    files = [tmp_path / f"sales_{day}.csv" for day in (5, 6)]
    for day, path in enumerate(files, start=5):
        path.write_text(f"date,sku,location,quantity,price\n2026-01-0{day},A,main,3,9.99\n")
    return files


def test_landed_sales_are_seen_as_uploads(
    platform: ThrowawayPlatform, state: StateFolder, sales: list[Path]
) -> None:
    database = platform.database("pipeline")
    tenant = demo.register(database, state)[MERCHANT.slug]
    assert not demo.has_uploads(database, tenant)
    demo.land(database, platform.store, state, tenant, sales)
    assert demo.has_uploads(database, tenant)
    assert demo.unlanded(state, MERCHANT.slug) == []


def test_files_after_an_interruption_are_known_to_be_unlanded(
    platform: ThrowawayPlatform, state: StateFolder, sales: list[Path]
) -> None:
    database = platform.database("pipeline")
    tenant = demo.register(database, state)[MERCHANT.slug]
    second = sales[1].rename(sales[1].with_suffix(".away"))
    with pytest.raises(FileNotFoundError):
        demo.land(database, platform.store, state, tenant, sales)
    second.rename(sales[1])

    demo.land(database, platform.store, state, tenant, demo.unlanded(state, MERCHANT.slug))

    with database.tenant_read_session(tenant.tenant_id) as session:
        landed = session.execute("SELECT file_name FROM core.upload ORDER BY upload_seq").fetchall()
    assert landed == [("sales_5.csv",), ("sales_6.csv",)]


def test_request_to_copy_asks_for_one_forecast_with_a_token() -> None:
    line = forecast_request("http://127.0.0.1:8000", "owner@shop.example", "secret")
    assert "-d username=owner@shop.example -d password=secret" in line
    assert line.endswith("'http://127.0.0.1:8000/v1/forecasts?limit=1'")
