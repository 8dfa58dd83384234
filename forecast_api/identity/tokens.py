"""Access tokens: who is calling, proved by an RS256 signature of the one issuer we trust.

What belongs here: everything that makes a token acceptable.
What stays out: keys (`jwks.py`), what the caller may do (`tenants/`).
"""

from __future__ import annotations

from typing import Any

import jwt

from forecast_api.identity.jwks import KeySet
from forecast_api.problems import Unauthenticated
from ordernimbus.settings import IdentitySettings

_ALGORITHM = "RS256"
_LONGEST_TOKEN = 8_192
_LONGEST_SUBJECT = 255
_REQUIRED = ["exp", "iat", "iss", "sub"]


class TokenVerifier:
    """Checks access tokens against one issuer's keys and rules."""

    def __init__(self, settings: IdentitySettings, keys: KeySet) -> None:
        self._settings = settings
        self._keys = keys

    def subject(self, token: str) -> str:
        """Return the identity (`sub`) that `token` proves.

        `nbf` is obeyed where it is present; Amazon Cognito's access tokens carry none. Tokens name
        their client in `client_id` and have no audience, so `aud` is not looked at.

        Raises:
            Unauthenticated: The token proves nothing; the message says no more than that, so that
                it does not help to forge one.
            TransientError: The issuer's keys cannot be read just now.
        """
        if len(token) > _LONGEST_TOKEN:
            raise _refused()
        claims = self._verified_claims(token)
        if claims.get("token_use") != "access":
            raise _refused()
        if claims.get("client_id") not in self._settings.client_ids:
            raise _refused()
        subject = claims["sub"]
        if not isinstance(subject, str) or not _is_storable(subject):
            raise _refused()
        return subject

    def _verified_claims(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") != _ALGORITHM or "crit" in header:
                raise _refused()
            name = header.get("kid")
            key = self._keys.key(name) if isinstance(name, str) else None
            if key is None:
                raise _refused()
            return jwt.decode(
                token,
                key,
                algorithms=[_ALGORITHM],
                issuer=self._settings.issuer,
                leeway=self._settings.clock_skew_seconds,
                options={"require": _REQUIRED, "verify_aud": False},
            )
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError) as error:
            raise _refused() from error


def _is_storable(subject: str) -> bool:
    return 0 < len(subject) <= _LONGEST_SUBJECT and subject.isprintable()


def _refused() -> Unauthenticated:
    detail = "send `Authorization: Bearer <token>` with a valid access token of this service"
    return Unauthenticated("invalid_token", detail)
