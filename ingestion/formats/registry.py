"""Every sales file format there is, in the order in which they are tried."""

from __future__ import annotations

from ingestion.contract import SalesFileFormat
from ingestion.formats.generic import GenericFormat
from ingestion.formats.shopify_orders import ShopifyOrdersFormat

FORMATS: tuple[SalesFileFormat, ...] = (ShopifyOrdersFormat(), GenericFormat())
