"""A tenant's progress in words, and whether waiting for it makes sense."""

from __future__ import annotations

from dataclasses import replace

import pytest

from operations import ports
from operations.local_stack.pipeline_progress import PipelineState, latest_run
from ordernimbus.errors import TransientError

WAITING = PipelineState(uploads={"landed": 2}, run_id=None, run_status=None, has_forecast=False)


def test_words_name_files_and_run() -> None:
    state = replace(WAITING, uploads={"loaded": 1, "landed": 2}, run_status="STARTED")
    assert state.words() == "files: 2 landed, 1 loaded; run started"


def test_words_before_the_first_run() -> None:
    assert WAITING.words() == "files: 2 landed; waiting for a run"


def test_published_forecast_is_all_that_counts() -> None:
    assert replace(WAITING, has_forecast=True).words() == "forecast published"


@pytest.mark.parametrize("status", ["SUCCESS", "FAILURE", "CANCELED"])
def test_ended_run_is_settled(status: str) -> None:
    assert replace(WAITING, run_status=status).is_settled


@pytest.mark.parametrize("status", [None, "QUEUED", "STARTED", "CANCELING"])
def test_going_run_is_not_settled(status: str | None) -> None:
    assert not replace(WAITING, run_status=status).is_settled


def test_files_that_were_all_refused_are_settled() -> None:
    assert replace(WAITING, uploads={"refused": 1}).is_settled


def test_silent_dagster_is_named() -> None:
    url = f"http://127.0.0.1:{ports.any_free_port()}"
    with pytest.raises(TransientError, match="did not tell its runs of 'acorn'"):
        latest_run(url, "acorn")
