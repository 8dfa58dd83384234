"""Users and signing key of the local token issuer: files in one folder, for development only.

What belongs here: creating users, checking passwords, the signing key and its public half as JWKS.
What stays out: tokens and the endpoint that hands them out (`forecast_api/identity`), and which
tenant a user may act for (`tenancy`). Production uses an identity provider instead.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ordernimbus.errors import ConfigurationError, PermanentError

_KEY_BITS = 2048
# One of the settings that the OWASP Password Storage Cheat Sheet gives for scrypt.
_SCRYPT = {"n": 2**14, "r": 8, "p": 5}
_HASH_BYTES = 32
_LONGEST_PASSWORD = 1024


@dataclass(frozen=True)
class _User:
    subject: str
    salt: str
    password_hash: str


@dataclass(frozen=True)
class SigningKey:
    """The key that access tokens are signed with.

    Attributes:
        key_id: Name of the key in tokens (`kid`) and in the JWKS.
        private_key: RSA key for RS256.
    """

    key_id: str
    private_key: rsa.RSAPrivateKey


class LocalIdentity:
    """The users and the key in one folder; every file is readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._users_path = folder / "users.json"
        self._key_path = folder / "signing_key.pem"

    def prepare(self) -> None:
        """Make the folder and the signing key where they are missing."""
        with self._exclusive():
            if not self._key_path.is_file():
                key = rsa.generate_private_key(public_exponent=65_537, key_size=_KEY_BITS)
                pem = key.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
                _write(self._key_path, pem)

    def create_user(self, email: str) -> str:
        """Add a user and return the password, which is stored as a hash only.

        Raises:
            PermanentError: The address is not one, or has a user already.
        """
        name = _normalised(email)
        with self._exclusive():
            users = self._read_users()
            if name in users:
                message = f"user {name!r} exists already: `renew_password` gives a new password"
                raise PermanentError(message)
            return self._store(users, name, subject=str(uuid.uuid4()))

    def find_or_create_user(self, email: str) -> tuple[str, str | None]:
        """Return a user's subject, and the password where the user is made now.

        Raises:
            PermanentError: The address is not one.
        """
        name = _normalised(email)
        with self._exclusive():
            users = self._read_users()
            if name in users:
                return users[name].subject, None
            subject = str(uuid.uuid4())
            return subject, self._store(users, name, subject=subject)

    def renew_password(self, email: str) -> str:
        """Give an existing user a new password and return it; the old one stops working.

        Raises:
            PermanentError: There is no such user.
        """
        name = _normalised(email)
        with self._exclusive():
            users = self._read_users()
            if name not in users:
                raise PermanentError(f"there is no user {name!r} in {self._users_path}")
            return self._store(users, name, subject=users[name].subject)

    def subject_of(self, email: str) -> str | None:
        """Return the stable subject of a user, or None where there is no such user."""
        user = self._read_users().get(email.strip().lower())
        return user.subject if user is not None else None

    def verify_password(self, email: str, password: str) -> str | None:
        """Return the user's subject if the password is right, else None.

        Takes as long for an unknown user as for a wrong password.
        """
        user = self._read_users().get(email.strip().lower())
        salt = bytes.fromhex(user.salt) if user is not None else bytes(16)
        given = _hash(password[:_LONGEST_PASSWORD], salt)
        if user is None or not hmac.compare_digest(given, user.password_hash):
            return None
        return user.subject

    def load_signing_key(self) -> SigningKey:
        """Return the signing key.

        Raises:
            ConfigurationError: The folder holds no usable key.
        """
        try:
            key = serialization.load_pem_private_key(self._key_path.read_bytes(), password=None)
        except (FileNotFoundError, ValueError) as error:
            message = f"no signing key in {self._key_path}: start the stack with `make run`"
            raise ConfigurationError(message) from error
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ConfigurationError(f"the signing key in {self._key_path} is not an RSA key")
        return SigningKey(_thumbprint(key.public_key()), key)

    def jwks(self) -> dict[str, Any]:
        """Return the public key as a JSON Web Key Set."""
        signing_key = self.load_signing_key()
        public = _public_members(signing_key.private_key.public_key())
        return {"keys": [{**public, "use": "sig", "alg": "RS256", "kid": signing_key.key_id}]}

    def _store(self, users: dict[str, _User], name: str, *, subject: str) -> str:
        password = secrets.token_urlsafe(12)
        salt = secrets.token_bytes(16)
        users[name] = _User(subject, salt.hex(), _hash(password, salt))
        document = {email: asdict(user) for email, user in users.items()}
        _write(self._users_path, json.dumps(document, indent=2).encode())
        return password

    def _read_users(self) -> dict[str, _User]:
        try:
            document = json.loads(self._users_path.read_text(encoding="utf-8"))
            return {email: _User(**fields) for email, fields in document.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, AttributeError) as error:
            message = f"{self._users_path} is not a list of users: restore or remove it"
            raise ConfigurationError(message) from error

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _normalised(email: str) -> str:
    name = email.strip().lower()
    local, _, domain = name.partition("@")
    if not local or not domain or any(not letter.isprintable() or letter == " " for letter in name):
        raise PermanentError(f"{email!r} is not an e-mail address such as owner@shop.example")
    return name


def _hash(password: str, salt: bytes) -> str:
    return hashlib.scrypt(password.encode(), salt=salt, dklen=_HASH_BYTES, **_SCRYPT).hex()


def _public_members(key: rsa.RSAPublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    return {"e": _base64url_number(numbers.e), "kty": "RSA", "n": _base64url_number(numbers.n)}


def _thumbprint(key: rsa.RSAPublicKey) -> str:
    """Return the key's name. Source: RFC 7638, section 3."""
    canonical = json.dumps(_public_members(key), sort_keys=True, separators=(",", ":"))
    return _base64url(hashlib.sha256(canonical.encode()).digest())


def _base64url_number(number: int) -> str:
    return _base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _write(path: Path, content: bytes) -> None:
    """Replace a file as a whole; `mkstemp` makes it readable by its owner only."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".partial-")
    try:
        with os.fdopen(descriptor, "wb") as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
