"""Temporary folders: gone after use, gone after a kill, left alone while in use."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ingestion.scratch import scratch_folder

_HOLD_A_FOLDER = """
import sys
from ingestion.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "half.csv").write_text("x")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)


def holder() -> tuple[subprocess.Popen[str], Path]:
    """Start a process that holds a folder; return both once the folder exists."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD_A_FOLDER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_a_folder_is_empty_and_gone_afterwards() -> None:
    with scratch_folder() as folder:
        assert list(folder.iterdir()) == []
        (folder / "file").write_text("x")

    assert not folder.exists()


def test_a_folder_is_gone_after_an_error() -> None:
    def fail() -> None:
        with scratch_folder() as folder:
            kept.append(folder)
            raise ValueError

    kept: list[Path] = []
    with pytest.raises(ValueError):  # noqa: PT011 - raised above
        fail()

    assert not kept[0].exists()


def test_two_folders_of_one_process_leave_each_other_alone() -> None:
    with scratch_folder() as outer:
        with scratch_folder() as inner:
            assert inner != outer
        assert outer.exists()


def test_a_folder_in_use_by_another_process_stays() -> None:
    process, folder = holder()
    with process, scratch_folder():
        assert (folder / "half.csv").exists()

    assert not folder.exists()


def test_a_killed_process_leaves_nothing_behind_for_long() -> None:
    process, folder = holder()
    with process:
        process.kill()
    assert folder.exists()

    with scratch_folder():
        assert not folder.exists()
