"""Object storage: the same calls for a local folder and for S3, with keys built here only.

What belongs here: the keys' shape, reading and writing whole objects and streams.
What stays out: what is in the objects.
"""

from __future__ import annotations

import os
import re
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Protocol
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError

from ordernimbus.errors import ConfigurationError, ObjectNotFound, PermanentError, TransientError

_SAFE_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=-]{0,200}")


def object_key(area: str, tenant_id: uuid.UUID, *parts: str) -> str:
    """Return `<area>/tenant=<id>/<part>/…`, the only shape a tenant's object may have.

    Raises:
        PermanentError: A part could leave the tenant's prefix (empty, `..`, a slash, `%`).
    """
    for part in (area, *parts):
        if not _SAFE_PART.fullmatch(part) or ".." in part:
            message = f"object key part {part!r} is refused: letters, digits, . _ = - only"
            raise PermanentError(message)
    return "/".join((area, f"tenant={tenant_id}", *parts))


class ObjectStore(Protocol):
    """Whole objects by key; a written object is complete or absent, never half."""

    def write(self, key: str, stream: IO[bytes]) -> None:
        """Store everything left in `stream` under `key`, replacing what was there."""

    def open(self, key: str) -> IO[bytes]:
        """Return the object as a readable binary stream; the caller closes it.

        Raises:
            ObjectNotFound: Nothing is stored under `key`.
        """

    def local_copy(self, key: str) -> AbstractContextManager[Path]:
        """Return a context manager giving a local path with the object's content."""

    def exists(self, key: str) -> bool:
        """Return whether an object is stored under `key`."""


class LocalObjectStore:
    """Objects as files below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._root.mkdir(parents=True, exist_ok=True)

    def _path(self, key: str) -> Path:
        path = (self._root / key).resolve()
        if not path.is_relative_to(self._root):
            message = f"object key {key!r} leaves the object store"
            raise PermanentError(message)
        return path

    def write(self, key: str, stream: IO[bytes]) -> None:
        """Store the stream; a reader sees the old object or the whole new one."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".partial-")
        try:
            with os.fdopen(descriptor, "wb") as target:
                while block := stream.read(1024 * 1024):
                    target.write(block)
                target.flush()
                os.fsync(target.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def open(self, key: str) -> IO[bytes]:
        """Return the object as a stream."""
        try:
            return self._path(key).open("rb")
        except FileNotFoundError as error:
            raise ObjectNotFound(f"object {key!r} is not in the local object store") from error

    @contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        """Give the file itself: it is local already."""
        path = self._path(key)
        if not path.is_file():
            raise ObjectNotFound(f"object {key!r} is not in the local object store")
        yield path

    def exists(self, key: str) -> bool:
        """Return whether the file exists."""
        return self._path(key).is_file()


class S3ObjectStore:
    """Objects in one bucket below one prefix."""

    def __init__(self, bucket: str, prefix: str, *, endpoint_url: str | None = None) -> None:
        self._bucket = bucket
        self._prefix = prefix.strip("/")
        self._client = boto3.client("s3", endpoint_url=endpoint_url)

    def _key(self, key: str) -> str:
        return f"{self._prefix}/{key}" if self._prefix else key

    def write(self, key: str, stream: IO[bytes]) -> None:
        """Store the stream by (multipart) upload; S3 shows it only when complete."""
        self._client.upload_fileobj(stream, self._bucket, self._key(key))

    def open(self, key: str) -> IO[bytes]:
        """Return the object as a stream, spooled to disk above 16 MiB."""
        spool = tempfile.SpooledTemporaryFile(max_size=16 * 1024 * 1024)  # noqa: SIM115
        try:
            self._client.download_fileobj(self._bucket, self._key(key), spool)
        except ClientError as error:
            spool.close()
            raise self._translated(error, key) from error
        spool.seek(0)
        return spool

    @contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        """Download the object to a temporary file that lives as long as the block."""
        with tempfile.TemporaryDirectory(prefix="ordernimbus-") as folder:
            path = Path(folder) / "object"
            try:
                self._client.download_file(self._bucket, self._key(key), str(path))
            except ClientError as error:
                raise self._translated(error, key) from error
            yield path

    def exists(self, key: str) -> bool:
        """Return whether S3 has the object."""
        try:
            self._client.head_object(Bucket=self._bucket, Key=self._key(key))
        except ClientError as error:
            if isinstance(self._translated(error, key), ObjectNotFound):
                return False
            raise
        return True

    def _translated(self, error: ClientError, key: str) -> Exception:
        if error.response.get("Error", {}).get("Code") in {"404", "NoSuchKey"}:
            return ObjectNotFound(f"object {key!r} is not in bucket {self._bucket!r}")
        return TransientError(f"S3 did not serve {key!r} from {self._bucket!r}: {error}")


def open_object_store(url: str) -> ObjectStore:
    """Return the store that `url` names: `file:///folder` or `s3://bucket/prefix`.

    Raises:
        ConfigurationError: The address has another scheme.
    """
    address = urlsplit(url)
    if address.scheme == "file":
        return LocalObjectStore(Path(address.path))
    if address.scheme == "s3":
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3")
        return S3ObjectStore(address.netloc, address.path, endpoint_url=endpoint)
    message = f"ORDERNIMBUS_OBJECT_STORE_URL {url!r}: use file:///folder or s3://bucket/prefix"
    raise ConfigurationError(message)
