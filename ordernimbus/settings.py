"""Every setting of every process, typed, read from the environment once.

What belongs here: names, types, defaults and the checks that refuse a dangerous combination.
What stays out: opening connections, reading files, deciding anything per tenant.
One class per concern; a process reads only the classes it needs.
"""

from __future__ import annotations

import os
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(StrEnum):
    """Where a process runs; everything but development refuses local stand-ins."""

    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


def _config(prefix: str) -> SettingsConfigDict:
    return SettingsConfigDict(env_prefix=prefix, frozen=True, extra="ignore")


class PlatformSettings(BaseSettings):
    """What every process knows about where it runs."""

    model_config = _config("ORDERNIMBUS_")

    environment: Environment = Environment.DEVELOPMENT
    log_level: str = "INFO"
    log_format: str = Field(default="json", pattern="^(json|console)$")
    code_version: str = "unversioned"


class DatabaseSettings(BaseSettings):
    """Connection addresses, one per database role that the process may act as.

    `url` is the role for tenant sessions, `platform_url` the one for platform sessions.
    """

    model_config = _config("ORDERNIMBUS_DATABASE_")

    url: SecretStr
    platform_url: SecretStr | None = None
    pool_min_size: int = Field(default=0, ge=0)
    pool_max_size: int = Field(default=8, ge=1, le=200)
    acquire_timeout_seconds: float = Field(default=10.0, gt=0)


class MigrationSettings(BaseSettings):
    """The deploying role's address; only `ordernimbus migrate` and the local stack read it."""

    model_config = _config("ORDERNIMBUS_MIGRATION_")

    url: SecretStr


class ObjectStoreSettings(BaseSettings):
    """Where objects live: `file:///folder` locally, `s3://bucket/prefix` in production."""

    model_config = _config("ORDERNIMBUS_OBJECT_STORE_")

    url: str


class TrackingSettings(BaseSettings):
    """Where MLflow keeps runs (a database address) and artifacts (a folder or `s3://`)."""

    model_config = _config("ORDERNIMBUS_TRACKING_")

    uri: SecretStr
    artifact_root: str
    timeout_seconds: float = Field(default=60.0, gt=0)


class IdentitySettings(BaseSettings):
    """Whose access tokens the API accepts.

    `local_directory` switches on the local issuer (token endpoint, keys and users in a folder),
    which exists for development only.
    """

    model_config = _config("ORDERNIMBUS_IDENTITY_")

    issuer: str
    jwks_url: str | None = None
    client_ids: tuple[str, ...] = ("ordernimbus-page",)
    local_directory: Path | None = None
    clock_skew_seconds: int = Field(default=60, ge=0, le=60)

    @model_validator(mode="after")
    def _one_source_of_keys(self) -> Self:
        if (self.jwks_url is None) == (self.local_directory is None):
            message = (
                "exactly one of ORDERNIMBUS_IDENTITY_JWKS_URL (production) and "
                "ORDERNIMBUS_IDENTITY_LOCAL_DIRECTORY (development) must be set"
            )
            raise ValueError(message)
        environment = os.environ.get("ORDERNIMBUS_ENVIRONMENT", Environment.DEVELOPMENT)
        if self.local_directory is not None and environment != Environment.DEVELOPMENT:
            message = f"the local issuer is refused in environment {environment!r}: set a JWKS URL"
            raise ValueError(message)
        return self


class UploadSettings(BaseSettings):
    """Limits of what a merchant may upload."""

    model_config = _config("ORDERNIMBUS_UPLOAD_")

    max_bytes: int = Field(default=512 * 1024 * 1024, gt=0)
    max_stored_row_errors: int = Field(default=1_000, gt=0)


@lru_cache
def platform_settings() -> PlatformSettings:
    """Return the process-wide platform settings, read once."""
    return PlatformSettings()
