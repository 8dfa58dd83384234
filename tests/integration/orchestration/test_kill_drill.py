"""A tenant's pipeline killed at random moments, again and again, then run to its end."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ordernimbus.tenancy import Tenant
from tests.integration.orchestration.conftest import Pipeline
from tests.throwaway_platform import ThrowawayPlatform

_PROJECT = Path(__file__).resolve().parents[3]
_PIPELINE = Path(__file__).with_name("pipeline_process.py")
_KILLS = 10
# What a tenant has, without what differs by nature: identifiers, and when it was written.
_CONTENTS = {
    "ledger": """
        SELECT to_jsonb(e) - '{tenant_id,upload_id,upload_seq}'::text[] AS row
        FROM core.sales_event AS e WHERE tenant_id = %(tenant)s
    """,
    "demand": """
        SELECT to_jsonb(d) - 'tenant_id' AS row
        FROM marts.fct_demand_daily AS d WHERE tenant_id = %(tenant)s
    """,
    "products": """
        SELECT to_jsonb(p) - 'tenant_id' AS row
        FROM marts.dim_product AS p WHERE tenant_id = %(tenant)s
    """,
    "locations": """
        SELECT to_jsonb(l) - 'tenant_id' AS row
        FROM marts.dim_location AS l WHERE tenant_id = %(tenant)s
    """,
    "forecasts": """
        SELECT to_jsonb(f) - '{tenant_id,vintage_id}'::text[] AS row
        FROM serving.current_vintage JOIN serving.forecast AS f USING (tenant_id, vintage_id)
        WHERE tenant_id = %(tenant)s
    """,
    "catalogue": """
        SELECT to_jsonb(s) - '{tenant_id,vintage_id}'::text[] AS row
        FROM serving.series AS s WHERE tenant_id = %(tenant)s
    """,
}
_HALF_WRITTEN = """
    SELECT 'a vintage without all its series' FROM serving.vintage AS v
    WHERE v.n_series <> (
        SELECT count(*) FROM serving.forecast AS f
        WHERE (f.tenant_id, f.vintage_id) = (v.tenant_id, v.vintage_id)
    )
    UNION ALL
    SELECT 'a catalogue of another vintage' FROM serving.series AS s
    LEFT JOIN serving.current_vintage AS c USING (tenant_id, vintage_id)
    WHERE c.vintage_id IS NULL
    UNION ALL
    SELECT 'events of an upload that is not loaded' FROM core.upload AS u
    WHERE u.state <> 'loaded' AND EXISTS (
        SELECT FROM core.sales_event AS e
        WHERE (e.tenant_id, e.upload_id) = (u.tenant_id, u.upload_id)
    )
    UNION ALL
    SELECT 'a loaded upload without all its events' FROM core.upload AS u
    WHERE u.state = 'loaded' AND u.n_rows_accepted <> (
        SELECT count(DISTINCT e.row_number) FROM core.sales_event AS e
        WHERE (e.tenant_id, e.upload_id) = (u.tenant_id, u.upload_id)
    )
"""


def contents(platform: ThrowawayPlatform, tenant: Tenant) -> dict[str, tuple[int, str]]:
    """Return number and digest of the tenant's rows by kind."""
    found = {}
    with platform.administrator() as admin:
        for name, query in _CONTENTS.items():
            row = admin.execute(
                f"""
                SELECT count(*), md5(coalesce(string_agg(row::text, ',' ORDER BY row::text), ''))
                FROM ({query}) AS rows
                """.encode(),
                {"tenant": tenant.tenant_id},
            ).fetchone()
            assert row is not None
            found[name] = (int(row[0]), str(row[1]))
    return found


def half_written(platform: ThrowawayPlatform) -> list[tuple[str]]:
    with platform.administrator() as admin:
        return admin.execute(_HALF_WRITTEN.encode()).fetchall()


def start(tenant: Tenant, log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, str(_PIPELINE), tenant.slug],
            env={**os.environ, "PYTHONPATH": str(_PROJECT)},
            cwd=_PROJECT,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def run_for(tenant: Tenant, log: Path, seconds: float) -> bool:
    """Kill the pipeline, dbt included, after some seconds; return whether it had still run."""
    process = start(tenant, log)
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


@pytest.mark.drill
def test_a_pipeline_killed_again_and_again_ends_as_one_never_killed(
    pipeline: Pipeline, grocer_csv: bytes, tmp_path: Path
) -> None:
    platform, log = pipeline.platform, tmp_path / "pipeline.log"
    spared, killed = platform.add_tenant("spared"), platform.add_tenant("killed")
    pipeline.land(spared, grocer_csv)
    begun = time.monotonic()
    assert start(spared, log).wait() == 0, log.read_text()
    duration = time.monotonic() - begun
    expected = contents(platform, spared)
    pipeline.land(killed, grocer_csv)
    seed = 20261122
    moments = random.Random(seed)  # noqa: S311 - when to kill

    n_killed = 0
    for _ in range(_KILLS):
        n_killed += run_for(killed, log, moments.uniform(0.15, 0.98) * duration)
        assert half_written(platform) == []
        assert contents(platform, spared) == expected

    assert n_killed >= _KILLS // 2
    assert start(killed, log).wait() == 0, log.read_text()[-4000:]
    assert half_written(platform) == []
    assert contents(platform, killed) == expected
    assert contents(platform, spared) == expected
