from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from ingestion.ledger import ledger_watermark, load_upload, pending_uploads
from ordernimbus.errors import PermanentError, TenantSuspended
from ordernimbus.tenancy import set_tenant_status
from tests.integration.ingestion.conftest import TODAY, Merchant
from tests.sales_files import shopify_export, shopify_order

GENERIC = "date,sku,qty,price\n2026-01-01,A,1,2.50\n2026-01-02,B,2,3.00\n"
ONE_BAD_ROW = GENERIC + "2026-01-03,=C,many,1.00\n"


def require_whole_files(merchant: Merchant) -> None:
    with merchant.platform.administrator() as admin:
        admin.execute(
            "UPDATE platform.tenant SET accepts_partial_files = false WHERE slug = %s",
            (merchant.tenant.slug,),
        )
    with merchant.platform.database("platform").platform_session() as session:
        merchant.tenant = set_tenant_status(session, merchant.tenant.slug, "active")


def test_a_file_becomes_ledger_rows(merchant: Merchant) -> None:
    outcome = merchant.send(GENERIC)

    assert (outcome.state, outcome.format_name, outcome.is_new) == ("loaded", "generic_csv", True)
    assert (outcome.n_rows_read, outcome.n_rows_accepted, outcome.n_rows_rejected) == (2, 2, 0)
    assert (outcome.first_business_date, outcome.last_business_date) == (
        date(2026, 1, 1),
        date(2026, 1, 2),
    )
    assert merchant.units() == {"A": 1, "B": 2}


def test_ledger_rows_carry_their_origin_and_currency(merchant: Merchant) -> None:
    outcome = merchant.send(GENERIC)

    assert merchant.query(
        "SELECT DISTINCT source, upload_id, upload_seq, currency_code FROM core.sales_event"
    ) == [("generic_csv", outcome.upload_id, outcome.upload_seq, "USD")]


def test_the_same_file_twice_changes_nothing(merchant: Merchant) -> None:
    merchant.send(GENERIC)
    before = merchant.ledger_digest()

    outcome = merchant.send(GENERIC, name="again.csv")

    assert not outcome.is_new
    assert outcome.file_name == "sales.csv"
    assert merchant.ledger_digest() == before


def test_a_newer_file_replaces_the_same_day_product_and_place_and_nothing_else(
    merchant: Merchant,
) -> None:
    merchant.send("date,sku,qty\n2026-01-01,A,1\n2026-01-01,A,1\n2026-01-02,B,2\n")

    merchant.send("date,sku,qty\n2026-01-01,A,7\n")

    assert merchant.units() == {"A": 7, "B": 2}


def test_the_ledger_does_not_depend_on_the_order_of_processing(
    merchant: Merchant, neighbour: Merchant
) -> None:
    files = [
        shopify_export(shopify_order("#1", {}, {}), shopify_order("#2", {})),
        shopify_export(shopify_order("#2", {"Lineitem quantity": "5"}), shopify_order("#3", {})),
        shopify_export(shopify_order("#1", {}), shopify_order("#3", {}, {}, {})),
    ]
    in_turn = [merchant.land(content) for content in files]
    reversed_turn = [neighbour.land(content) for content in files]

    for upload_id in in_turn:
        merchant.load(upload_id)
    for upload_id in reversed(reversed_turn):
        neighbour.load(upload_id)

    orders = "SELECT order_key, event_key, quantity FROM core.sales_event ORDER BY 1, 2"
    assert merchant.query(orders) == neighbour.query(orders)
    assert len(merchant.query(orders)) == 5


def test_an_order_that_the_newer_file_got_wrong_keeps_its_older_lines(merchant: Merchant) -> None:
    merchant.send(shopify_export(shopify_order("#1", {"Lineitem quantity": "3"})))

    merchant.send(
        shopify_export(shopify_order("#1", {"Lineitem quantity": "x"}), shopify_order("#2", {}))
    )

    assert merchant.units() == {"SOAP": 4}


def test_rejected_rows_are_stored_and_can_be_downloaded(merchant: Merchant) -> None:
    outcome = merchant.send(ONE_BAD_ROW)

    assert (outcome.n_rows_read, outcome.n_rows_accepted, outcome.n_rows_rejected) == (3, 2, 1)
    assert merchant.query(
        "SELECT row_number, column_name, value, code FROM core.upload_row_error"
    ) == [(4, "qty", "many", "bad_number")]
    assert outcome.rejects_key is not None
    with merchant.platform.store.open(outcome.rejects_key) as stream:
        rows = list(csv.reader(io.TextIOWrapper(stream, "utf-8", newline="")))
    assert rows[1][5:] == ["2026-01-03", "'=C", "many", "1.00"]


