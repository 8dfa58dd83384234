"""Tenants with published forecasts, and people with access tokens, for tests of the forecast API.

What belongs here: making the world that tests ask about. What stays out: asking.
"""

from __future__ import annotations

import math
import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from fastapi.testclient import TestClient

from forecast_api.app import create_app
from forecast_api.settings import ApiSettings
from ordernimbus.database.sessions import Database, TenantSession
from ordernimbus.local_identity import LocalIdentity
from ordernimbus.settings import (
    IdentitySettings,
    ObjectStoreSettings,
    PlatformSettings,
    UploadSettings,
)
from ordernimbus.tenancy import Tenant, add_member
from tests.throwaway_platform import ThrowawayCluster, ThrowawayPlatform

ISSUER = "https://identity.test"
CLIENT_ID = "ordernimbus-page"
CUTOFF = date(2026, 11, 21)
QUANTILES = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
_NORMAL = (-1.96, -1.645, -1.282, -0.674, 0.0, 0.674, 1.282, 1.645, 1.96)
HORIZON = 28


@dataclass(frozen=True)
class SeriesFacts:
    """One series to publish; `level_units` is its mean demand per day."""

    sku: str
    location: str
    level_units: float
    title: str = "Thing"
    method: str = "lightgbm"
    reason: str = "Forecast by the model learned from all series together."
    n_days: int = 400

    @property
    def series_id(self) -> str:
        return f"{self.sku}@{self.location}"


def few_series(prefix: str) -> list[SeriesFacts]:
    """Three series whose names begin with `prefix`."""
    return [
        SeriesFacts(f"{prefix}-MUG", "north", 12.0, "Blue mug"),
        SeriesFacts(f"{prefix}-MUG", "south", 4.0, "Blue mug"),
        SeriesFacts(f"{prefix}-PEN", "north", 0.3, "=cmd|' /C calc'!A0", "zero", "No sale lately."),
    ]


def publish(database: Database, tenant: Tenant, series: list[SeriesFacts]) -> uuid.UUID:
    """Publish a new current vintage of `series` as the pipeline does, and return its identifier."""
    vintage_id = uuid.uuid4()
    key = (tenant.tenant_id, vintage_id)
    with database.tenant_session(tenant.tenant_id) as session:
        session.execute(
            "INSERT INTO serving.vintage VALUES"
            " (%s, %s, %s, %s, %s, 7, repeat('a', 64), 'test', 0, %s, 'run', now())",
            (*key, CUTOFF, HORIZON, list(QUANTILES), len(series)),
        )
        for facts in series:
            _publish_series(session, key, facts)
        for series_id in ("", *(facts.series_id for facts in series)):
            session.execute(
                "INSERT INTO serving.accuracy VALUES (%s, %s, %s, 'backtest', %s, %s, 28,"
                " 1000, 0.18, -1.5, 0.8, 0.79, 0.94, 0.26, 1.1, now())",
                (*key, series_id, CUTOFF - timedelta(days=27), CUTOFF),
            )
        session.execute(
            "INSERT INTO serving.current_vintage VALUES (%s, %s, now())"
            " ON CONFLICT (tenant_id) DO UPDATE SET vintage_id = excluded.vintage_id",
            key,
        )
    return vintage_id


def _publish_series(
    session: TenantSession, key: tuple[uuid.UUID, uuid.UUID], facts: SeriesFacts
) -> None:
    chance = random.Random(facts.series_id)  # noqa: S311
    start = CUTOFF - timedelta(days=facts.n_days - 1)
    history: list[float | None] = []
    for day in range(facts.n_days):
        when = start + timedelta(days=day)
        expected = facts.level_units * _season(when) * (0.85 + 0.3 * day / facts.n_days)
        history.append(float(max(0, round(chance.gauss(expected, 0.55 * math.sqrt(expected + 1))))))
    history[-10] = None
    means = [
        facts.level_units * _season(CUTOFF + timedelta(days=step)) for step in range(1, HORIZON + 1)
    ]
    spread = [0.6 * math.sqrt(mean + 0.5) for mean in means]
    quantile_units = [
        [max(0.0, mean + z * width) for mean, width in zip(means, spread, strict=True)]
        for z in _NORMAL
    ]
    session.execute(
        "INSERT INTO serving.forecast VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            *key,
            facts.series_id,
            CUTOFF + timedelta(days=1),
            means,
            quantile_units,
            facts.method,
            facts.reason,
        ),
    )
    session.execute(
        "INSERT INTO serving.series VALUES"
        " (%s, %s, %s, %s, %s, %s, 'Goods', %s, 'smooth', %s, %s, %s, %s, %s, %s)",
        (
            key[0],
            facts.series_id,
            key[1],
            facts.sku,
            facts.sku,
            facts.title,
            facts.location,
            start,
            CUTOFF,
            facts.n_days,
            facts.level_units,
            start,
            history,
        ),
    )


