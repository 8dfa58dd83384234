"""What the API process reads at its start: the kernel's settings, put together once.

What belongs here: the bundle, and the limits that only the API has.
What stays out: settings that another room reads too (`ordernimbus/settings.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from ordernimbus.errors import ConfigurationError
from ordernimbus.settings import (
    DatabaseSettings,
    IdentitySettings,
    ObjectStoreSettings,
    PlatformSettings,
    UploadSettings,
)

_LONGEST_WAIT_FOR_A_CONNECTION_SECONDS = 3.0


@dataclass(frozen=True)
class ApiSettings:
    """Everything that shapes one API process.

    Attributes:
        membership_cache_seconds: How long a subject's memberships are believed; a suspension or a
            removed member takes effect within this time.
    """

    platform: PlatformSettings
    database: DatabaseSettings
    object_store: ObjectStoreSettings
    identity: IdentitySettings
    uploads: UploadSettings
    membership_cache_seconds: float = 10.0

    @classmethod
    def from_environment(cls) -> ApiSettings:
        """Read the environment.

        Raises:
            ConfigurationError: A setting is missing or refused; the message lists each.
        """
        try:
            return cls(
                platform=PlatformSettings(),
                database=DatabaseSettings(),
                object_store=ObjectStoreSettings(),
                identity=IdentitySettings(),
                uploads=UploadSettings(),
            )
        except ValidationError as error:
            problems = "; ".join(
                f"{error.title}.{'.'.join(map(str, item['loc'])) or '*'}: {item['msg']}"
                for item in error.errors()
            )
            raise ConfigurationError(f"the forecast API cannot start: {problems}") from error

    @property
    def own_database(self) -> DatabaseSettings:
        """The API's own role behind both doors, and a wait that fits into a web request.

        Row-level security lets this role see a subject's own memberships, so that the API never
        needs the platform's role, whatever the environment offers.
        """
        wait = min(self.database.acquire_timeout_seconds, _LONGEST_WAIT_FOR_A_CONNECTION_SECONDS)
        return self.database.model_copy(
            update={"platform_url": self.database.url, "acquire_timeout_seconds": wait}
        )