def test_stored_row_errors_are_limited_but_the_download_is_whole(
    merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERNIMBUS_UPLOAD_MAX_STORED_ROW_ERRORS", "3")

    outcome = merchant.send(GENERIC + "2026-01-03,C,many,1.00\n" * 10)

    assert merchant.query("SELECT count(*) FROM core.upload_row_error") == [(3,)]
    assert outcome.rejects_key is not None
    with merchant.platform.store.open(outcome.rejects_key) as stream:
        assert len(stream.read().splitlines()) == 11


def test_a_merchant_that_wants_whole_files_gets_nothing_of_one_with_errors(
    merchant: Merchant,
) -> None:
    require_whole_files(merchant)

    outcome = merchant.send(ONE_BAD_ROW)

    assert (outcome.state, outcome.refusal_code) == ("refused", "rows_rejected")
    assert (outcome.n_rows_read, outcome.n_rows_accepted, outcome.n_rows_rejected) == (3, 0, 3)
    assert outcome.rejects_key is not None
    assert merchant.query("SELECT count(*) FROM core.upload_row_error") == [(1,)]
    assert merchant.units() == {}


def test_a_totals_row_does_not_refuse_a_whole_file(merchant: Merchant) -> None:
    require_whole_files(merchant)

    outcome = merchant.send("date,sku,qty\n2026-01-01,A,1\n2026-01-02,B,2\nTotal,,3\n")

    assert (outcome.state, outcome.n_rows_rejected) == ("loaded", 1)


def test_a_file_without_one_good_row_is_refused(merchant: Merchant) -> None:
    outcome = merchant.send("date,sku,qty\nsoon,A,1\n")

    assert (outcome.state, outcome.refusal_code) == ("refused", "no_valid_rows")
    assert "line 2" in (outcome.refusal_message or "")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.7 sales", "not_a_text_file"),
        (b"date,sku,qty\n", "no_rows"),
        (b"a,b\n1,2\n", "unknown_columns"),
        (b"date,sku,qty\n01/02/2026,A,1\n", "ambiguous_dates"),
        (b'date,sku,qty\n2026-01-01,"A,1\n', "unclosed_quote"),
    ],
)
def test_a_refused_file_leaves_the_ledger_as_it_was(
    merchant: Merchant, content: bytes, code: str
) -> None:
    merchant.send(GENERIC)
    before = merchant.ledger_digest()

    outcome = merchant.send(content)

    assert (outcome.state, outcome.refusal_code, outcome.n_rows_read) == ("refused", code, None)
    assert merchant.ledger_digest() == before


def test_a_refused_upload_is_not_read_again(merchant: Merchant) -> None:
    upload_id = merchant.land("a,b\n1,2\n")
    first = merchant.load(upload_id)

    second = merchant.load(upload_id)

    assert first.is_new
    assert not second.is_new
    assert second.refusal_message == first.refusal_message


def test_another_tenant_sees_and_loses_nothing(merchant: Merchant, neighbour: Merchant) -> None:
    neighbour.send(GENERIC)
    before = neighbour.ledger_digest()

    merchant.send("date,sku,qty\n2026-01-01,A,99\n")

    assert neighbour.ledger_digest() == before
    assert merchant.units() == {"A": 99}


def test_another_tenants_upload_cannot_be_loaded(merchant: Merchant, neighbour: Merchant) -> None:
    upload_id = neighbour.land(GENERIC)

    with pytest.raises(PermanentError, match=str(upload_id)):
        merchant.load(upload_id)

    assert neighbour.query("SELECT state FROM core.upload") == [("landed",)]


def test_a_suspended_tenants_upload_keeps_waiting(merchant: Merchant) -> None:
    upload_id = merchant.land(GENERIC)
    with merchant.platform.database("platform").platform_session() as session:
        merchant.tenant = set_tenant_status(session, merchant.tenant.slug, "suspended")

    with pytest.raises(TenantSuspended):
        merchant.load(upload_id)

    assert merchant.query("SELECT state FROM core.upload") == [("landed",)]


