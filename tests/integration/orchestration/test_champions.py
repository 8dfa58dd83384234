"""Champions: who serves, what a damaged model does, and life without the tracking store."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
import structlog

from ml import engine
from ml.errors import ArtifactCorrupted
from orchestration import champions
from orchestration.champions import load_model
from orchestration.partitions import TENANTS
from orchestration.promotion import Decision
from ordernimbus.tenancy import Tenant
from tests.integration.orchestration.conftest import FAST, Pipeline
from tests.integration.orchestration.demand import champion, opened, sell, steady, tracking
from tests.throwaway_platform import ThrowawayPlatform

FORECAST_AND_PUBLISH = dg.AssetSelection.groups("forecast", "publish")


@pytest.fixture
def tenant(platform: ThrowawayPlatform) -> Tenant:
    tenant = platform.add_tenant("shop")
    sell(platform, tenant, {"MUG": steady(60), "CUP": steady(60, 5.0)})
    return tenant


def run_forecast(pipeline: Pipeline, tenant: Tenant) -> dg.ExecuteInProcessResult:
    """Run the steps behind the marts."""
    pipeline.instance.add_dynamic_partitions(TENANTS.name or "", [tenant.slug])
    job = pipeline.defs.resolve_job_def("tenant_pipeline")
    keys = FORECAST_AND_PUBLISH.resolve(pipeline.defs.resolve_asset_graph())
    return job.execute_in_process(
        partition_key=tenant.slug,
        instance=pipeline.instance,
        asset_selection=sorted(keys),
        run_config=FAST,
        raise_on_error=False,
    )


def aliases(platform: ThrowawayPlatform) -> dict[str, int]:
    with platform.administrator() as admin:
        return dict(admin.execute("SELECT alias, model_version FROM core.model_alias").fetchall())


def current_vintage(platform: ThrowawayPlatform) -> list[tuple[object, ...]]:
    with platform.administrator() as admin:
        return admin.execute("SELECT vintage_id FROM serving.current_vintage").fetchall()


def tamper(platform: ThrowawayPlatform) -> None:
    """Change one byte of every stored model."""
    for path in platform.objects.glob("models/**/model.json"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(bytes(content))


def failures(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    return {
        event.step_key or "": str(event.step_failure_data.error)
        for event in result.get_step_failure_events()
    }


@pytest.fixture
def a_worse_challenger(
    platform: ThrowawayPlatform, tenant: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> champions.Champion:
    run = opened(platform)
    champion(run, tenant, tracking(tmp_path))
    monkeypatch.setattr(
        champions, "decide_promotion", lambda *_: Decision(is_yes=False, reason="It is worse.")
    )
    sell(platform, tenant, {"MUG": steady(75), "CUP": steady(75, 5.0)})
    return champion(run, tenant, tracking(tmp_path), "run-2")


def test_a_challenger_that_lost_is_kept_while_the_champion_serves(
    platform: ThrowawayPlatform, a_worse_challenger: champions.Champion
) -> None:
    assert aliases(platform) == {"champion": 1, "challenger": 2}
    assert a_worse_challenger.version.model_version == 1
    assert a_worse_challenger.promotion == Decision(is_yes=False, reason="It is worse.")


def test_a_model_whose_bytes_changed_is_not_loaded(
    platform: ThrowawayPlatform, tenant: Tenant, tmp_path: Path
) -> None:
    run = opened(platform)
    found = champion(run, tenant, tracking(tmp_path))
    tamper(platform)

    with pytest.raises(ArtifactCorrupted):
        load_model(run, found.version)


def test_a_damaged_model_fails_the_run_for_good_and_the_old_vintage_stays(
    pipeline: Pipeline, tenant: Tenant
) -> None:
    assert run_forecast(pipeline, tenant).success
    before = current_vintage(pipeline.platform)
    tamper(pipeline.platform)

    result = run_forecast(pipeline, tenant)

    assert "recorded was" in failures(result)["forecast__daily_units"]
    assert not [event for event in result.all_events if event.is_step_up_for_retry]
    assert current_vintage(pipeline.platform) == before


def test_without_the_tracking_store_the_run_succeeds_and_says_so(
    pipeline: Pipeline, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERNIMBUS_TRACKING_URI", "postgresql+psycopg2://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("ORDERNIMBUS_TRACKING_TIMEOUT_SECONDS", "1")

    result = run_forecast(pipeline, tenant)

    assert result.success, failures(result)
    [model] = result.asset_materializations_for_node("forecast__model")
    assert "tracking_error" in model.metadata
    assert current_vintage(pipeline.platform)


@pytest.mark.parametrize(
    "fault",
    [
        pl.lit(float("nan")).alias("y_hat"),
        (pl.col("q0.5") + 1e6).alias("q0.1"),
        (pl.col("ds") + timedelta(days=1)).alias("ds"),
    ],
    ids=["not-a-number", "crossing", "wrong-day"],
)
def test_a_faulty_forecast_is_not_published(
    pipeline: Pipeline, tenant: Tenant, fault: pl.Expr, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = engine.forecast
    monkeypatch.setattr(
        engine, "forecast", lambda *args, **names: sound(*args, **names).with_columns(fault)
    )

    result = run_forecast(pipeline, tenant)

    assert not result.success
    assert current_vintage(pipeline.platform) == []


def test_log_lines_of_a_step_name_tenant_and_run(pipeline: Pipeline, tenant: Tenant) -> None:
    with structlog.testing.capture_logs(
        processors=[structlog.contextvars.merge_contextvars]
    ) as lines:
        result = run_forecast(pipeline, tenant)

    training = [line for line in lines if line["event"] == "training"]
    assert training
    assert {(line["tenant"], line["run_id"]) for line in training} == {("shop", result.run_id)}
