"""The command that sends sales files, and follows what becomes of them.

What belongs here: landing files named on the command line and telling their fate.
What stays out: reading them (`ingestion`, in the pipeline).
"""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from operations.commands.stack import AsJson
from operations.connections import Connections, open_platform
from ordernimbus.errors import PermanentError, TransientError
from ordernimbus.landing import Landing, land_file
from ordernimbus.settings import UploadSettings
from ordernimbus.tenancy import Tenant, find_tenant

_POLL_SECONDS = 1.0
_ERRORS_SHOWN = 5
_ENDED = {"loaded", "refused"}


@dataclass(frozen=True)
class UploadState:
    """What became of an upload so far; counts are rows of the file."""

    state: str
    n_rows_read: int | None
    n_rows_accepted: int | None
    n_rows_rejected: int | None
    refusal_message: str | None


def ingest(
    files: Annotated[list[Path], typer.Argument(help="Sales files, oldest first.")],
    tenant: Annotated[str, typer.Option("--tenant", help="Whose sales they are.")],
    wait: Annotated[bool, typer.Option(help="Follow until they are read.")] = False,  # noqa: FBT002
    wait_minutes: Annotated[float, typer.Option(help="Longest time to follow one file.")] = 30.0,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Send sales files for a tenant; the pipeline reads them within a minute."""
    with open_platform() as platform:
        with platform.database.platform_session() as session:
            owner = find_tenant(session, tenant).require_active()
        landings = []
        for path in files:
            landing = _land(platform, owner, path)
            # At once: should the next file be refused, this one has landed all the same.
            _tell_landing(landing, as_json=as_json)
            landings.append(landing)
        if wait:
            states = [_follow(platform, owner, landing, wait_minutes) for landing in landings]
            if any(state.state == "refused" for state in states):
                raise typer.Exit(1)


def _land(platform: Connections, tenant: Tenant, path: Path) -> Landing:
    try:
        stream = path.open("rb")
    except OSError as error:
        message = f"{path} cannot be read ({error.strerror}): check its name and your rights"
        raise PermanentError(message) from error
    with stream:
        try:
            return land_file(
                platform.database,
                platform.store,
                tenant,
                file_name=path.name,
                stream=stream,
                max_bytes=UploadSettings().max_bytes,
            )
        except OSError as error:
            message = f"{path} cannot be stored ({error.strerror}): nothing of it was kept"
            raise TransientError(message) from error


def _tell_landing(landing: Landing, *, as_json: bool) -> None:
    upload = landing.upload
    if as_json:
        document = {
            "upload_id": str(upload.upload_id),
            "file_name": upload.file_name,
            "is_new": landing.is_new,
            "state": upload.state,
        }
        typer.echo(json.dumps(document))
    elif landing.is_new:
        typer.echo(f"{upload.upload_id}  {upload.file_name}: landed ({upload.size_bytes:,} bytes)")
    else:
        typer.echo(
            f"{upload.upload_id}  {upload.file_name}: the same content came on "
            f"{upload.created_at:%Y-%m-%d} and is {upload.state}; nothing changed"
        )


def _follow(
    platform: Connections, tenant: Tenant, landing: Landing, wait_minutes: float
) -> UploadState:
    upload_id = landing.upload.upload_id
    deadline = time.monotonic() + wait_minutes * 60
    state = _state(platform, tenant, upload_id)
    while state.state not in _ENDED:
        if time.monotonic() > deadline:
            message = (
                f"{landing.upload.file_name} is still {state.state!r} after {wait_minutes:g} "
                "minutes: see the pipeline's runs in Dagster"
            )
            raise TransientError(message)
        time.sleep(_POLL_SECONDS)
        state = _state(platform, tenant, upload_id)
    _tell_end(platform, tenant, landing, state)
    return state


def _state(platform: Connections, tenant: Tenant, upload_id: uuid.UUID) -> UploadState:
    with platform.database.tenant_read_session(tenant.tenant_id) as session:
        row = session.execute(
            """
            SELECT state, n_rows_read, n_rows_accepted, n_rows_rejected, refusal_message
            FROM core.upload WHERE upload_id = %s
            """,
            (upload_id,),
        ).fetchone()
    if row is None:
        raise PermanentError(f"upload {upload_id} is gone: send the file again")
    return UploadState(*row)


def _tell_end(platform: Connections, tenant: Tenant, landing: Landing, state: UploadState) -> None:
    name = landing.upload.file_name
    if state.state == "refused":
        typer.echo(f"{name}: refused, nothing was loaded: {state.refusal_message}", err=True)
    else:
        typer.echo(
            f"{name}: {state.n_rows_read or 0:,} rows read, {state.n_rows_accepted or 0:,} "
            f"accepted, {state.n_rows_rejected or 0:,} rejected"
        )
    with platform.database.tenant_read_session(tenant.tenant_id) as session:
        errors = session.execute(
            """
            SELECT row_number, column_name, value, message FROM core.upload_row_error
            WHERE upload_id = %s ORDER BY error_ordinal LIMIT %s
            """,
            (landing.upload.upload_id, _ERRORS_SHOWN),
        ).fetchall()
    for row_number, column, value, message in errors:
        typer.echo(f"  row {row_number}, {column or 'whole row'}: {value!r}: {message}", err=True)
