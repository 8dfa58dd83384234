"""What the API says about how good forecasts were."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

_EXAMPLE: dict[str, Any] = {
    "overall": {
        "series_id": None,
        "words": "Over the last 28 days, published forecasts were off by 18 % of the units sold "
        "(repeating the week before: 26 %). 80 % bands held 79 % of days.",
        "figures": [
            {
                "evidence": "served",
                "vintage_id": "3c9a4f0e-9a52-4d1c-8f53-0a7e3f0c5d11",
                "from_date": "2026-10-25",
                "to_date": "2026-11-21",
                "n_days": 28,
                "actual_units": 8120,
                "wape_pct": 18.2,
                "bias_pct": -1.4,
                "rmsse": 0.81,
                "coverage_80_pct": 79.0,
                "coverage_95_pct": 94.1,
                "seasonal_naive_wape_pct": 26.4,
                "seasonal_naive_rmsse": 1.07,
            }
        ],
    },
    "items": [],
    "next_cursor": None,
}


class AccuracyFigures(BaseModel):
    """One measurement."""

    evidence: Literal["served", "backtest"] = Field(
        description="`served`: published forecasts compared with the sales that followed. "
        "`backtest`: past days forecast again without being seen."
    )
    vintage_id: uuid.UUID
    from_date: date
    to_date: date
    n_days: int
    actual_units: float = Field(description="Units that were really sold in the period.")
    wape_pct: float | None = Field(
        description="Sum of absolute errors in percent of the units sold; null if none were sold."
    )
    bias_pct: float | None = Field(description="Forecast minus actual, percent of units sold.")
    rmsse: float | None = Field(description="Root mean squared scaled error.")
    coverage_80_pct: float | None = Field(description="Days inside the 80 % band, percent.")
    coverage_95_pct: float | None = Field(description="Days inside the 95 % band, percent.")
    seasonal_naive_wape_pct: float | None = Field(
        description="The same measure for repeating the week before."
    )
    seasonal_naive_rmsse: float | None


class AccuracyItem(BaseModel):
    """How good the forecasts of one series, or of all series together, were."""

    series_id: str | None = Field(description="Null for all series together.")
    words: str = Field(description="The best evidence there is, as a sentence.")
    figures: list[AccuracyFigures] = Field(description="Best evidence first.")


class AccuracyPage(BaseModel):
    """Accuracy overall and of one page of series, ordered by `series_id`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    overall: AccuracyItem
    items: list[AccuracyItem]
    next_cursor: str | None
