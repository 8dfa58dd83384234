"""What every asset of this code location shares: owner and freshness."""

from __future__ import annotations

from datetime import timedelta

import dagster as dg

OWNERS = ["team:forecasting-platform"]
NIGHTLY_FRESHNESS = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(hours=48), warn_window=timedelta(hours=30)
)
