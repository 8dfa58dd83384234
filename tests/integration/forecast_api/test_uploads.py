from __future__ import annotations

import errno
import os
import uuid
from datetime import date
from typing import NoReturn

import httpx
import pytest

from ingestion.ledger import load_upload
from ordernimbus.storage import LocalObjectStore
from ordernimbus.tenancy import set_tenant_status
from tests.forecast_api_world import World

_SALES = b"date,sku,location,quantity,price\n2026-11-01,MUG,north,2,9.90\n"


def _unique_sales() -> bytes:
    return _SALES + f"2026-11-02,{uuid.uuid4()},north,1,1.00\n".encode()


def test_new_file_is_accepted_and_can_be_followed(world: World) -> None:
    answer = world.upload("alice", _unique_sales(), "november.csv")

    assert answer.status_code == 202
    followed = world.get(answer.headers["location"], "alice").json()
    assert followed["state"] == "landed"
    assert followed["file_name"] == "november.csv"
    assert followed["is_in_forecast"] is False


def test_stored_object_equals_what_was_sent(world: World) -> None:
    content = bytes(range(256)) * 3000

    upload = world.upload("alice", content).json()

    with world.platform.administrator() as connection:
        (key,) = connection.execute(
            "SELECT storage_key FROM core.upload WHERE upload_id = %s", (upload["upload_id"],)
        ).fetchone() or ("",)
    assert (world.platform.objects / key).read_bytes() == content


def test_same_content_again_gives_the_earlier_upload(world: World) -> None:
    content = _unique_sales()
    first = world.upload("alice", content, "a.csv")

    second = world.upload("alice", content, "b.csv")

    assert second.status_code == 200
    assert second.json() == first.json()


def test_same_content_from_another_tenant_is_another_upload(world: World) -> None:
    content = _unique_sales()
    first = world.upload("alice", content)

    second = world.upload("bob", content)

    assert second.status_code == 202
    assert second.json()["upload_id"] != first.json()["upload_id"]


def test_empty_file_is_refused(world: World) -> None:
    answer = world.upload("alice", b"")

    assert (answer.status_code, answer.json()["code"]) == (422, "empty_file")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not_a_text_file"),
        (b"PK\x03\x04spreadsheet", "spreadsheet_or_archive"),
        (b"Dear Sir or Madam,\nplease find our sales attached.\n", "unknown_columns"),
    ],
)
def test_file_that_holds_no_sales_is_refused_with_its_reason(
    world: World, content: bytes, code: str
) -> None:
    slug = f"refused-{uuid.uuid4().hex[:8]}"
    tenant = world.tenant(slug, slug)
    upload_id = world.upload(slug, content).json()["upload_id"]

    load_upload(
        world.pipeline,
        world.platform.store,
        tenant,
        uuid.UUID(upload_id),
        run_id="test",
        today=date(2026, 11, 22),
    )

    followed = world.get(f"/v1/uploads/{upload_id}", slug).json()
    assert (followed["state"], followed["refusal_code"]) == ("refused", code)
    assert followed["refusal_message"]


def test_suspended_tenant_cannot_send_files(world: World) -> None:
    world.tenant("stopped", "stella")
    with world.platform.database("platform").platform_session() as session:
        set_tenant_status(session, "stopped", "suspended")

    answer = world.upload("stella", _unique_sales())

    assert (answer.status_code, answer.json()["code"]) == (403, "tenant_suspended")


def test_full_disk_asks_to_try_again_and_keeps_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_up(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    world.tenant("crowded", "clara")
    with monkeypatch.context() as full_disk:
        full_disk.setattr(LocalObjectStore, "write", fill_up)
        answer = world.upload("clara", _unique_sales())

    assert (answer.status_code, answer.json()["code"]) == (503, "temporarily_unavailable")
    assert world.get("/v1/uploads", "clara").json()["items"] == []


def test_file_over_the_limit_is_refused(world: World) -> None:
    answer = world.upload("alice", b"x" * (world.settings.uploads.max_bytes + 1))

    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")


def test_endless_body_is_refused_while_it_arrives(world: World) -> None:
    sent = 0

    def endless() -> object:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        while sent < 50 * world.settings.uploads.max_bytes:
            sent += 65_536
            yield b"x" * 65_536

    headers = world.headers("alice") | {"Content-Type": "multipart/form-data; boundary=b"}
    answer = world.client.post("/v1/uploads", content=endless(), headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\sales.csv", "sales.csv"),
        ("..", ".."),
        ("", "unnamed"),
        ("a\u202eb.csv", "ab.csv"),
        ("x" * 400 + ".csv", "x" * 255),
        ("<b>bold</b>.csv", "b>.csv"),
    ],
)
def test_hostile_file_name_is_kept_as_a_mere_label(world: World, sent: str, kept: str) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="'
        + sent.replace("\\", "\\\\").encode()
        + b'"\r\n\r\n'
        + _unique_sales()
        + b"\r\n--b--\r\n"
    )
    headers = world.headers("alice") | {"Content-Type": "multipart/form-data; boundary=b"}

    answer = world.client.post("/v1/uploads", content=body, headers=headers)

    assert answer.status_code == 202
    assert answer.json()["file_name"] == kept


