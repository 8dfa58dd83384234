"""The fixtures themselves: what every other integration test takes for granted."""

from __future__ import annotations

import psycopg
import pytest

from ordernimbus.tenancy import list_tenants
from tests.throwaway_platform import ThrowawayPlatform


def test_platform_starts_without_tenants(platform: ThrowawayPlatform) -> None:
    with platform.database("platform").platform_session() as session:
        assert list_tenants(session) == []


def test_added_tenant_is_seen_by_the_pipeline(platform: ThrowawayPlatform) -> None:
    tenant = platform.add_tenant("acorn", time_zone="Europe/Paris", currency_code="EUR")
    with platform.database("pipeline").platform_session() as session:
        assert list_tenants(session) == [tenant]


def test_other_roles_may_not_connect(platform: ThrowawayPlatform) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(platform.url("dagster"))
