"""What the API says about forecasts."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

_EXAMPLE: dict[str, Any] = {
    "vintage": {
        "vintage_id": "3c9a4f0e-9a52-4d1c-8f53-0a7e3f0c5d11",
        "cutoff_date": "2026-11-21",
        "published_at": "2026-11-22T02:14:05Z",
        "horizon_days": 28,
        "model_version": 12,
        "n_series": 600,
        "stored_quantiles": [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95],
    },
    "units": "units per day",
    "items": [
        {
            "series_id": "MUG-01@berlin",
            "product_key": "MUG-01",
            "sku": "MUG-01",
            "product_title": "Blue mug",
            "location_key": "berlin",
            "method": "lightgbm",
            "reason": "Forecast by the model learned from all series together.",
            "dates": ["2026-11-22", "2026-11-23"],
            "mean_units": [4.1, 3.8],
            "quantiles": None,
            "intervals": [{"level": 80, "lower_units": [1, 1], "upper_units": [8, 7]}],
        }
    ],
    "next_cursor": None,
}


class Vintage(BaseModel):
    """One published forecast of all series; never changed after it was published."""

    vintage_id: uuid.UUID
    cutoff_date: date = Field(description="Last day of sales that the forecast could see.")
    published_at: datetime
    horizon_days: int = Field(description="How many days ahead it reaches.")
    model_version: int
    n_series: int
    stored_quantiles: list[float] = Field(description="Quantiles that were forecast, ascending.")


class QuantileForecast(BaseModel):
    """Demand that is not exceeded with this probability."""

    quantile: float
    units: list[float] = Field(description="Units per day, one element per date.")


class IntervalForecast(BaseModel):
    """The central range that holds demand with a probability of `level` percent."""

    level: float
    lower_units: list[float]
    upper_units: list[float]


class ForecastItem(BaseModel):
    """The forecast of one series. Daily quantiles do not add up to quantiles of a sum."""

    series_id: str
    product_key: str
    sku: str | None
    product_title: str | None
    location_key: str
    method: str = Field(description="What made the forecast, for example `lightgbm`.")
    reason: str = Field(description="Why this method, as a sentence.")
    dates: list[date]
    mean_units: list[float] = Field(description="Expected units per day; these do add up.")
    quantiles: list[QuantileForecast] | None = Field(
        description="Where quantiles were asked for, or nothing in particular."
    )
    intervals: list[IntervalForecast] | None = Field(description="Where levels were asked for.")


class ForecastPage(BaseModel):
    """One page of forecasts, all of one vintage, ordered by `series_id`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    vintage: Vintage | None = Field(description="Null as long as nothing has been forecast.")
    units: str = Field(default="units per day", description="Unit of every number in `items`.")
    items: list[ForecastItem]
    next_cursor: str | None
