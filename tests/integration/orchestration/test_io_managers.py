"""Frames between steps: kept per tenant, replaced whole, read back as they were."""

from datetime import date

import dagster as dg
import polars as pl
import pytest

from orchestration.partitions import TENANTS
from tests.integration.orchestration.conftest import Pipeline


def round_trip(pipeline: Pipeline, slug: str, frame: object) -> list[pl.DataFrame]:
    """Write `frame` in one asset of the tenant and return what the next asset was given."""
    received: list[pl.DataFrame] = []

    @dg.asset(partitions_def=TENANTS, io_manager_key="tenant_frames", dagster_type=dg.Any)
    def made() -> object:
        return frame

    @dg.asset(partitions_def=TENANTS)
    def used(made: pl.DataFrame) -> None:
        received.append(made)

    pipeline.instance.add_dynamic_partitions(TENANTS.name or "", [slug])
    dg.materialize(
        [made, used],
        partition_key=slug,
        instance=pipeline.instance,
        resources=dict(pipeline.defs.resources or {}),
    )
    return received


FRAME = pl.DataFrame({"ds": [date(2026, 5, 1), None], "units": [1.5, None], "name": ["é", ""]})


def test_a_frame_comes_back_as_it_was(pipeline: Pipeline) -> None:
    pipeline.platform.add_tenant("a-shop")

    [received] = round_trip(pipeline, "a-shop", FRAME)

    assert received.equals(FRAME)
    assert received.schema == FRAME.schema


def test_a_newer_frame_replaces_the_older(pipeline: Pipeline) -> None:
    pipeline.platform.add_tenant("a-shop")
    round_trip(pipeline, "a-shop", FRAME)

    [received] = round_trip(pipeline, "a-shop", FRAME.head(1))

    assert received.height == 1


def test_tenants_have_frames_of_their_own(pipeline: Pipeline) -> None:
    tenants = [pipeline.platform.add_tenant(slug) for slug in ("a-shop", "b-shop")]
    for tenant in tenants:
        round_trip(pipeline, tenant.slug, FRAME)

    found = sorted(path.parent.name for path in pipeline.platform.objects.rglob("made.parquet"))

    assert found == sorted(f"tenant={tenant.tenant_id}" for tenant in tenants)


def test_anything_but_a_frame_is_refused(pipeline: Pipeline) -> None:
    pipeline.platform.add_tenant("a-shop")

    with pytest.raises(Exception, match="a frame is expected"):
        round_trip(pipeline, "a-shop", [1, 2, 3])
