"""Which failed runs Dagster's own daemon repeats under the project's settings."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
import yaml  # type: ignore[import-untyped]  # it ships no types
from dagster._core.events import RunFailureReason
from dagster._core.execution.retries import auto_reexecution_should_retry_run

from orchestration.jobs import TENANT_PIPELINE

_DAGSTER_YAML = Path(__file__).resolve().parents[3] / "dagster.yaml"


def is_repeated(
    instance: dg.DagsterInstance, reason: RunFailureReason, tags: dict[str, str]
) -> bool:
    run = instance.create_run_for_job(
        dg.JobDefinition(name="any", graph_def=dg.GraphDefinition(name="any")), tags=tags
    )
    instance.report_run_failed(run)
    failed = instance.get_run_by_id(run.run_id)
    assert failed is not None
    return bool(auto_reexecution_should_retry_run(instance, failed, reason))


@pytest.fixture
def instance() -> dg.DagsterInstance:
    settings = yaml.safe_load(_DAGSTER_YAML.read_text())
    return dg.DagsterInstance.ephemeral(settings={"run_retries": settings["run_retries"]})


def test_a_pipeline_whose_process_died_is_repeated(instance: dg.DagsterInstance) -> None:
    assert is_repeated(instance, RunFailureReason.RUN_EXCEPTION, dict(TENANT_PIPELINE.tags or {}))


def test_a_pipeline_whose_step_failed_is_not_repeated(instance: dg.DagsterInstance) -> None:
    tags = dict(TENANT_PIPELINE.tags or {})

    assert not is_repeated(instance, RunFailureReason.STEP_FAILURE, tags)


def test_no_other_run_is_repeated_after_a_failed_step(instance: dg.DagsterInstance) -> None:
    tags = {"dagster/max_retries": "3"}

    assert not is_repeated(instance, RunFailureReason.STEP_FAILURE, tags)


def test_runs_of_one_tenant_wait_for_each_other_whoever_launched_them() -> None:
    settings = yaml.safe_load(_DAGSTER_YAML.read_text())

    [limit] = settings["concurrency"]["runs"]["tag_concurrency_limits"]

    assert limit["key"] == "dagster/partition"
    assert limit["limit"] == 1
    assert limit["value"] == {"applyLimitPerUniqueValue": True}