def pending(merchant: Merchant) -> object:
    database = merchant.platform.database("pipeline")
    with database.tenant_read_session(merchant.tenant.tenant_id) as session:
        return pending_uploads(session)


def watermark(merchant: Merchant) -> tuple[int, date | None]:
    database = merchant.platform.database("pipeline")
    with database.tenant_read_session(merchant.tenant.tenant_id) as session:
        return ledger_watermark(session)


def test_waiting_uploads_come_in_order_of_arrival(merchant: Merchant) -> None:
    uploads = [merchant.land(f"date,sku,qty\n2026-01-01,A,{n}\n") for n in range(3)]

    merchant.load(uploads[1])

    assert pending(merchant) == [uploads[0], uploads[2]]


def test_the_watermark_ignores_refused_files(merchant: Merchant) -> None:
    assert watermark(merchant) == (0, None)
    loaded = merchant.send(GENERIC)

    merchant.send("a,b\n1,2\n")

    assert watermark(merchant) == (loaded.upload_seq, date(2026, 1, 2))


def test_progress_counts_the_rows(merchant: Merchant) -> None:
    seen: list[int] = []

    load_upload(
        merchant.platform.database("pipeline"),
        merchant.platform.store,
        merchant.tenant,
        merchant.land(GENERIC),
        run_id="run-1",
        today=TODAY,
        progress=seen.append,
    )

    assert seen == [2]


_LOAD_AND_STOP = """
import sys, time, uuid
from datetime import date
from ingestion import ledger, staging
from ordernimbus.database.sessions import Database
from ordernimbus.settings import DatabaseSettings, ObjectStoreSettings
from ordernimbus.storage import open_object_store
from ordernimbus.tenancy import find_tenant

def stop_after(function):
    def wrapped(*arguments, **options):
        result = function(*arguments, **options)
        print("reached", flush=True)
        time.sleep(600)
        return result
    return wrapped

step, upload_id = sys.argv[1:]
module, name = step.split(".")
target = {"ledger": ledger, "uploads": ledger.uploads, "copy": staging.EventCopy}[module]
setattr(target, name, stop_after(getattr(target, name)))
database = Database(DatabaseSettings())
with database.platform_session() as session:
    tenant = find_tenant(session, "acme")
store = open_object_store(ObjectStoreSettings().url)
ledger.load_upload(
    database, store, tenant, uuid.UUID(upload_id), run_id="killed", today=date(2026, 6, 30)
)
"""


@pytest.mark.parametrize(
    "step",
    [
        "uploads.begin_upload",
        "copy.add",
        "uploads.store_row_errors",
        "ledger.move_staged_events",
        "uploads.finish_upload",
    ],
)
def test_a_load_killed_at_any_step_changes_nothing_and_can_be_repeated(
    merchant: Merchant, neighbour: Merchant, step: str
) -> None:
    older, newer = GENERIC, ONE_BAD_ROW.replace("A,1", "A,5")
    merchant.send(older)
    before = merchant.ledger_digest()
    upload_id = merchant.land(newer)

    kill_during(merchant, step, str(upload_id))

    assert merchant.ledger_digest() == before
    assert pending(merchant) == [upload_id]
    merchant.load(upload_id)
    neighbour.send(older)
    neighbour.send(newer)
    columns = "order_key, event_key, quantity, net_minor, row_number"
    ledger = f"SELECT {columns} FROM core.sales_event ORDER BY order_key, event_key"
    assert merchant.query(ledger) == neighbour.query(ledger)
    assert merchant.query("SELECT count(*) FROM core.upload_row_error") == [(1,)]


def kill_during(merchant: Merchant, step: str, upload_id: str) -> None:
    environment = {**os.environ, **merchant.platform.environment("pipeline")}
    with subprocess.Popen(
        [sys.executable, "-c", _LOAD_AND_STOP, step, upload_id],
        env=environment,
        cwd=Path(__file__).resolve().parents[3],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "reached\n"
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    _wait_until_the_server_noticed(merchant)


def _wait_until_the_server_noticed(merchant: Merchant) -> None:
    deadline = time.monotonic() + 30
    with merchant.platform.administrator() as admin:
        statement = """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND state = 'idle in transaction'
        """
        while (row := admin.execute(statement).fetchone()) is not None and row[0]:
            assert time.monotonic() < deadline, "the killed load's transaction is still open"
