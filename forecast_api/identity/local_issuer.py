"""The development stand-in for an identity provider: signs access tokens for local users.

What belongs here: issuing tokens, slowing down guesses.
What stays out: users and keys (`ordernimbus/local_identity.py`), checking tokens (`tokens.py`):
tokens from here go through the same check as any other.
"""

from __future__ import annotations

import math
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jwt

from forecast_api.problems import TooManyRequests, Unauthenticated
from ordernimbus.local_identity import LocalIdentity
from ordernimbus.settings import IdentitySettings

TOKEN_LIFETIME_SECONDS = 3_600
_MOST_FAILURES = 5
_FAILURE_WINDOW_SECONDS = 300.0
_MOST_REMEMBERED = 10_000


class LoginThrottle:
    """Counts attempts per login name; a success clears the count."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._attempts: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def begin(self, login: str) -> None:
        """Count an attempt before its password is checked, so that parallel guesses count too.

        Raises:
            TooManyRequests: Too many attempts failed lately.
        """
        now = self._clock()
        with self._lock:
            if len(self._attempts) >= _MOST_REMEMBERED:
                self._attempts.clear()
            oldest = now - _FAILURE_WINDOW_SECONDS
            recent = [at for at in self._attempts.get(login, []) if at > oldest]
            if len(recent) >= _MOST_FAILURES:
                wait = math.ceil(recent[0] - oldest)
                detail = f"too many failed logins: wait {wait} seconds, then try again"
                raise TooManyRequests("too_many_logins", detail, headers={"Retry-After": str(wait)})
            self._attempts[login] = [*recent, now]

    def succeed(self, login: str) -> None:
        """Forget the attempts of `login`."""
        with self._lock:
            self._attempts.pop(login, None)


class LocalIssuer:
    """Hands out access tokens for the users in one folder."""

    def __init__(
        self,
        folder: Path,
        settings: IdentitySettings,
        *,
        throttle: LoginThrottle | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._identity = LocalIdentity(folder)
        self._settings = settings
        self._throttle = throttle or LoginThrottle()
        self._clock = clock

    def key_set(self) -> Mapping[str, Any]:
        """Return the public keys as a JWKS document."""
        return self._identity.jwks()

    def log_in(self, email: str, password: str) -> str:
        """Return an access token for a user who knows the password.

        Raises:
            Unauthenticated: No user has this address and password.
            TooManyRequests: Too many attempts for this address failed lately.
        """
        login = email.strip().lower()
        self._throttle.begin(login)
        subject = self._identity.verify_password(email, password)
        if subject is None:
            detail = "the e-mail address or the password is wrong"
            raise Unauthenticated("invalid_credentials", detail)
        self._throttle.succeed(login)
        return self._sign(subject)

    def _sign(self, subject: str) -> str:
        key = self._identity.load_signing_key()
        now = int(self._clock())
        claims = {
            "iss": self._settings.issuer,
            "sub": subject,
            "client_id": self._settings.client_ids[0],
            "token_use": "access",
            "iat": now,
            "nbf": now,
            "exp": now + TOKEN_LIFETIME_SECONDS,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, key.private_key, "RS256", headers={"kid": key.key_id})
