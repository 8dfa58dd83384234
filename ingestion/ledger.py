"""From a landed upload to the sales ledger, in one transaction.

Everything a file changes (events, row errors, the upload's own state) is committed together or not
at all. Whole orders are replaced, and an order that a later upload holds is left alone, so the
ledger depends neither on the order in which files are processed nor on how often.
Belongs here: that transaction. Stays out: reading files (parsing.py), single statements
(staging.py, uploads.py).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from ingestion import uploads
from ingestion.contract import ParseContext, no_errors
from ingestion.parsing import SalesFile, open_sales_file
from ingestion.rejects import RejectsWriter
from ingestion.scratch import scratch_folder
from ingestion.staging import EventCopy, Origin, lock_source, move_staged_events, staging
from ordernimbus.database.sessions import Database, TenantReadSession, TenantSession
from ordernimbus.errors import UnreadableFile
from ordernimbus.landing import Upload
from ordernimbus.observability import get_logger
from ordernimbus.settings import UploadSettings
from ordernimbus.storage import ObjectStore, object_key
from ordernimbus.tenancy import Tenant

pending_uploads = uploads.pending_uploads
_log = get_logger("ingestion")


@dataclass(frozen=True)
class LoadOutcome:
    """How an upload ended.

    Attributes:
        state: `loaded` or `refused`.
        is_new: Whether this call ended it; false where it had ended before.
        n_rows_read: Rows of the file, null where it was refused unread.
        rejects_key: Object key of the CSV of rejected rows, if any was.
        refusal_code: Why nothing was loaded, where nothing was.
    """

    upload_id: uuid.UUID
    upload_seq: int
    file_name: str
    state: str
    is_new: bool
    format_name: str | None
    n_rows_read: int | None
    n_rows_accepted: int | None
    n_rows_rejected: int | None
    first_business_date: date | None
    last_business_date: date | None
    rejects_key: str | None
    refusal_code: str | None
    refusal_message: str | None


def load_upload(
    database: Database,
    store: ObjectStore,
    tenant: Tenant,
    upload_id: uuid.UUID,
    *,
    run_id: str,
    today: date,
    progress: Callable[[int], None] | None = None,
) -> LoadOutcome:
    """Read a landed upload into the ledger, or refuse the whole file and say why.

    Killed at any point it leaves the ledger as it was, and may be called again; an upload that has
    ended is not read again.

    Args:
        database: Acting as the pipeline role.
        store: Where the upload lies and its rejected rows go.
        tenant: Whose upload it is; must be active.
        upload_id: The upload.
        run_id: Recorded with the upload.
        today: The tenant's business date; later sales are rejected.
        progress: Called with the number of rows read so far.

    Raises:
        TenantSuspended: The tenant is suspended; the upload keeps waiting.
        PermanentError: The tenant has no such upload, or its object is gone.
    """
    tenant.require_active()
    with database.tenant_session(tenant.tenant_id) as session:
        upload = uploads.begin_upload(session, upload_id, run_id)
    if uploads.has_ended(upload):
        return _outcome(upload, is_new=False)
    context = ParseContext(tenant.time_zone, tenant.currency_code, today)
    try:
        with store.local_copy(upload.storage_key) as path, open_sales_file(path, context) as file:
            loading = _Loading(database, store, tenant, upload, file, progress or (lambda _: None))
            is_new = loading.run()
    except UnreadableFile as error:
        is_new = True
        with database.tenant_session(tenant.tenant_id) as session:
            uploads.refuse_upload(session, upload_id, code=error.code, message=str(error))
    with database.tenant_read_session(tenant.tenant_id) as session:
        outcome = _outcome(uploads.find_upload(session, upload_id), is_new=is_new)
    _log.info(
        "upload_ended",
        upload_id=str(upload_id),
        state=outcome.state,
        refusal_code=outcome.refusal_code,
        n_rows_read=outcome.n_rows_read,
        n_rows_rejected=outcome.n_rows_rejected,
    )
    return outcome


def ledger_watermark(session: TenantReadSession) -> tuple[int, date | None]:
    """Return the newest loaded upload's `upload_seq` (0 if none) and the last business date."""
    row = session.execute(
        """
        SELECT coalesce(max(upload_seq), 0), max(last_business_date)
        FROM core.upload WHERE state = 'loaded'
        """
    ).fetchone()
    assert row is not None, "an aggregate always gives a row"  # noqa: S101
    return row[0], row[1]


