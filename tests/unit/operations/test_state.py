"""The state folder: secrets, the record of what runs, and the claim of one stack."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from operations.local_stack.state import Runtime, StateFolder
from operations.processes import ProcessIdentity
from ordernimbus.database.roles import LOGIN_ROLES
from ordernimbus.errors import ConfigurationError


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    made = StateFolder(tmp_path / "home")
    made.prepare()
    return made


def test_passwords_stay_the_same_and_differ_between_roles(state: StateFolder) -> None:
    passwords = state.role_passwords()
    assert passwords == state.role_passwords()
    assert len(set(passwords.values())) == len(LOGIN_ROLES)


def test_secrets_are_readable_by_their_owner_only(state: StateFolder) -> None:
    state.role_passwords()
    assert (state.root / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_runtime_is_read_back_as_written(state: StateFolder) -> None:
    current = ProcessIdentity.current()
    runtime = Runtime(current, ports={"api": 8000}, children={"api": current}, is_ready=True)
    state.write_runtime(runtime)
    assert state.read_runtime() == runtime


def test_fresh_folder_has_no_runtime(state: StateFolder) -> None:
    assert state.read_runtime() is None


def test_damaged_file_is_named(state: StateFolder) -> None:
    (state.root / "runtime.json").write_text("{")
    with pytest.raises(ConfigurationError, match=r"runtime\.json is damaged"):
        state.read_runtime()


def test_second_stack_is_refused_while_one_runs(state: StateFolder) -> None:
    with state.exclusive() as first, state.exclusive() as second:
        assert (first, second) == (True, False)


def test_claim_of_a_killed_stack_is_free_again(state: StateFolder) -> None:
    hold = (
        "import sys; from pathlib import Path; "
        "from operations.local_stack.state import StateFolder\n"
        "with StateFolder(Path(sys.argv[1])).exclusive() as alone:\n"
        "    print(alone, flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(state.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "True"
        holder.kill()
    with state.exclusive() as alone:
        assert alone


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="set ORDERNIMBUS_HOME"):
        StateFolder(tmp_path / "file" / "home").prepare()


def test_folder_that_cannot_be_claimed_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    claim = StateFolder(tmp_path / "file" / "home").exclusive()
    with pytest.raises(ConfigurationError, match="set ORDERNIMBUS_HOME"):
        claim.__enter__()


def test_other_users_see_nothing_of_what_it_keeps(state: StateFolder) -> None:
    kept = [path for path in state.root.iterdir() if path.is_dir()]
    assert {path.stat().st_mode & 0o077 for path in kept} == {0}
    assert state.root.stat().st_mode & 0o066 == 0


def test_mode_of_a_folder_that_was_there_before_is_kept(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o777)
    state = StateFolder(tmp_path / "shared")
    with state.exclusive():
        state.prepare()
    assert state.root.stat().st_mode & 0o777 == 0o777


def test_removing_leaves_nothing_of_its_own(state: StateFolder) -> None:
    with state.exclusive():
        state.role_passwords()
        state.write_runtime(Runtime(ProcessIdentity.current(), ports={}))
    (state.objects / "object").touch()
    state.remove()
    assert not state.root.exists()


def test_removing_keeps_what_others_put_into_the_folder(state: StateFolder) -> None:
    (state.root / "thesis.txt").touch()
    state.remove()
    assert [path.name for path in state.root.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("content", ["{}", '{"supervisor": 1, "ports": {}, "children": []}'])
def test_record_of_another_shape_is_named(state: StateFolder, content: str) -> None:
    (state.root / "runtime.json").write_text(content)
    with pytest.raises(ConfigurationError, match=r"runtime\.json is damaged"):
        state.read_runtime()
