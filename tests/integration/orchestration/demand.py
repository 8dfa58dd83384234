"""Demand put straight into the marts, and forecasts made of it without dbt or Dagster.

What belongs here: what tests of models and publishing start from. What stays out: assertions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from pydantic import SecretStr

from ml import engine
from orchestration.champions import Champion, ensure_champion, load_model, read_history
from orchestration.resources import Platform
from ordernimbus.settings import TrackingSettings
from ordernimbus.tenancy import Tenant
from tests.throwaway_platform import ThrowawayPlatform

FIRST_DAY = date(2026, 1, 5)
TODAY = date(2026, 6, 30)
SMALL = engine.EngineConfig(n_windows=1, n_trees=5)


def opened(platform: ThrowawayPlatform) -> Platform:
    """Return the platform as a run of the pipeline has it."""
    return Platform(platform.database("pipeline"), platform.store, code_version="1.0")


def sell(
    platform: ThrowawayPlatform, tenant: Tenant, units: Mapping[str, Mapping[date, float]]
) -> None:
    """Make these units, by product and day at location `shop`, the tenant's whole demand."""
    tenant_id = tenant.tenant_id
    with platform.administrator() as admin:
        for mart in ("fct_demand_daily", "dim_product"):
            admin.execute(f"DELETE FROM marts.{mart} WHERE tenant_id = %s".encode(), (tenant_id,))
        for product, days in units.items():
            admin.execute(
                """
                INSERT INTO marts.dim_product
                    (tenant_id, product_key, sku, first_sale_date, last_sale_date)
                VALUES (%s, %s, %s, %s, %s)
                """,
                (tenant_id, product, product, min(days), max(days)),
            )
            with admin.cursor() as cursor:
                cursor.executemany(
                    """
                    INSERT INTO marts.fct_demand_daily
                        (tenant_id, series_id, demand_date, product_key, location_key,
                         demand_units, returned_units)
                    VALUES (%s, %s, %s, %s, 'shop', %s, 0)
                    """,
                    [
                        (tenant_id, f"{product}@shop", day, product, sold)
                        for day, sold in days.items()
                    ],
                )


def steady(n_days: int, per_day: float = 3.0) -> dict[date, float]:
    """Return nearly the same units on each of the first days, more on Saturdays."""
    days = [FIRST_DAY + timedelta(days=n) for n in range(n_days)]
    return {day: per_day + 2.0 * (day.weekday() == 5) + n % 2 for n, day in enumerate(days)}


def tracking(folder: Path) -> TrackingSettings:
    """Return settings of a tracking store below `folder`."""
    return TrackingSettings(
        uri=SecretStr(f"sqlite:///{folder / 'tracking.db'}"), artifact_root=str(folder / "runs")
    )


def champion(
    platform: Platform, tenant: Tenant, settings: TrackingSettings, run_id: str = "run-1"
) -> Champion:
    """Return what the model step would work with today."""
    return ensure_champion(
        platform,
        tenant,
        read_history(platform, tenant, today=TODAY),
        config=SMALL,
        tracking_settings=settings,
        run_id=run_id,
    )


def forecasts(platform: Platform, tenant: Tenant, found: Champion) -> pl.DataFrame:
    """Return what the forecast step hands to the publish step."""
    history = read_history(platform, tenant, today=TODAY)
    frames = history.frames
    model = load_model(platform, found.version)
    return engine.forecast(
        model, frames.history, cutoff=history.cutoff, static=frames.static
    ).with_columns(
        pl.lit(history.cutoff).alias("cutoff"),
        pl.lit(found.version.model_version).alias("version"),
    )