def _season(when: date) -> float:
    weekly = (0.8, 0.8, 0.9, 1.0, 1.25, 1.5, 0.75)[when.weekday()]
    yearly = 1 + 0.2 * math.sin(2 * math.pi * when.timetuple().tm_yday / 365)
    return weekly * yearly


@dataclass
class World:
    """A running API over a throwaway platform.

    Attributes:
        client: Speaks to the API.
        settings: What the API was started with.
        identity: Users and key of the local issuer.
    """

    platform: ThrowawayPlatform
    client: TestClient
    settings: ApiSettings
    identity: LocalIdentity
    pipeline: Database

    def tenant(self, slug: str, *subjects: str, series: list[SeriesFacts] | None = None) -> Tenant:
        """Register a tenant with members, and publish forecasts of `series`."""
        tenant = self.platform.add_tenant(slug)
        with self.platform.database("platform").platform_session() as session:
            for subject in subjects:
                add_member(session, tenant, subject)
        if series:
            publish(self.pipeline, tenant, series)
        return tenant

    def claims(self, subject: str) -> dict[str, Any]:
        """Return the claims of a good access token."""
        now = int(datetime.now(UTC).timestamp())
        return {
            "iss": ISSUER,
            "sub": subject,
            "client_id": CLIENT_ID,
            "token_use": "access",
            "iat": now,
            "nbf": now,
            "exp": now + 600,
        }

    def token(self, subject: str) -> str:
        """Return a good access token."""
        key = self.identity.load_signing_key()
        return jwt.encode(
            self.claims(subject), key.private_key, "RS256", headers={"kid": key.key_id}
        )

    def headers(self, subject: str, tenant: str | None = None) -> dict[str, str]:
        """Return the headers of a request by `subject`."""
        named = {"X-Tenant": tenant} if tenant is not None else {}
        return {"Authorization": f"Bearer {self.token(subject)}", **named}

    def get(self, path: str, subject: str, **parameters: object) -> httpx.Response:
        """Send GET and return the response."""
        answer: httpx.Response = self.client.get(
            path, params=parameters, headers=self.headers(subject)
        )
        return answer

    def upload(self, subject: str, content: bytes, file_name: str = "sales.csv") -> httpx.Response:
        """Send a file and return the response."""
        answer: httpx.Response = self.client.post(
            "/v1/uploads", files={"file": (file_name, content)}, headers=self.headers(subject)
        )
        return answer

    def finish_upload(
        self, tenant: Tenant, upload_id: str, errors: Sequence[Mapping[str, object]], rejects: bytes
    ) -> None:
        """Do what the pipeline does when it has read a file."""
        key = f"rejects/tenant={tenant.tenant_id}/{upload_id}.csv"
        path = self.platform.objects / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rejects)
        with self.pipeline.tenant_session(tenant.tenant_id) as session:
            for ordinal, error in enumerate(errors):
                session.execute(
                    "INSERT INTO core.upload_row_error VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                    (tenant.tenant_id, upload_id, ordinal, *error.values()),
                )
            session.execute(
                "UPDATE core.upload SET state = 'loaded', format_name = 'generic',"
                " n_rows_read = 100, n_rows_accepted = %s, n_rows_rejected = %s, rejects_key = %s,"
                " first_business_date = %s, last_business_date = %s WHERE upload_id = %s",
                (100 - len(errors), len(errors), key, CUTOFF - timedelta(30), CUTOFF, upload_id),
            )


def api_settings(
    platform: ThrowawayPlatform, identity_folder: Path, *, max_bytes: int = 1024 * 1024
) -> ApiSettings:
    """Return the settings of an API over `platform` that believes no membership twice."""
    return ApiSettings(
        platform=PlatformSettings(),
        database=platform.database_settings("api"),
        object_store=ObjectStoreSettings(url=platform.store_url),
        identity=IdentitySettings(issuer=ISSUER, local_directory=identity_folder),
        uploads=UploadSettings(max_bytes=max_bytes),
        membership_cache_seconds=0.0,
    )


@contextmanager
def open_world(platform: ThrowawayPlatform, folder: Path) -> Iterator[World]:
    """Give a running API without tenants."""
    identity = LocalIdentity(folder / "identity")
    identity.prepare()
    settings = api_settings(platform, folder / "identity")
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield World(platform, client, settings, identity, platform.database("pipeline"))


@pytest.fixture(scope="module")
def world(
    postgres_cluster: ThrowawayCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Give an API with tenants `alpha` (alice), `beta` (bob) and `empty` (eve); carol has two."""
    folder: Path = tmp_path_factory.mktemp("world")
    with postgres_cluster.copy() as name:
        platform = ThrowawayPlatform(postgres_cluster, name, folder / "objects")
        try:
            with open_world(platform, folder) as world:
                world.tenant("alpha", "alice", "carol", series=few_series("A"))
                world.tenant("beta", "bob", "carol", series=few_series("B"))
                world.tenant("empty", "eve")
                yield world
        finally:
            platform.close()
