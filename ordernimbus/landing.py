"""Landing: a file that arrives is stored whole, once per content, and queued for reading.

What belongs here: taking a stream in, hashing it, storing it, and recording the upload.
What stays out: reading what is in the file (`ingestion`).
"""

from __future__ import annotations

import hashlib
import tempfile
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePosixPath, PureWindowsPath
from typing import IO

from psycopg.rows import class_row

from ordernimbus.database.sessions import Database, TenantReadSession
from ordernimbus.errors import UnreadableFile
from ordernimbus.storage import ObjectStore, object_key
from ordernimbus.tenancy import Tenant

_BLOCK_BYTES = 1024 * 1024
UPLOAD_COLUMNS = """
    upload_id, upload_seq, file_name, sha256, size_bytes, storage_key, state, format_name,
    n_rows_read, n_rows_accepted, n_rows_rejected, first_business_date, last_business_date,
    rejects_key, refusal_code, refusal_message, created_at, updated_at
"""


@dataclass(frozen=True)
class Upload:
    """One landed file and what became of it.

    Attributes:
        upload_seq: Order of arrival; where two files hold the same order, the later arrival wins.
        state: `landed` (waiting), `processing`, `loaded`, or `refused` (nothing was loaded).
        n_rows_read: Rows read; always accepted + rejected.
        rejects_key: Object key of the rejected rows, if any.
        refusal_code: Why the whole file was refused, if it was.
    """

    upload_id: uuid.UUID
    upload_seq: int
    file_name: str
    sha256: str
    size_bytes: int
    storage_key: str
    state: str
    format_name: str | None
    n_rows_read: int | None
    n_rows_accepted: int | None
    n_rows_rejected: int | None
    first_business_date: date | None
    last_business_date: date | None
    rejects_key: str | None
    refusal_code: str | None
    refusal_message: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Landing:
    """Outcome of landing a file; `is_new` is false where the same content came before."""

    upload: Upload
    is_new: bool


def land_file(
    database: Database,
    store: ObjectStore,
    tenant: Tenant,
    *,
    file_name: str,
    stream: IO[bytes],
    max_bytes: int,
) -> Landing:
    """Store `stream` for `tenant` and queue it, or return the upload that had the same content.

    Args:
        database: Whose tenant role may insert uploads.
        store: Where the file is kept.
        tenant: Must be active.
        file_name: As the sender called it; only its last path part is kept.
        stream: Read to its end, never held in memory.
        max_bytes: Largest size that is taken.

    Raises:
        TenantSuspended: The tenant is suspended.
        UnreadableFile: The file is empty (`empty_file`) or too large (`file_too_large`).
    """
    tenant.require_active()
    name = _base_name(file_name)
    with tempfile.TemporaryFile() as spool:
        digest = hashlib.sha256()
        size_bytes = 0
        while block := stream.read(_BLOCK_BYTES):
            size_bytes += len(block)
            if size_bytes > max_bytes:
                message = (
                    f"{name!r} is larger than {max_bytes:,} bytes: "
                    "split it into files by period and send them one by one"
                )
                raise UnreadableFile("file_too_large", message)
            digest.update(block)
            spool.write(block)
        if size_bytes == 0:
            message = f"{name!r} is empty (0 bytes): export it again and send that file"
            raise UnreadableFile("empty_file", message)
        sha256 = digest.hexdigest()
        with database.tenant_read_session(tenant.tenant_id) as session:
            earlier = _find_by_content(session, sha256)
        key = object_key("landing", tenant.tenant_id, "source=file", sha256)
        if earlier is None or not store.exists(key):
            spool.seek(0)
            store.write(key, spool)
        if earlier is not None:
            return Landing(earlier, is_new=False)
    return _record(database, tenant, name, sha256, size_bytes, key)


def _record(
    database: Database, tenant: Tenant, name: str, sha256: str, size_bytes: int, key: str
) -> Landing:
    upload_id = uuid.uuid4()
    with database.tenant_session(tenant.tenant_id) as session:
        session.execute(
            """
            INSERT INTO core.upload
                (tenant_id, upload_id, source, file_name, sha256, size_bytes, storage_key)
            VALUES (%s, %s, 'file', %s, %s, %s, %s)
            ON CONFLICT (tenant_id, sha256) DO NOTHING
            """,
            (tenant.tenant_id, upload_id, name, sha256, size_bytes, key),
        )
        upload = _find_by_content(session, sha256)
    assert upload is not None, "inserted or found in the same transaction"  # noqa: S101
    return Landing(upload, is_new=upload.upload_id == upload_id)


def _find_by_content(session: TenantReadSession, sha256: str) -> Upload | None:
    with session.cursor(row_factory=class_row(Upload)) as cursor:
        cursor.execute(
            f"SELECT {UPLOAD_COLUMNS} FROM core.upload WHERE sha256 = %s",  # noqa: S608
            (sha256,),
        )
        return cursor.fetchone()


def _base_name(file_name: str) -> str:
    name = PurePosixPath(PureWindowsPath(file_name).name).name
    printable = "".join(character for character in name if character.isprintable())
    return printable[:255] or "unnamed"
