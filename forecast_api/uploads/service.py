"""Lands files and tells what became of them."""

from __future__ import annotations

import uuid
from typing import IO

from forecast_api.caller import Caller
from forecast_api.cursors import cursor_binding, read_cursor, write_cursor
from forecast_api.problems import NotFound
from forecast_api.services import Services
from forecast_api.uploads import repository
from forecast_api.uploads.multipart import ReceivedFile
from forecast_api.uploads.schemas import (
    RowErrorItem,
    RowErrorPage,
    UploadItem,
    UploadPage,
    UploadState,
)
from ordernimbus.landing import land_file

_BEFORE_FIRST_ERROR = -1
_LARGEST_ORDINAL = 2**31 - 1


def land(services: Services, caller: Caller, received: ReceivedFile) -> tuple[UploadItem, bool]:
    """Store a received file; return the upload and whether its content is new.

    Raises:
        UnreadableFile: The file is empty.
    """
    landing = land_file(
        services.database,
        services.store,
        caller.tenant,
        file_name=received.file_name,
        stream=received.stream,
        max_bytes=services.uploads.max_bytes,
    )
    return upload(services, caller, landing.upload.upload_id), landing.is_new


def upload_page(
    services: Services,
    caller: Caller,
    *,
    state: UploadState | None,
    cursor: str | None,
    limit: int,
) -> UploadPage:
    """Return the page of uploads after `cursor`, newest first.

    Raises:
        BadRequest: `invalid_cursor`.
    """
    binding = cursor_binding(caller.tenant.tenant_id, "uploads", state)
    before = read_cursor(cursor, binding=binding, shape=(int,))[0] if cursor else None
    with services.database.tenant_read_session(caller.tenant.tenant_id) as session:
        rows = repository.list_uploads(session, state=state, before_seq=before, limit=limit + 1)
    next_cursor = None
    if len(rows) > limit:
        next_cursor = write_cursor((rows[limit - 1]["upload_seq"],), binding=binding)
    items = [UploadItem.model_validate(row) for row in rows[:limit]]
    return UploadPage(items=items, next_cursor=next_cursor)


def upload(services: Services, caller: Caller, upload_id: uuid.UUID) -> UploadItem:
    """Return one upload.

    Raises:
        NotFound: This tenant has no such upload.
    """
    with services.database.tenant_read_session(caller.tenant.tenant_id) as session:
        row = repository.find_upload(session, upload_id)
    if row is None:
        raise _upload_not_found(upload_id)
    return UploadItem.model_validate(row)


def row_error_page(
    services: Services, caller: Caller, upload_id: uuid.UUID, *, cursor: str | None, limit: int
) -> RowErrorPage:
    """Return the page of an upload's rejected rows after `cursor`.

    Raises:
        NotFound: This tenant has no such upload.
        BadRequest: `invalid_cursor`.
    """
    binding = cursor_binding(caller.tenant.tenant_id, "row_errors", upload_id)
    after = _BEFORE_FIRST_ERROR
    if cursor:
        position = read_cursor(cursor, binding=binding, shape=(int,))
        after = min(position[0], _LARGEST_ORDINAL)
    with services.database.tenant_read_session(caller.tenant.tenant_id) as session:
        if repository.find_upload(session, upload_id) is None:
            raise _upload_not_found(upload_id)
        rows = repository.list_row_errors(session, upload_id, after_ordinal=after, limit=limit + 1)
    next_cursor = None
    if len(rows) > limit:
        next_cursor = write_cursor((rows[limit - 1]["error_ordinal"],), binding=binding)
    items = [RowErrorItem.model_validate(row) for row in rows[:limit]]
    return RowErrorPage(items=items, next_cursor=next_cursor)


def open_rejects(services: Services, caller: Caller, upload_id: uuid.UUID) -> IO[bytes]:
    """Return the rejected rows as a CSV stream; whoever reads it closes it.

    Raises:
        NotFound: This tenant has no such upload, or none of its rows was rejected.
    """
    with services.database.tenant_read_session(caller.tenant.tenant_id) as session:
        row = repository.find_upload(session, upload_id)
    if row is None:
        raise _upload_not_found(upload_id)
    if row["rejects_key"] is None:
        detail = f"no row of upload {upload_id} was rejected so far"
        raise NotFound("no_rejected_rows", detail)
    return services.store.open(row["rejects_key"])


def _upload_not_found(upload_id: uuid.UUID) -> NotFound:
    detail = f"there is no upload {upload_id}: GET /v1/uploads lists yours"
    return NotFound("upload_not_found", detail)
