"""What the operations of one API process share: opened once, closed at its end.

What belongs here: opening and holding. What stays out: what is done with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from forecast_api.identity.jwks import KeySet, https_fetch
from forecast_api.identity.local_issuer import LocalIssuer
from forecast_api.identity.tokens import TokenVerifier
from forecast_api.settings import ApiSettings
from forecast_api.tenants.service import MembershipDirectory
from ordernimbus.database.sessions import Database
from ordernimbus.settings import IdentitySettings, UploadSettings
from ordernimbus.storage import ObjectStore, open_object_store


@dataclass(frozen=True)
class Services:
    """The parts that operations use.

    Attributes:
        local_issuer: Present in development only.
    """

    database: Database
    store: ObjectStore
    verifier: TokenVerifier
    memberships: MembershipDirectory
    uploads: UploadSettings
    local_issuer: LocalIssuer | None


@contextmanager
def open_services(settings: ApiSettings) -> Iterator[Services]:
    """Open everything that `settings` names; connections are made on first use.

    Raises:
        ConfigurationError: An address cannot be used.
    """
    local_issuer = _local_issuer(settings.identity)
    keys = _key_set(settings.identity, local_issuer)
    store = open_object_store(settings.object_store.url)
    with Database(settings.own_database) as database:
        yield Services(
            database=database,
            store=store,
            verifier=TokenVerifier(settings.identity, keys),
            memberships=MembershipDirectory(
                database, ttl_seconds=settings.membership_cache_seconds
            ),
            uploads=settings.uploads,
            local_issuer=local_issuer,
        )


def _local_issuer(settings: IdentitySettings) -> LocalIssuer | None:
    if settings.local_directory is None:
        return None
    return LocalIssuer(settings.local_directory, settings)


def _key_set(settings: IdentitySettings, local_issuer: LocalIssuer | None) -> KeySet:
    if local_issuer is not None:
        return KeySet(local_issuer.key_set)
    assert settings.jwks_url is not None, "settings demand one source of keys"  # noqa: S101
    return KeySet(https_fetch(settings.jwks_url))
