"""Sensors and schedule against the real registry and upload queue."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import dagster as dg
import pytest

from orchestration.defs.ingest.sensors import new_uploads, register_tenants
from orchestration.partitions import TENANTS
from orchestration.resources import PlatformResource
from orchestration.schedules import nightly
from ordernimbus.tenancy import set_tenant_status
from tests.integration.orchestration.conftest import Pipeline


def requested_runs(
    definition: dg.SensorDefinition | dg.ScheduleDefinition,
    context: dg.SensorEvaluationContext | dg.ScheduleEvaluationContext,
) -> list[dg.RunRequest]:
    """Evaluate a sensor or schedule as its daemon would, with the real platform."""
    found = definition(context)
    assert isinstance(found, Iterator)
    return [item for item in found if isinstance(item, dg.RunRequest)]


@contextmanager
def sensor_context(pipeline: Pipeline) -> Iterator[dg.SensorEvaluationContext]:
    with dg.build_sensor_context(
        instance=pipeline.instance, resources={"platform": PlatformResource()}
    ) as context:
        yield context


def waiting_runs(pipeline: Pipeline) -> list[dg.RunRequest]:
    with sensor_context(pipeline) as context:
        return requested_runs(new_uploads, context)


def test_active_tenants_become_partitions_and_suspended_ones_stop_being_so(
    pipeline: Pipeline,
) -> None:
    pipeline.platform.add_tenant("a-shop")
    pipeline.platform.add_tenant("b-shop")
    pipeline.instance.add_dynamic_partitions(TENANTS.name or "", ["b-shop"])
    with pipeline.platform.database("platform").platform_session() as session:
        set_tenant_status(session, "b-shop", "suspended")

    with sensor_context(pipeline) as context:
        result = register_tenants(context)
    assert isinstance(result, dg.SensorResult)
    requests = result.dynamic_partitions_requests or []

    changes = {type(request).__name__: request.partition_keys for request in requests}
    assert changes == {
        "AddDynamicPartitionsRequest": ["a-shop"],
        "DeleteDynamicPartitionsRequest": ["b-shop"],
    }


def test_a_waiting_upload_asks_for_one_run_of_its_tenant(pipeline: Pipeline) -> None:
    tenant = pipeline.platform.add_tenant("a-shop")
    pipeline.platform.add_tenant("b-shop")
    pipeline.instance.add_dynamic_partitions(TENANTS.name or "", ["a-shop", "b-shop"])
    pipeline.land(tenant, b"date,sku,quantity\n2026-05-01,A,1\n")

    first = waiting_runs(pipeline)
    second = waiting_runs(pipeline)

    assert [request.partition_key for request in first] == ["a-shop"]
    assert [request.run_key for request in first] == [request.run_key for request in second]


def test_a_further_upload_asks_for_another_run(pipeline: Pipeline) -> None:
    tenant = pipeline.platform.add_tenant("a-shop")
    pipeline.instance.add_dynamic_partitions(TENANTS.name or "", ["a-shop"])
    pipeline.land(tenant, b"date,sku,quantity\n2026-05-01,A,1\n")
    first = waiting_runs(pipeline)
    pipeline.land(tenant, b"date,sku,quantity\n2026-05-02,A,1\n")

    second = waiting_runs(pipeline)

    assert first[0].run_key != second[0].run_key


def wait(pipeline: Pipeline, minutes: float, state: str = "landed") -> None:
    """Let every upload have landed some minutes ago."""
    with pipeline.platform.administrator() as admin:
        admin.execute(
            "UPDATE core.upload SET state = %s, created_at = now() - make_interval(secs => %s)",
            (state, minutes * 60),
        )


def keys_at(pipeline: Pipeline, minutes: list[float], state: str = "landed") -> list[str | None]:
    """Return the run keys requested after an upload waited that long."""
    keys: list[str | None] = []
    for waited in minutes:
        wait(pipeline, waited, state)
        keys += [request.run_key for request in waiting_runs(pipeline)]
    return keys


@pytest.fixture
def waiting(pipeline: Pipeline) -> Pipeline:
    tenant = pipeline.platform.add_tenant("a-shop")
    pipeline.instance.add_dynamic_partitions(TENANTS.name or "", ["a-shop"])
    pipeline.land(tenant, b"date,sku,quantity\n2026-05-01,A,1\n")
    return pipeline


def test_an_upload_whose_run_failed_is_asked_for_again_ever_less_often(waiting: Pipeline) -> None:
    keys = keys_at(waiting, [1, 14, 16, 29, 31, 59, 61])

    assert [key and key.rsplit(":", 1)[1] for key in keys] == ["0", "0", "1", "1", "2", "2", "3"]


def test_an_upload_that_is_being_read_is_not_asked_for(waiting: Pipeline) -> None:
    assert keys_at(waiting, [1, 14], "processing") == []


def test_an_upload_whose_reading_stopped_midway_is_asked_for_again(waiting: Pipeline) -> None:
    assert len(keys_at(waiting, [16], "processing")) == 1


def test_while_a_run_of_the_tenant_goes_on_nothing_is_asked_for_again(waiting: Pipeline) -> None:
    waiting.instance.create_run_for_job(
        waiting.defs.resolve_job_def("tenant_pipeline"),
        status=dg.DagsterRunStatus.STARTED,
        tags={"dagster/partition": "a-shop"},
    )

    assert keys_at(waiting, [16]) == []


def test_a_suspended_tenants_upload_waits_until_it_is_active_again(waiting: Pipeline) -> None:
    [first] = waiting_runs(waiting)
    for status in ("suspended", "active"):
        with waiting.platform.database("platform").platform_session() as session:
            set_tenant_status(session, "a-shop", status)
        found = keys_at(waiting, [40])
        assert len(found) == (0 if status == "suspended" else 1)

    assert found != [first.run_key]


def test_the_night_of_a_tenant_with_sales_asks_for_its_run_once_a_day(pipeline: Pipeline) -> None:
    tenant = pipeline.platform.add_tenant("tokyo-shop", time_zone="Asia/Tokyo")
    pipeline.platform.add_tenant("silent-shop", time_zone="Asia/Tokyo")
    pipeline.land(tenant, b"date,sku,quantity\n2026-05-01,A,1\n")
    with pipeline.platform.administrator() as admin:
        admin.execute("UPDATE core.upload SET state = 'loaded'")

    with dg.build_schedule_context(
        instance=pipeline.instance,
        scheduled_execution_time=datetime(2026, 5, 3, 17, 5, tzinfo=UTC),
        resources={"platform": PlatformResource()},
    ) as context:
        requests = requested_runs(nightly, context)

    assert [request.run_key for request in requests] == ["nightly:tokyo-shop:2026-05-04"]
