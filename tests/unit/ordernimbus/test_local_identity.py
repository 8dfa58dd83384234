"""The local token issuer's users and key."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from ordernimbus.errors import ConfigurationError, PermanentError
from ordernimbus.local_identity import LocalIdentity

EMAIL = "owner@acorn.example"


@pytest.fixture
def identity(tmp_path: Path) -> LocalIdentity:
    made = LocalIdentity(tmp_path / "identity")
    made.prepare()
    return made


def test_created_user_is_known_by_the_password(identity: LocalIdentity) -> None:
    password = identity.create_user(EMAIL)
    assert identity.verify_password(EMAIL, password) == identity.subject_of(EMAIL) is not None


def test_email_is_the_same_in_any_case(identity: LocalIdentity) -> None:
    password = identity.create_user("Owner@Acorn.example ")
    assert identity.verify_password(EMAIL, password) is not None


@pytest.mark.parametrize("wrong", ["", "guess", "x" * 100_000])
def test_wrong_password_is_refused(identity: LocalIdentity, wrong: str) -> None:
    identity.create_user(EMAIL)
    assert identity.verify_password(EMAIL, wrong) is None


def test_unknown_user_is_refused(identity: LocalIdentity) -> None:
    assert identity.verify_password("nobody@acorn.example", "") is None


def test_second_user_of_a_name_is_refused(identity: LocalIdentity) -> None:
    identity.create_user(EMAIL)
    with pytest.raises(PermanentError, match="exists already"):
        identity.create_user(EMAIL)


@pytest.mark.parametrize("email", ["", "owner", "@acorn.example", "owner@", "a b@acorn.example"])
def test_what_is_no_address_is_refused(identity: LocalIdentity, email: str) -> None:
    with pytest.raises(PermanentError, match="is not an e-mail address"):
        identity.create_user(email)


def test_renewed_password_replaces_the_old_and_keeps_the_subject(identity: LocalIdentity) -> None:
    old = identity.create_user(EMAIL)
    subject = identity.subject_of(EMAIL)
    new = identity.renew_password(EMAIL)
    assert identity.verify_password(EMAIL, old) is None
    assert identity.verify_password(EMAIL, new) == subject


def test_password_of_an_unknown_user_cannot_be_renewed(identity: LocalIdentity) -> None:
    with pytest.raises(PermanentError, match="there is no user"):
        identity.renew_password(EMAIL)


def test_files_are_readable_by_their_owner_only(identity: LocalIdentity, tmp_path: Path) -> None:
    identity.create_user(EMAIL)
    for name in ("users.json", "signing_key.pem"):
        assert (tmp_path / "identity" / name).stat().st_mode & 0o777 == 0o600


def test_password_is_not_stored(identity: LocalIdentity, tmp_path: Path) -> None:
    password = identity.create_user(EMAIL)
    assert password not in (tmp_path / "identity" / "users.json").read_text()


def test_preparing_again_keeps_the_key(identity: LocalIdentity) -> None:
    before = identity.jwks()
    identity.prepare()
    assert identity.jwks() == before


def test_published_key_is_the_public_half_of_the_signing_key(identity: LocalIdentity) -> None:
    signing_key = identity.load_signing_key()
    (published,) = identity.jwks()["keys"]
    modulus = base64.urlsafe_b64decode(published["n"] + "==")
    assert int.from_bytes(modulus) == signing_key.private_key.public_key().public_numbers().n
    assert published["kid"] == signing_key.key_id
    assert {"d", "p", "q"}.isdisjoint(published)


def test_missing_key_names_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="make run"):
        LocalIdentity(tmp_path).load_signing_key()


@pytest.mark.parametrize("content", ["{", "[]", json.dumps({EMAIL: {"password": "x"}})])
def test_damaged_user_list_is_named(identity: LocalIdentity, tmp_path: Path, content: str) -> None:
    (tmp_path / "identity" / "users.json").write_text(content)
    with pytest.raises(ConfigurationError, match=r"users\.json is not a list of users"):
        identity.verify_password(EMAIL, "x")
