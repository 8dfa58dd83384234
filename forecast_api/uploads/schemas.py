"""What the API says about uploads."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

UploadState = Literal["landed", "processing", "loaded", "refused"]

_EXAMPLE: dict[str, Any] = {
    "upload_id": "0c6a5e57-6b0e-4b6c-8d43-0b7d1f1b6a10",
    "file_name": "november.csv",
    "size_bytes": 48213,
    "state": "loaded",
    "is_in_forecast": True,
    "format_name": "generic_csv",
    "n_rows_read": 1200,
    "n_rows_accepted": 1198,
    "n_rows_rejected": 2,
    "first_business_date": "2026-11-01",
    "last_business_date": "2026-11-21",
    "has_rejects_file": True,
    "refusal_code": None,
    "refusal_message": None,
    "created_at": "2026-11-22T08:00:00Z",
    "updated_at": "2026-11-22T08:00:04Z",
}


class UploadItem(BaseModel):
    """One file and what became of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    upload_id: uuid.UUID
    file_name: str
    size_bytes: int
    state: UploadState = Field(
        description="`landed` (waiting), `processing`, `loaded`, or `refused` as a whole."
    )
    is_in_forecast: bool = Field(description="Whether the forecast being served has seen it.")
    format_name: str | None
    n_rows_read: int | None = Field(description="Always accepted + rejected.")
    n_rows_accepted: int | None
    n_rows_rejected: int | None
    first_business_date: date | None
    last_business_date: date | None
    has_rejects_file: bool = Field(description="Whether `rejects.csv` can be downloaded.")
    refusal_code: str | None
    refusal_message: str | None
    created_at: datetime
    updated_at: datetime


class UploadPage(BaseModel):
    """One page of uploads, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_EXAMPLE], "next_cursor": None}]}
    )

    items: list[UploadItem]
    next_cursor: str | None


class RowErrorItem(BaseModel):
    """One rejected row."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "row": 17,
                    "column": "quantity",
                    "value": "two",
                    "code": "bad_number",
                    "message": "quantity 'two' is not a number: write 2",
                }
            ]
        }
    )

    row: int = Field(description="Line of the file in which the row begins; 1 is the header.")
    column: str | None
    value: str | None
    code: str
    message: str


class RowErrorPage(BaseModel):
    """One page of rejected rows, in the order of the file."""

    items: list[RowErrorItem]
    next_cursor: str | None
