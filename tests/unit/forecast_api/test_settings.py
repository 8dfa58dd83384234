from __future__ import annotations

import pytest

from forecast_api.settings import ApiSettings
from ordernimbus.errors import ConfigurationError

_GOOD = {
    "ORDERNIMBUS_DATABASE_URL": "postgresql://ordernimbus_api@db/ordernimbus",
    "ORDERNIMBUS_DATABASE_PLATFORM_URL": "postgresql://ordernimbus_platform@db/ordernimbus",
    "ORDERNIMBUS_OBJECT_STORE_URL": "file:///objects",
    "ORDERNIMBUS_IDENTITY_ISSUER": "https://identity.test",
    "ORDERNIMBUS_IDENTITY_JWKS_URL": "https://identity.test/jwks.json",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in _GOOD.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("ORDERNIMBUS_IDENTITY_LOCAL_DIRECTORY", raising=False)
    return monkeypatch


def test_missing_setting_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("ORDERNIMBUS_IDENTITY_ISSUER")

    with pytest.raises(ConfigurationError, match=r"IdentitySettings\.issuer"):
        ApiSettings.from_environment()


def test_local_issuer_is_refused_in_production(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ORDERNIMBUS_ENVIRONMENT", "production")
    environment.delenv("ORDERNIMBUS_IDENTITY_JWKS_URL")
    environment.setenv("ORDERNIMBUS_IDENTITY_LOCAL_DIRECTORY", "identity")

    with pytest.raises(ConfigurationError, match="local issuer is refused"):
        ApiSettings.from_environment()


def test_api_never_acts_as_the_platform_role(environment: pytest.MonkeyPatch) -> None:
    settings = ApiSettings.from_environment()

    assert settings.own_database.platform_url == settings.database.url
