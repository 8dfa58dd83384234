"""The main job through Dagster, from a landed file to served forecasts, on real Postgres."""

from __future__ import annotations

import dagster as dg

from ordernimbus.tenancy import Tenant, set_tenant_status
from tests.integration.orchestration.conftest import Pipeline
from tests.throwaway_platform import ThrowawayPlatform


def served(platform: ThrowawayPlatform, tenant: Tenant) -> list[tuple[object, ...]]:
    with platform.database("api").tenant_read_session(tenant.tenant_id) as session:
        return session.execute(
            """
            SELECT f.series_id, array_length(f.mean_units, 1),
                array_length(f.quantile_units, 1) = array_length(v.quantiles, 1)
            FROM serving.current_vintage JOIN serving.vintage AS v USING (tenant_id, vintage_id)
            JOIN serving.forecast AS f USING (tenant_id, vintage_id)
            ORDER BY f.series_id
            """
        ).fetchall()


def n_vintages(platform: ThrowawayPlatform, tenant: Tenant) -> int:
    with platform.database("api").tenant_read_session(tenant.tenant_id) as session:
        row = session.execute("SELECT count(*) FROM serving.vintage").fetchone()
    assert row is not None
    return int(row[0])


def materialized(result: dg.ExecuteInProcessResult) -> set[str]:
    return {
        event.asset_key.to_user_string()
        for event in result.all_events
        if event.is_step_materialization and event.asset_key is not None
    }


def failure_text(result: dg.ExecuteInProcessResult) -> str:
    return "\n".join(
        str(event.step_failure_data.error) for event in result.get_step_failure_events()
    )


def test_a_landed_file_becomes_served_forecasts_and_a_rerun_keeps_them(
    pipeline: Pipeline, grocer_csv: bytes
) -> None:
    platform = pipeline.platform
    tenant = platform.add_tenant("grocer", time_zone="America/Chicago")
    other = platform.add_tenant("other")
    pipeline.land(tenant, grocer_csv)

    first = pipeline.run(tenant)

    assert first.success, failure_text(first)
    rows = served(platform, tenant)
    assert len(rows) >= 6
    assert all(n_days == 28 and has_all_quantiles for _, n_days, has_all_quantiles in rows)
    assert served(platform, other) == []

    again = pipeline.run(tenant)

    assert again.success, failure_text(again)
    assert served(platform, tenant) == rows
    assert n_vintages(platform, tenant) == 2


def test_a_broken_file_is_refused_and_what_follows_is_skipped(pipeline: Pipeline) -> None:
    tenant = pipeline.platform.add_tenant("grocer")
    pipeline.land(tenant, b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "chart.png")

    result = pipeline.run(tenant)

    assert result.success, failure_text(result)
    assert "core/sales_event" in materialized(result)
    assert "serving/forecast" not in materialized(result)
    with pipeline.platform.database("api").tenant_read_session(tenant.tenant_id) as session:
        states = session.execute("SELECT state, refusal_message FROM core.upload").fetchall()
    assert states[0][0] == "refused"
    assert "PNG" in str(states[0][1])


def test_a_tenant_without_any_sale_is_skipped(pipeline: Pipeline) -> None:
    tenant = pipeline.platform.add_tenant("silent")

    result = pipeline.run(tenant)

    assert result.success, failure_text(result)
    assert "forecast/cutoff" not in materialized(result)


def test_a_series_with_two_sales_gets_a_fallback_that_says_so(pipeline: Pipeline) -> None:
    tenant = pipeline.platform.add_tenant("tiny")
    pipeline.land(
        tenant,
        b"date,sku,location,quantity,price\n"
        b"2026-05-01,MUG,main,2,9.50\n2026-05-20,MUG,main,1,9.50\n",
    )

    result = pipeline.run(tenant)

    assert result.success, failure_text(result)
    with pipeline.platform.database("api").tenant_read_session(tenant.tenant_id) as session:
        rows = session.execute("SELECT series_id, method, reason FROM serving.forecast").fetchall()
    assert [row[0] for row in rows] == ["MUG@main"]
    assert rows[0][1] != "lightgbm"
    assert rows[0][2]


def test_a_suspended_tenants_run_fails_without_retry_and_says_why(
    pipeline: Pipeline, grocer_csv: bytes
) -> None:
    tenant = pipeline.platform.add_tenant("grocer")
    pipeline.land(tenant, grocer_csv)
    with pipeline.platform.database("platform").platform_session() as session:
        set_tenant_status(session, "grocer", "suspended")

    result = pipeline.run(tenant)

    assert not result.success
    assert "suspended" in failure_text(result)
    assert n_vintages(pipeline.platform, tenant) == 0
