"""What the API says about a series: one product at one location."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

_EXAMPLE: dict[str, Any] = {
    "series_id": "MUG-01@berlin",
    "product_key": "MUG-01",
    "sku": "MUG-01",
    "product_title": "Blue mug",
    "category": "Kitchen",
    "location_key": "berlin",
    "series_class": "smooth",
    "first_sale_date": "2024-01-02",
    "last_sale_date": "2026-11-21",
    "n_days": 690,
    "mean_daily_units": 4.2,
}


class SeriesItem(BaseModel):
    """One series of the catalogue."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    series_id: str = Field(description="`product_key@location_key`.")
    product_key: str = Field(description="The SKU, or `title:` and the title where it is blank.")
    sku: str | None
    product_title: str | None
    category: str | None
    location_key: str
    series_class: str = Field(description="How demand behaves, for example `intermittent`.")
    first_sale_date: date
    last_sale_date: date
    n_days: int = Field(description="Days of history.")
    mean_daily_units: float = Field(description="Mean demand, units per day.")


class SeriesPage(BaseModel):
    """One page of the catalogue."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_EXAMPLE], "next_cursor": None}]}
    )

    items: list[SeriesItem]
    next_cursor: str | None = Field(
        description="Send as `cursor` for the next page; null at the end."
    )


class SeriesDetail(SeriesItem):
    """One series with its demand history."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {**_EXAMPLE, "history_start_date": "2026-11-19", "history_units": [3, None, 5]}
            ]
        }
    )

    history_start_date: date = Field(description="Day of the first element of `history_units`.")
    history_units: list[float | None] = Field(
        description="Units per day, one element per day; null where demand is not known."
    )


class LocationList(BaseModel):
    """Every location that has a series."""

    items: list[str]