class _Loading:
    """One file's way into the ledger."""

    def __init__(
        self,
        database: Database,
        store: ObjectStore,
        tenant: Tenant,
        upload: Upload,
        file: SalesFile,
        progress: Callable[[int], None],
    ) -> None:
        self._database = database
        self._store = store
        self._tenant = tenant
        self._upload = upload
        self._file = file
        self._progress = progress
        self._max_errors = UploadSettings().max_stored_row_errors
        self._first_errors = no_errors()
        self._dates: list[date] = []

    def run(self) -> bool:
        """Load or refuse the file; return false if another run has ended it meanwhile."""
        tenant_id, upload = self._tenant.tenant_id, self._upload
        with ExitStack() as stack:
            folder = stack.enter_context(scratch_folder())
            session = stack.enter_context(self._database.tenant_session(tenant_id))
            lock_source(session, tenant_id, self._file.format_name)
            if uploads.has_ended(uploads.find_upload(session, upload.upload_id, for_update=True)):
                return False
            rejects = folder / "rejects.csv"
            with staging(session) as events:
                self._parse(events, rejects)
            rejects_key = self._store_rejects(rejects)
            uploads.store_row_errors(session, tenant_id, upload.upload_id, self._first_errors)
            self._end(session, rejects_key)
        return True

    def _parse(self, events: EventCopy, rejects: Path) -> None:
        with rejects.open("w", encoding="utf-8", newline="") as target:
            writer = RejectsWriter(target, self._file.table.header)
            for raw, parsed in self._file.parsed():
                if not parsed.events.is_empty():
                    events.add(parsed.events)
                    days = parsed.events.get_column("business_date").unique().to_list()
                    self._dates = [min(days + self._dates), max(days + self._dates)]
                if not parsed.errors.is_empty():
                    writer.add(raw, parsed.errors)
                    self._keep(parsed.errors)
                self._progress(self._file.counts.n_read)

    def _keep(self, errors: pl.DataFrame) -> None:
        wanted = self._max_errors - self._first_errors.height
        self._first_errors = pl.concat([self._first_errors, errors.head(wanted)])

    def _store_rejects(self, rejects: Path) -> str | None:
        if self._file.counts.n_rejected == 0:
            return None
        key = object_key("rejects", self._tenant.tenant_id, f"{self._upload.upload_id}.csv")
        with rejects.open("rb") as stream:
            self._store.write(key, stream)
        return key

    def _end(self, session: TenantSession, rejects_key: str | None) -> None:
        counts, upload_id = self._file.counts, self._upload.upload_id
        refusal = self._refusal()
        if refusal is not None:
            code, message = refusal
            uploads.refuse_upload(
                session,
                upload_id,
                code=code,
                message=message,
                format_name=self._file.format_name,
                n_rows=counts.n_read,
                rejects_key=rejects_key,
            )
            return
        origin = Origin(
            self._tenant.tenant_id,
            self._file.format_name,
            upload_id,
            self._upload.upload_seq,
            self._tenant.currency_code,
        )
        move_staged_events(session, origin)
        uploads.finish_upload(
            session,
            upload_id,
            format_name=self._file.format_name,
            counts=counts,
            dates=(min(self._dates), max(self._dates)),
            rejects_key=rejects_key,
        )

    def _refusal(self) -> tuple[str, str] | None:
        """Return code and message if the file as a whole is not to be taken."""
        counts = self._file.counts
        if counts.n_accepted == 0:
            return (
                "no_valid_rows",
                f"none of the {counts.n_read:,} rows can be read: {self._first_error()}",
            )
        n_wrong = counts.n_rejected - counts.n_totals
        if n_wrong > 0 and not self._tenant.accepts_partial_files:
            message = (
                f"{n_wrong:,} of {counts.n_read:,} rows are wrong, and this account takes only "
                f"files without errors; the first: {self._first_error()}"
            )
            return "rows_rejected", message
        return None

    def _first_error(self) -> str:
        row_number, _, _, _, message = self._first_errors.row(0)
        return f"line {row_number}, {message}"


def _outcome(upload: Upload, *, is_new: bool) -> LoadOutcome:
    return LoadOutcome(
        upload_id=upload.upload_id,
        upload_seq=upload.upload_seq,
        file_name=upload.file_name,
        state=upload.state,
        is_new=is_new,
        format_name=upload.format_name,
        n_rows_read=upload.n_rows_read,
        n_rows_accepted=upload.n_rows_accepted,
        n_rows_rejected=upload.n_rows_rejected,
        first_business_date=upload.first_business_date,
        last_business_date=upload.last_business_date,
        rejects_key=upload.rejects_key,
        refusal_code=upload.refusal_code,
        refusal_message=upload.refusal_message,
    )
