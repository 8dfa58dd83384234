"""A throwaway platform seen through Dagster: the real code location on an ephemeral instance."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from orchestration.definitions import build_defs
from orchestration.partitions import TENANTS
from ordernimbus.landing import Landing, land_file
from ordernimbus.tenancy import Tenant
from simulator.demand import simulate
from simulator.demos import corner_grocer
from simulator.generic_csv import write_generic_csv
from tests.throwaway_platform import ThrowawayPlatform

FAST = {"ops": {"forecast__model": {"config": {"n_windows": 1}}}}


@dataclass
class Pipeline:
    """Runs tenants' pipelines in this process, with all parts real but the tracking database."""

    platform: ThrowawayPlatform
    instance: dg.DagsterInstance
    defs: dg.Definitions

    def land(self, tenant: Tenant, content: bytes, file_name: str = "sales.csv") -> Landing:
        return land_file(
            self.platform.database("pipeline"),
            self.platform.store,
            tenant,
            file_name=file_name,
            stream=io.BytesIO(content),
            max_bytes=100_000_000,
        )

    def run(self, tenant: Tenant) -> dg.ExecuteInProcessResult:
        self.instance.add_dynamic_partitions(TENANTS.name or "", [tenant.slug])
        return self.defs.resolve_job_def("tenant_pipeline").execute_in_process(
            partition_key=tenant.slug,
            instance=self.instance,
            run_config=FAST,
            raise_on_error=False,
        )


@pytest.fixture
def pipeline(
    platform: ThrowawayPlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Pipeline]:
    for name, value in platform.environment("pipeline").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ORDERNIMBUS_TRACKING_URI", f"sqlite:///{tmp_path / 'tracking.db'}")
    monkeypatch.setenv("ORDERNIMBUS_TRACKING_ARTIFACT_ROOT", str(tmp_path / "artifacts"))
    with dg.DagsterInstance.ephemeral() as instance:
        yield Pipeline(platform, instance, build_defs())


@pytest.fixture(scope="session")
def grocer_csv(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small retailer's file: 6 products, 250 days up to 2026-05-31."""
    path = tmp_path_factory.mktemp("grocer") / "sales.csv"
    scenario = corner_grocer(date(2026, 5, 31), n_days=250, n_products=6)
    write_generic_csv(simulate(scenario), path)
    return path.read_bytes()
