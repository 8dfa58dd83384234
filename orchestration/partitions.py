"""Partitions: one dynamic partition per tenant, keyed by its slug.

Never tenants x days: freshness is kept by watermark (docs/decisions/0003-partitions.md).
"""

import dagster as dg

TENANTS = dg.DynamicPartitionsDefinition(name="tenant")
