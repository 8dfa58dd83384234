"""The public keys that access tokens are checked with, kept fresh without being a nuisance.

Keys are read when a token names one that is not known yet: at most once per cooldown, however many
unknown names arrive; names that turned out not to exist are remembered; a key once seen stays
usable when a later fetch fails or no longer lists it until the process restarts.
What belongs here: fetching, parsing and remembering keys.
What stays out: the tokens themselves (`tokens.py`).
"""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm
from jwt.exceptions import InvalidKeyError

from ordernimbus.errors import ConfigurationError, TransientError

KeySetFetch = Callable[[], Mapping[str, Any]]

_COOLDOWN_SECONDS = 30.0
_UNKNOWN_NAME_SECONDS = 300.0
_MOST_UNKNOWN_NAMES = 1_000
_SMALLEST_KEY_BITS = 2048
_FETCH_TIMEOUT_SECONDS = 5.0
_LARGEST_DOCUMENT_BYTES = 256 * 1024


class KeySet:
    """Public keys by name (`kid`), fetched on demand."""

    def __init__(self, fetch: KeySetFetch, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, RSAPublicKey] = {}
        self._unknown_until: dict[str, float] = {}
        self._next_fetch_at = float("-inf")
        self._last_fetch_failed = False
        self._lock = threading.Lock()

    def key(self, name: str) -> RSAPublicKey | None:
        """Return the key called `name`, or None where the issuer has no such key.

        Raises:
            TransientError: The name is unknown here and the issuer did not answer.
        """
        known = self._keys.get(name)
        if known is not None:
            return known
        with self._lock:
            return self._keys.get(name) or self._look_up(name)

    def _look_up(self, name: str) -> RSAPublicKey | None:
        now = self._clock()
        if self._unknown_until.get(name, now) > now:
            return None
        if now >= self._next_fetch_at:
            self._next_fetch_at = now + _COOLDOWN_SECONDS
            self._refresh()
        found = self._keys.get(name)
        if found is None and self._last_fetch_failed:
            message = "the identity provider's keys cannot be read just now"
            raise TransientError(message)
        if found is None:
            self._remember_unknown(name, now)
        return found

    def _refresh(self) -> None:
        try:
            document = self._fetch()
        except TransientError:
            self._last_fetch_failed = True
            raise
        self._last_fetch_failed = False
        fresh = usable_keys(document)
        self._keys = self._keys | fresh
        for name in fresh:
            self._unknown_until.pop(name, None)

    def _remember_unknown(self, name: str, now: float) -> None:
        if len(self._unknown_until) >= _MOST_UNKNOWN_NAMES:
            self._unknown_until.clear()
        self._unknown_until[name] = now + _UNKNOWN_NAME_SECONDS


def usable_keys(document: Mapping[str, Any]) -> dict[str, RSAPublicKey]:
    """Return the RS256 signing keys of a JWKS document by name; others are passed over.

    Source: RFC 7517, section 4 (parameters `kty`, `use`, `alg`, `kid`).
    """
    listed = document.get("keys")
    keys: dict[str, RSAPublicKey] = {}
    for entry in listed if isinstance(listed, list) else []:
        if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str):
            continue
        is_for_signing = entry.get("use", "sig") == "sig" and entry.get("alg", "RS256") == "RS256"
        if entry.get("kty") != "RSA" or not is_for_signing or "d" in entry:
            continue
        try:
            key = RSAAlgorithm.from_jwk(entry)
        except (InvalidKeyError, ValueError):
            continue
        if isinstance(key, RSAPublicKey) and key.key_size >= _SMALLEST_KEY_BITS:
            keys[entry["kid"]] = key
    return keys


def https_fetch(url: str) -> KeySetFetch:
    """Return a function that reads the JWKS at `url`: no redirects, bounded time and size.

    Raises:
        ConfigurationError: The address is not `https://`.
    """
    address = urlsplit(url)
    if address.scheme != "https" or address.hostname is None:
        message = f"ORDERNIMBUS_IDENTITY_JWKS_URL {url!r} must start with https://"
        raise ConfigurationError(message)
    host, port = address.hostname, address.port
    target = urlunsplit(("", "", address.path or "/", address.query, ""))

    def fetch() -> Mapping[str, Any]:
        connection = http.client.HTTPSConnection(
            host, port, timeout=_FETCH_TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
        try:
            connection.request("GET", target, headers={"Accept": "application/json"})
            response = connection.getresponse()
            body = response.read(_LARGEST_DOCUMENT_BYTES)
            if response.status != http.HTTPStatus.OK:
                message = f"the key set at {url} answered {response.status}"
                raise TransientError(message)
            document = json.loads(body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            message = f"the key set at {url} cannot be read: {error}"
            raise TransientError(message) from error
        finally:
            connection.close()
        if not isinstance(document, dict):
            message = f"the key set at {url} is not a JSON object"
            raise TransientError(message)
        return document

    return fetch
