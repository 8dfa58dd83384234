"""The code location: assets, checks, jobs, schedules and sensors with their resources.

What belongs here: wiring, and overriding parts of it in tests.
What stays out: every decision; those are in the modules wired here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource

from orchestration.dbt_manifest import DBT_EXECUTABLE, PROJECT_DIR
from orchestration.defs.forecast import assets as forecast_assets
from orchestration.defs.ingest import assets as ingest_assets
from orchestration.defs.ingest.sensors import new_uploads, register_tenants
from orchestration.defs.monitor import assets as monitor_assets
from orchestration.defs.publish import assets as publish_assets
from orchestration.defs.transform import assets as transform_assets
from orchestration.io_managers import TenantFrameIOManager
from orchestration.jobs import TENANT_PIPELINE
from orchestration.resources import PlatformResource, TrackingResource
from orchestration.schedules import nightly
from ordernimbus.observability import configure_logging


def build_defs(*, resource_overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """Return the code location's definitions.

    Args:
        resource_overrides: Resources by key that replace the default ones.
    """
    platform = PlatformResource()
    resources: dict[str, Any] = {
        "platform": platform,
        "tracking": TrackingResource(),
        "dbt": DbtCliResource(
            project_dir=str(PROJECT_DIR),
            profiles_dir=str(PROJECT_DIR),
            dbt_executable=str(DBT_EXECUTABLE),
        ),
        "tenant_frames": TenantFrameIOManager(platform=platform),
    }
    return dg.Definitions(
        assets=dg.load_assets_from_modules(
            [ingest_assets, transform_assets, forecast_assets, publish_assets, monitor_assets]
        ),
        jobs=[TENANT_PIPELINE],
        schedules=[nightly],
        sensors=[register_tenants, new_uploads],
        resources={**resources, **(resource_overrides or {})},
    )


configure_logging()
defs = build_defs()
