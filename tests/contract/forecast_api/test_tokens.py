"""Access tokens that prove nothing, sent to every operation."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.contract.forecast_api.operations import Names, call, operations
from tests.forecast_api_world import World

_STRANGER = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
Mutant = Callable[[World], str]


@dataclass(frozen=True)
class _FromNow:
    """A moment counted from when the token is signed, not from when this file is read."""

    seconds: int


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _signed(world: World, claims: dict[str, Any], **header: object) -> str:
    key = world.identity.load_signing_key()
    headers = {"kid": key.key_id, **header}
    return jwt.encode(
        claims, key.private_key, "RS256", headers={k: v for k, v in headers.items() if v != ""}
    )


def _signed_bytes(payload: bytes) -> Mutant:
    """Sign what PyJWT would refuse to."""

    def mutant(world: World) -> str:
        key = world.identity.load_signing_key()
        return jwt.PyJWS().encode(
            payload, key.private_key, "RS256", headers={"kid": key.key_id, "typ": "JWT"}
        )

    return mutant


def _issuer_in_a_list(world: World) -> str:
    claims = world.claims("alice") | {"iss": ["https://identity.test"]}
    return _signed_bytes(json.dumps(claims).encode())(world)


def _with(**changes: object) -> Mutant:
    def mutant(world: World) -> str:
        now = int(time.time())
        resolved = {
            name: now + value.seconds if isinstance(value, _FromNow) else value
            for name, value in changes.items()
        }
        return _signed(world, world.claims("alice") | resolved)

    return mutant


def _without(*names: str) -> Mutant:
    def mutant(world: World) -> str:
        claims = world.claims("alice")
        return _signed(world, {name: claims[name] for name in claims if name not in names})

    return mutant


def _raw(header: dict[str, Any], signature: bytes = b"") -> Mutant:
    def mutant(world: World) -> str:
        named = {"kid": world.identity.load_signing_key().key_id} | header
        head = _encode(json.dumps(named).encode())
        body = _encode(json.dumps(world.claims("alice")).encode())
        return f"{head}.{body}.{_encode(signature)}"

    return mutant


def _hmac_with_public_key(world: World) -> str:
    key = world.identity.load_signing_key()
    secret = key.private_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head = _encode(json.dumps({"alg": "HS256", "typ": "JWT", "kid": key.key_id}).encode())
    body = _encode(json.dumps(world.claims("alice")).encode())
    signature = hmac.new(secret, f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{_encode(signature)}"


def _by_stranger(**header: object) -> Mutant:
    def mutant(world: World) -> str:
        kid = world.identity.load_signing_key().key_id
        return jwt.encode(world.claims("alice"), _STRANGER, "RS256", headers={"kid": kid, **header})

    return mutant


def _other_algorithm(algorithm: str) -> Mutant:
    def mutant(world: World) -> str:
        key = world.identity.load_signing_key()
        return jwt.encode(
            world.claims("alice"), key.private_key, algorithm, headers={"kid": key.key_id}
        )

    return mutant


def _elliptic(world: World) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    kid = world.identity.load_signing_key().key_id
    return jwt.encode(world.claims("alice"), key, "ES256", headers={"kid": kid})


def _cut(change: Callable[[str], str]) -> Mutant:
    def mutant(world: World) -> str:
        return change(world.token("alice"))

    return mutant


def _swapped_body(world: World) -> str:
    head, _, signature = world.token("alice").split(".")
    body = _encode(json.dumps(world.claims("bob")).encode())
    return f"{head}.{body}.{signature}"


def _flipped_signature(world: World) -> str:
    head, body, signature = world.token("alice").split(".")
    flipped = ("A" if signature[10] != "A" else "B") + signature[11:]
    return f"{head}.{body}.{signature[:10]}{flipped}"


def _public_jwk() -> dict[str, Any]:
    return dict(json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(_STRANGER.public_key())))


MUTANTS: dict[str, Mutant] = {
    "alg none": _raw({"alg": "none"}),
    "alg None": _raw({"alg": "None"}),
    "alg NONE with a signature": _raw({"alg": "NONE"}, b"x"),
    "no alg": _raw({}),
    "alg is a number": _raw({"alg": 256}),
    "HS256 with the public key": _hmac_with_public_key,
    "HS256 with an empty secret": _raw({"alg": "HS256"}, hmac.new(b"", b"", "sha256").digest()),
    "RS384": _other_algorithm("RS384"),
    "RS512": _other_algorithm("RS512"),
    "PS256": _other_algorithm("PS256"),
    "ES256": _elliptic,
    "signed by a stranger": _by_stranger(),
    "signed by a stranger who brings a jwk": _by_stranger(jwk=_public_jwk()),
    "signed by a stranger with jku": _by_stranger(jku="https://evil.test/jwks.json"),
    "signed by a stranger with x5u": _by_stranger(x5u="https://evil.test/cert.pem"),
    "unknown kid": lambda world: _signed(world, world.claims("alice"), kid="unknown"),
    "empty kid": _by_stranger(kid=""),
    "no kid": lambda world: jwt.encode(
        world.claims("alice"), world.identity.load_signing_key().private_key, "RS256"
    ),
    "kid is a path": lambda world: _signed(world, world.claims("alice"), kid="../../key"),
    "critical extension": lambda world: _signed(world, world.claims("alice"), crit=["exp"]),
    "detached payload": lambda world: _signed(world, world.claims("alice"), b64=False),
    "wrong issuer": _with(iss="https://evil.test"),
    "issuer with a slash": _with(iss="https://identity.test/"),
    "issuer in a list": _issuer_in_a_list,
    "no issuer": _without("iss"),
    "ID token": _with(token_use="id"),
    "no token_use": _without("token_use"),
    "token_use in a list": _with(token_use=["access"]),
    "wrong client": _with(client_id="someone-else"),
    "client as audience only": lambda world: _signed(
        world,
        {
            **{k: v for k, v in world.claims("alice").items() if k != "client_id"},
            "aud": "ordernimbus-page",
        },
    ),
    "no client": _without("client_id"),
    "client in a list": _with(client_id=["ordernimbus-page"]),
    "expired": _with(exp=_FromNow(-120)),
    "no expiry": _without("exp"),
    "expiry is a word": _with(exp="tomorrow"),
    "expiry is null": _with(exp=None),
    "not valid yet": _with(nbf=_FromNow(120)),
    "valid from is a word": _with(nbf="soon"),
    "issued in the future": _with(iat=_FromNow(120)),
    "no issue time": _without("iat"),
    "no subject": _without("sub"),
    "empty subject": _with(sub=""),
    "subject is a number": _with(sub=7),
    "subject is a list": _with(sub=["alice"]),
    "subject with NUL": _with(sub="alice\x00"),
    "subject is endless": _with(sub="a" * 300),
    "no claims": lambda world: _signed(world, {}),
    "body of another": _swapped_body,
    "flipped signature": _flipped_signature,
    "signature cut off": _cut(lambda token: token.rsplit(".", 1)[0] + "."),
    "two parts": _cut(lambda token: token.rsplit(".", 1)[0]),
    "four parts": _cut(lambda token: token + ".x"),
    "last byte missing": _cut(lambda token: token[:-4]),
    "not base64": _cut(lambda token: "!" + token[1:]),
    "a word": lambda _: "token",
    "endless": lambda world: world.token("alice") + "A" * 10_000,
    "claims are a list": _signed_bytes(b"[]"),
    "claims are not JSON": _signed_bytes(b"{"),
    "claims are not text": _signed_bytes(b"\xff"),
}


def test_there_are_at_least_forty_mutants() -> None:
    assert len(MUTANTS) >= 40


@pytest.mark.parametrize("name", MUTANTS)
def test_no_operation_accepts_a_mutant(world: World, name: str) -> None:
    token = MUTANTS[name](world)
    names = Names("A-MUG@north", "00000000-0000-0000-0000-000000000000")

    accepted = {
        str(operation): answer.status_code
        for operation in operations(world)
        if (
            answer := call(world, operation, names, {"Authorization": f"Bearer {token}"})
        ).status_code
        != 401
    }

    assert accepted == {}


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Token x"])
def test_no_operation_works_without_a_bearer_token(world: World, header: str) -> None:
    names = Names("A-MUG@north", "00000000-0000-0000-0000-000000000000")
    headers = {"Authorization": header} if header else {}

    answers = [call(world, operation, names, headers) for operation in operations(world)]

    assert {answer.status_code for answer in answers} == {401}
    assert {answer.headers["www-authenticate"] for answer in answers} == {
        'Bearer realm="ordernimbus"'
    }


@pytest.mark.parametrize(
    "changes",
    [{}, {"exp": _FromNow(-30)}, {"nbf": _FromNow(30)}, {"iat": _FromNow(30)}, {"aud": "anything"}],
    ids=["plain", "30 s late", "30 s early", "issued 30 s ahead", "with an audience"],
)
def test_good_token_is_accepted(world: World, changes: dict[str, Any]) -> None:
    token = _with(**changes)(world)

    answer = world.client.get("/v1/series", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 200


def test_token_without_nbf_is_accepted_as_cognito_sends_none(world: World) -> None:
    token = _without("nbf")(world)

    answer = world.client.get("/v1/series", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 200
