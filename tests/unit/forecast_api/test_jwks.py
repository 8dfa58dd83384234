from __future__ import annotations

import http.client
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from forecast_api.identity.jwks import KeySet, https_fetch, usable_keys
from ordernimbus.errors import ConfigurationError, TransientError


def _jwk(name: str, bits: int = 2048, **changes: object) -> dict[str, Any]:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=bits).public_key()
    return {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key)), "kid": name, **changes}


class _Issuer:
    """Serves keys, counts how often, and can be away."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        self.keys = list(keys)
        self.is_away = False
        self.n_fetches = 0
        self.now = 0.0

    def fetch(self) -> dict[str, Any]:
        self.n_fetches += 1
        if self.is_away:
            message = "away"
            raise TransientError(message)
        return {"keys": self.keys}

    def key_set(self) -> KeySet:
        return KeySet(self.fetch, clock=lambda: self.now)


def test_known_key_is_fetched_once() -> None:
    issuer = _Issuer(_jwk("a"))
    keys = issuer.key_set()

    assert keys.key("a") is keys.key("a")
    assert issuer.n_fetches == 1


def test_flood_of_unknown_names_causes_one_fetch_per_cooldown() -> None:
    issuer = _Issuer(_jwk("a"))
    keys = issuer.key_set()

    for number in range(10_000):
        issuer.now = number * 0.006
        keys.key(f"random-{number}")

    assert issuer.n_fetches == 2


def test_name_that_did_not_exist_is_not_looked_up_again_soon() -> None:
    issuer = _Issuer(_jwk("a"))
    keys = issuer.key_set()
    keys.key("wrong")

    issuer.now = 60
    keys.key("wrong")

    assert issuer.n_fetches == 1


def test_rotated_key_is_found_after_the_cooldown() -> None:
    issuer = _Issuer(_jwk("old"))
    keys = issuer.key_set()
    keys.key("old")

    issuer.keys = [_jwk("new")]
    issuer.now = 31

    assert keys.key("new") is not None


def test_good_key_survives_its_removal_and_an_outage() -> None:
    issuer = _Issuer(_jwk("old"))
    keys = issuer.key_set()
    keys.key("old")
    issuer.keys = [_jwk("new")]
    issuer.now = 31
    keys.key("new")

    issuer.is_away = True
    issuer.now = 62
    with pytest.raises(TransientError):
        keys.key("newest")

    assert keys.key("old") is not None


def test_issuer_that_is_away_is_not_the_callers_fault() -> None:
    issuer = _Issuer(_jwk("a"))
    issuer.is_away = True
    keys = issuer.key_set()

    with pytest.raises(TransientError):
        keys.key("a")
    with pytest.raises(TransientError):
        keys.key("b")

    assert issuer.n_fetches == 1


@pytest.mark.parametrize(
    "entry",
    [
        _jwk("a", use="enc"),
        _jwk("a", alg="RS512"),
        _jwk("a", kty="oct"),
        _jwk("a", bits=1024),
        _jwk("a", n="!"),
        _jwk("a", d="AQAB"),
        {"kty": "RSA"},
        "a",
        None,
    ],
    ids=["encryption", "RS512", "symmetric", "short", "broken", "private", "bare", "text", "null"],
)
def test_unfit_key_is_passed_over(entry: object) -> None:
    assert set(usable_keys({"keys": [entry, _jwk("good")]})) == {"good"}


def test_document_without_keys_has_none() -> None:
    assert usable_keys({"keys": "none"}) == {}


@pytest.mark.parametrize("url", ["http://identity.test/jwks", "file:///etc/passwd", "https://"])
def test_only_https_addresses_are_fetched(url: str) -> None:
    with pytest.raises(ConfigurationError, match="https://"):
        https_fetch(url)


def test_query_of_the_address_is_sent_along(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def refuse(_: object, method: str, target: str, **__: object) -> None:
        asked.append(f"{method} {target}")
        raise ConnectionRefusedError

    monkeypatch.setattr(http.client.HTTPSConnection, "request", refuse)

    with pytest.raises(TransientError):
        https_fetch("https://identity.test/keys?p=policy-1")()

    assert asked == ["GET /keys?p=policy-1"]


def test_unreachable_issuer_is_transient() -> None:
    fetch = https_fetch("https://127.0.0.1:1/jwks.json")

    with pytest.raises(TransientError, match="cannot be read"):
        fetch()
