"""The command line against a real database, as its users meet it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from operations.main import app
from ordernimbus.local_identity import LocalIdentity
from ordernimbus.tenancy import tenants_of_subject
from tests.throwaway_platform import ThrowawayPlatform

Command = Callable[..., Result]


@pytest.fixture
def command(platform: ThrowawayPlatform, monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    for name, value in platform.environment("pipeline").items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    yield run
    # The command logs to the standard error of its runner, which is gone now.
    structlog.reset_defaults()


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalIdentity:
    """Give the users of a local issuer that the command finds by the environment."""
    monkeypatch.setenv("ORDERNIMBUS_IDENTITY_LOCAL_DIRECTORY", str(tmp_path / "identity"))
    return LocalIdentity(tmp_path / "identity")


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    path = tmp_path / "sales.csv"
    path.write_text("date,sku,location,quantity,price\n2026-01-05,A,main,3,9.99\n")
    return path


def test_added_tenant_is_listed(command: Command) -> None:
    added = command("tenants", "add", "acorn", "--time-zone", "Europe/Paris", "--currency", "EUR")
    assert added.exit_code == 0, added.output
    (tenant,) = json.loads(command("tenants", "list", "--json").stdout)
    assert (tenant["slug"], tenant["time_zone"], tenant["status"]) == (
        "acorn",
        "Europe/Paris",
        "active",
    )


def test_login_of_a_new_user_opens_the_tenant(
    command: Command, platform: ThrowawayPlatform, users: LocalIdentity
) -> None:
    added = command("tenants", "add", "acorn", "--login", "Owner@Acorn.example")

    told = re.search(r"password (\S+) \(shown only now\)", added.stdout)
    assert told is not None, added.output
    subject = users.verify_password("owner@acorn.example", told.group(1))
    assert subject is not None
    with platform.database("platform").platform_session() as session:
        assert [tenant.slug for tenant in tenants_of_subject(session, subject)] == ["acorn"]


def test_login_of_a_known_user_keeps_the_password(
    command: Command, platform: ThrowawayPlatform, users: LocalIdentity
) -> None:
    password = users.create_user("owner@acorn.example")

    added = command("tenants", "add", "acorn", "--login", "owner@acorn.example")

    assert added.exit_code == 0, added.output
    assert "password" in added.stdout
    assert "shown only now" not in added.stdout
    subject = users.verify_password("owner@acorn.example", password)
    assert subject is not None
    with platform.database("platform").platform_session() as session:
        assert len(tenants_of_subject(session, subject)) == 1


def test_login_where_users_live_elsewhere_names_the_other_option(command: Command) -> None:
    added = command("tenants", "add", "acorn", "--login", "owner@acorn.example")

    assert added.exit_code == 1
    assert "--member" in added.stderr


@pytest.mark.parametrize("action", ["suspend", "resume"])
def test_unknown_tenant_cannot_change_its_state(command: Command, action: str) -> None:
    result = command("tenants", action, "nobody-here")

    assert result.exit_code == 1
    assert "there is no tenant 'nobody-here'" in result.stderr


def test_list_for_people_names_the_tenant(command: Command) -> None:
    command("tenants", "add", "acorn")
    assert "acorn" in command("tenants", "list").stdout


def test_wrong_time_zone_is_one_line_without_traceback(command: Command) -> None:
    result = command("tenants", "add", "acorn", "--time-zone", "Paris")
    assert result.exit_code == 1
    assert result.stderr.strip().splitlines() == [
        "ordernimbus: time zone 'Paris' is not an IANA zone such as Europe/Paris"
    ]


def test_suspended_tenant_takes_no_file_until_resumed(command: Command, sales: Path) -> None:
    command("tenants", "add", "acorn")
    command("tenants", "suspend", "acorn")
    refused = command("ingest", "--tenant", "acorn", str(sales))
    assert refused.exit_code == 1
    assert "is suspended" in refused.stderr
    command("tenants", "resume", "acorn")
    assert command("ingest", "--tenant", "acorn", str(sales)).exit_code == 0


def test_unknown_tenant_is_named(command: Command, sales: Path) -> None:
    result = command("ingest", "--tenant", "nobody-here", str(sales))
    assert result.exit_code == 1
    assert "there is no tenant 'nobody-here'" in result.stderr


def test_wrong_usage_ends_with_status_two(command: Command) -> None:
    assert command("ingest", "sales.csv").exit_code == 2


def test_same_file_twice_is_one_upload(command: Command, sales: Path) -> None:
    command("tenants", "add", "acorn")
    first = json.loads(command("ingest", "--tenant", "acorn", "--json", str(sales)).stdout)
    second = json.loads(command("ingest", "--tenant", "acorn", "--json", str(sales)).stdout)
    assert first["is_new"] is True
    assert second == {**first, "is_new": False}


def test_empty_file_is_refused(command: Command, tmp_path: Path) -> None:
    command("tenants", "add", "acorn")
    empty = tmp_path / "empty.csv"
    empty.touch()
    result = command("ingest", "--tenant", "acorn", str(empty))
    assert result.exit_code == 1
    assert "is empty (0 bytes)" in result.stderr


def test_missing_file_is_named(command: Command, tmp_path: Path) -> None:
    command("tenants", "add", "acorn")
    result = command("ingest", "--tenant", "acorn", str(tmp_path / "absent.csv"))
    assert result.exit_code == 1
    assert "absent.csv cannot be read" in result.stderr


def test_waiting_tells_counts_and_first_row_errors(
    command: Command, platform: ThrowawayPlatform, sales: Path
) -> None:
    command("tenants", "add", "acorn")
    command("ingest", "--tenant", "acorn", str(sales))
    with platform.administrator() as admin:
        admin.execute(
            """
            UPDATE core.upload
            SET state = 'loaded', n_rows_read = 2, n_rows_accepted = 1, n_rows_rejected = 1
            """
        )
        admin.execute(
            """
            INSERT INTO core.upload_row_error
            SELECT tenant_id, upload_id, 1, 3, 'quantity', 'abc', 'bad_number', 'not a number'
            FROM core.upload
            """
        )
    result = command("ingest", "--tenant", "acorn", "--wait", str(sales))
    assert result.exit_code == 0, result.output
    assert "2 rows read, 1 accepted, 1 rejected" in result.stdout
    assert "row 3, quantity: 'abc': not a number" in result.stderr


def test_waiting_for_a_refused_file_ends_with_status_one(
    command: Command, platform: ThrowawayPlatform, sales: Path
) -> None:
    command("tenants", "add", "acorn")
    command("ingest", "--tenant", "acorn", str(sales))
    with platform.administrator() as admin:
        admin.execute(
            "UPDATE core.upload SET state = 'refused', refusal_code = 'x', refusal_message = 'no'"
        )
    result = command("ingest", "--tenant", "acorn", "--wait", str(sales))
    assert result.exit_code == 1
    assert "refused, nothing was loaded: no" in result.stderr


def test_waiting_has_an_end(command: Command, sales: Path) -> None:
    command("tenants", "add", "acorn")
    result = command("ingest", "--tenant", "acorn", "--wait", "--wait-minutes", "0", str(sales))
    assert result.exit_code == 1
    assert "is still 'landed'" in result.stderr


def test_file_before_a_missing_one_is_told_to_have_landed(
    command: Command, sales: Path, tmp_path: Path
) -> None:
    command("tenants", "add", "acorn")
    result = command("ingest", "--tenant", "acorn", str(sales), str(tmp_path / "absent.csv"))
    assert result.exit_code == 1
    assert "sales.csv: landed" in result.stdout
    assert "absent.csv cannot be read" in result.stderr


def test_folder_in_place_of_a_file_is_named(command: Command, tmp_path: Path) -> None:
    command("tenants", "add", "acorn")
    result = command("ingest", "--tenant", "acorn", str(tmp_path))
    assert result.exit_code == 1
    assert "cannot be read (Is a directory)" in result.stderr


def test_database_that_is_away_is_one_line_without_the_password(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERNIMBUS_MIGRATION_URL", "postgresql://m:secret@127.0.0.1:1/away")
    result = command("migrate")
    assert result.exit_code == 1
    assert "no connection to postgresql+psycopg://m:***@127.0.0.1:1/away" in result.stderr
    assert "secret" not in result.stderr


def test_migrate_is_safe_to_repeat(
    command: Command, platform: ThrowawayPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERNIMBUS_MIGRATION_URL", platform.url("migrator"))
    assert "is at revision" in command("migrate").stdout


def test_incomplete_environment_names_the_missing_setting(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ORDERNIMBUS_OBJECT_STORE_URL")
    result = command("tenants", "list")
    assert result.exit_code == 1
    assert "ObjectStoreSettings" in result.stderr
    assert "url" in result.stderr
