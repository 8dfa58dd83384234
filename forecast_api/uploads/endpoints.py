"""POST and GET /v1/uploads, their rejected rows as pages and as a file."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import IO, Annotated

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from forecast_api.caller import CallerDependency, ServicesDependency
from forecast_api.csv_export import CSV_MEDIA_TYPE
from forecast_api.errors import problem_responses
from forecast_api.parameters import CursorParameter, LimitParameter
from forecast_api.uploads import service
from forecast_api.uploads.multipart import FILE_FIELD, receive_file
from forecast_api.uploads.schemas import RowErrorPage, UploadItem, UploadPage, UploadState

router = APIRouter(tags=["uploads"])

_STREAM_BLOCK_BYTES = 256 * 1024
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FILE_FIELD],
                    "properties": {
                        FILE_FIELD: {
                            "type": "string",
                            "format": "binary",
                            "description": "A Shopify orders export, or a CSV with the columns "
                            "date, sku, location, quantity, price.",
                        }
                    },
                }
            }
        },
    }
}


@router.post(
    "/v1/uploads",
    status_code=202,
    summary="Send a file of sales",
    openapi_extra=_BODY,
    responses={
        202: {
            "description": "Stored; it will be read next. Follow the Location header.",
            "headers": {
                "Location": {"schema": {"type": "string"}, "description": "The new upload."}
            },
        },
        200: {
            "model": UploadItem,
            "description": "The same content came before; this is what became of it.",
        },
        **problem_responses(400, 401, 403, 404, 413, 415, 422, 503),
    },
)
async def create_upload(
    request: Request, response: Response, services: ServicesDependency, caller: CallerDependency
) -> UploadItem:
    """The file is stored whole, once per content, and read in the background."""
    caller.require_writer()
    async with receive_file(request, max_bytes=services.uploads.max_bytes) as received:
        upload, is_new = await anyio.to_thread.run_sync(service.land, services, caller, received)
    response.headers["Location"] = f"/v1/uploads/{upload.upload_id}"
    if not is_new:
        response.status_code = 200
    return upload


@router.get(
    "/v1/uploads",
    summary="List uploads",
    responses=problem_responses(400, 401, 403, 404, 422, 503),
)
def list_uploads(
    services: ServicesDependency,
    caller: CallerDependency,
    state: Annotated[UploadState | None, Query(description="Only uploads in this state.")] = None,
    cursor: CursorParameter = None,
    limit: LimitParameter = 50,
) -> UploadPage:
    """Newest first."""
    return service.upload_page(services, caller, state=state, cursor=cursor, limit=limit)


@router.get(
    "/v1/uploads/{upload_id}",
    summary="Follow an upload",
    responses=problem_responses(400, 401, 403, 404, 422, 503),
)
def read_upload(
    services: ServicesDependency, caller: CallerDependency, upload_id: uuid.UUID
) -> UploadItem:
    """State, counts, and whether the served forecast has seen it."""
    return service.upload(services, caller, upload_id)


@router.get(
    "/v1/uploads/{upload_id}/errors",
    summary="List rejected rows",
    responses=problem_responses(400, 401, 403, 404, 422, 503),
)
def list_row_errors(
    services: ServicesDependency,
    caller: CallerDependency,
    upload_id: uuid.UUID,
    cursor: CursorParameter = None,
    limit: LimitParameter = 50,
) -> RowErrorPage:
    """In the order of the file; `rejects.csv` holds all of them where there are very many."""
    return service.row_error_page(services, caller, upload_id, cursor=cursor, limit=limit)


@router.get(
    "/v1/uploads/{upload_id}/rejects.csv",
    summary="Download rejected rows",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Every rejected row as it came, and why.",
            "content": {"text/csv": {"schema": {"type": "string"}}},
        },
        **problem_responses(400, 401, 403, 404, 422, 503),
    },
)
def download_rejects(
    services: ServicesDependency, caller: CallerDependency, upload_id: uuid.UUID
) -> StreamingResponse:
    """To correct in a spreadsheet and send again."""
    return StreamingResponse(
        _blocks(service.open_rejects(services, caller, upload_id)),
        media_type=CSV_MEDIA_TYPE,
        headers={"Content-Disposition": 'attachment; filename="rejected-rows.csv"'},
    )


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    with stream:
        while block := stream.read(_STREAM_BLOCK_BYTES):
            yield block
