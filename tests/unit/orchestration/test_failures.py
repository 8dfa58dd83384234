"""Which errors ask for another try, which end the step, and which pass as the bugs they are."""

from types import SimpleNamespace
from typing import cast

import dagster as dg
import psycopg
import pytest

from ml.errors import ArtifactCorrupted
from orchestration import failures
from orchestration.failures import MAX_RETRIES, translated_failures
from ordernimbus.errors import (
    ConfigurationError,
    ContractError,
    PermanentError,
    TenantContextMissing,
    TenantSuspended,
    TransientError,
)


def run_of(error: Exception, attempts: list[int]) -> dg.ExecuteInProcessResult:
    """Run one step that always fails with `error`, noting every attempt."""

    @dg.op
    def always_fails(context: dg.OpExecutionContext) -> None:
        attempts.append(context.retry_number)
        with translated_failures(context):
            raise error

    @dg.job(executor_def=dg.in_process_executor)
    def one_step() -> None:
        always_fails()

    return one_step.execute_in_process(raise_on_error=False)


def attempt(retry_number: int) -> dg.OpExecutionContext:
    """Return all that the translation reads of a step's context."""
    return cast(dg.OpExecutionContext, SimpleNamespace(retry_number=retry_number))


def pause_before_retry(retry_number: int) -> float:
    with pytest.raises(dg.RetryRequested) as caught, translated_failures(attempt(retry_number)):
        raise TransientError("gone")
    return caught.value.seconds_to_wait or 0.0


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "FIRST_PAUSE_SECONDS", 0.0)


@pytest.mark.parametrize("error", [TransientError("gone"), psycopg.OperationalError("gone")])
def test_a_transient_error_is_tried_again_a_limited_number_of_times(error: Exception) -> None:
    attempts: list[int] = []

    result = run_of(error, attempts)

    assert not result.success
    assert attempts == list(range(MAX_RETRIES + 1))


@pytest.mark.parametrize(
    "error",
    [
        PermanentError("no"),
        TenantSuspended("no"),
        ContractError("no"),
        ConfigurationError("no"),
        ArtifactCorrupted("no"),
    ],
)
def test_a_permanent_error_ends_the_step_at_once_with_its_message(error: Exception) -> None:
    attempts: list[int] = []

    result = run_of(error, attempts)

    [failure] = result.get_step_failure_events()
    assert attempts == [0]
    assert "no" in str(failure.step_failure_data.error)
    assert failure.step_failure_data.user_failure_data is not None


@pytest.mark.parametrize("error", [KeyError("bug"), TenantContextMissing("bug")])
def test_an_unknown_error_fails_the_step_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)), translated_failures(attempt(0)):
        raise error


def test_pauses_grow_and_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "FIRST_PAUSE_SECONDS", 10.0)

    first = [pause_before_retry(0) for _ in range(8)]
    second = [pause_before_retry(1) for _ in range(8)]

    assert all(10.0 <= pause <= 15.0 for pause in first)
    assert all(30.0 <= pause <= 45.0 for pause in second)
    assert len(set(first)) > 1