@pytest.mark.parametrize(
    ("parameter", "kept"),
    [
        ('filename="café.csv"', "café.csv"),
        ("filename*=UTF-8''caf%C3%A9.csv", "café.csv"),
        ("filename*=UTF-8''..%2F..%2Fsecrets.json", "secrets.json"),
        ("filename*=UTF-8''%FF%00.csv", "\ufffd.csv"),
    ],
)
def test_file_name_beyond_ascii_is_kept(world: World, parameter: str, kept: str) -> None:
    disposition = f'Content-Disposition: form-data; name="file"; {parameter}'.encode()
    body = b"--b\r\n" + disposition + b"\r\n\r\n" + _unique_sales() + b"\r\n--b--\r\n"
    headers = world.headers("alice") | {"Content-Type": "multipart/form-data; boundary=b"}

    answer = world.client.post("/v1/uploads", content=body, headers=headers)

    assert (answer.status_code, answer.json().get("file_name")) == (202, kept)


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        ("text/csv", _SALES, 415, "not_multipart"),
        ("multipart/form-data", _SALES, 415, "not_multipart"),
        ("multipart/form-data; boundary=b", _SALES, 422, "malformed_multipart"),
        ("multipart/form-data; boundary=b", b"", 422, "malformed_multipart"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\ncut off',
            422,
            "malformed_multipart",
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--b--\r\n',
            422,
            "file_missing",
        ),
    ],
)
def test_body_that_holds_no_file_is_refused(
    world: World, content_type: str, body: bytes, status: int, code: str
) -> None:
    headers = world.headers("alice") | {"Content-Type": content_type}

    answer = world.client.post("/v1/uploads", content=body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_viewer_may_read_but_not_upload(world: World) -> None:
    tenant = world.tenant("viewed", "vera")
    with world.platform.administrator() as connection:
        connection.execute(
            "UPDATE platform.membership SET member_role = 'viewer' WHERE tenant_id = %s",
            (tenant.tenant_id,),
        )

    answer = world.upload("vera", _unique_sales())

    assert (answer.status_code, answer.json()["code"]) == (403, "read_only_member")
    assert world.get("/v1/uploads", "vera").status_code == 200


def test_uploads_are_listed_newest_first_page_by_page(world: World) -> None:
    world.tenant("lister", "lisa")
    sent = [world.upload("lisa", _unique_sales()).json()["upload_id"] for _ in range(3)]

    first = world.get("/v1/uploads", "lisa", limit=2).json()
    second = world.get("/v1/uploads", "lisa", limit=2, cursor=first["next_cursor"]).json()

    listed = [item["upload_id"] for item in first["items"] + second["items"]]
    assert listed == sent[::-1]


def test_uploads_can_be_narrowed_to_a_state(world: World) -> None:
    world.tenant("narrow", "nora")
    world.upload("nora", _unique_sales())

    assert len(world.get("/v1/uploads", "nora", state="landed").json()["items"]) == 1
    assert world.get("/v1/uploads", "nora", state="loaded").json()["items"] == []


def test_rejected_rows_are_paged_and_downloadable(world: World) -> None:
    tenant = world.tenant("rejects", "rita")
    upload_id = world.upload("rita", _unique_sales()).json()["upload_id"]
    errors = [
        {"row": row, "column": "quantity", "value": "two", "code": "bad_number", "message": "no"}
        for row in (2, 5, 9)
    ]
    world.finish_upload(tenant, upload_id, errors, b"row,message\n2,no\n")

    first = world.get(f"/v1/uploads/{upload_id}/errors", "rita", limit=2).json()
    second = world.get(
        f"/v1/uploads/{upload_id}/errors", "rita", limit=2, cursor=first["next_cursor"]
    ).json()
    file = world.get(f"/v1/uploads/{upload_id}/rejects.csv", "rita")

    assert first["items"] + second["items"] == errors
    assert file.content == b"row,message\n2,no\n"
    assert file.headers["content-disposition"].startswith("attachment")


def test_upload_counts_as_forecast_once_a_vintage_has_seen_it(world: World) -> None:
    tenant = world.tenant("seen", "sven")
    upload_id = world.upload("sven", _unique_sales()).json()["upload_id"]
    world.finish_upload(tenant, upload_id, [], b"")
    before = world.get(f"/v1/uploads/{upload_id}", "sven").json()["is_in_forecast"]

    with world.pipeline.tenant_session(tenant.tenant_id) as session:
        vintage_id = uuid.uuid4()
        session.execute(
            "INSERT INTO serving.vintage VALUES (%s, %s, '2026-11-21', 28, '{0.5}', 1,"
            " repeat('a', 64), 'test', (SELECT max(upload_seq) FROM core.upload), 0, 'run', now())",
            (tenant.tenant_id, vintage_id),
        )
        session.execute(
            "INSERT INTO serving.current_vintage VALUES (%s, %s)", (tenant.tenant_id, vintage_id)
        )
    after = world.get(f"/v1/uploads/{upload_id}", "sven").json()["is_in_forecast"]

    assert (before, after) == (False, True)


def test_rejects_of_a_clean_upload_are_a_clear_404(world: World) -> None:
    upload_id = world.upload("alice", _unique_sales()).json()["upload_id"]

    answer = world.get(f"/v1/uploads/{upload_id}/rejects.csv", "alice")

    assert (answer.status_code, answer.json()["code"]) == (404, "no_rejected_rows")


def test_identifier_that_is_none_is_refused(world: World) -> None:
    answer: httpx.Response = world.get("/v1/uploads/not-a-uuid", "alice")

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
