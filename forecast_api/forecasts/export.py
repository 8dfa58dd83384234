"""Forecasts as a table: one row per series and day, one column per quantile."""

from __future__ import annotations

from collections.abc import Iterator

from forecast_api.csv_export import Cell, csv_text
from forecast_api.forecasts.schemas import ForecastItem, ForecastPage

_COLUMNS = ("series_id", "sku", "product_title", "location", "date", "mean_units")


def csv_chunks(pages: Iterator[ForecastPage]) -> Iterator[str]:
    """Yield the table's text page by page, the header first."""
    has_header = False
    for page in pages:
        if not has_header:
            stored = page.vintage.stored_quantiles if page.vintage is not None else []
            yield csv_text([(*_COLUMNS, *(f"q{quantile:g}_units" for quantile in stored))])
            has_header = True
        for item in page.items:
            yield csv_text(_rows(item))


def _rows(item: ForecastItem) -> Iterator[tuple[Cell, ...]]:
    quantiles = item.quantiles or []
    for step, day in enumerate(item.dates):
        yield (
            item.series_id,
            item.sku,
            item.product_title,
            item.location_key,
            day.isoformat(),
            item.mean_units[step],
            *(quantile.units[step] for quantile in quantiles),
        )
