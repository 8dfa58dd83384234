"""Pages through the forecasts of one vintage and shapes them as the caller asked.

A list that is read page by page stays within the vintage it began with, even when a newer one is
published meanwhile: the cursor names it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from forecast_api.caller import Caller
from forecast_api.cursors import cursor_binding, read_cursor, write_cursor
from forecast_api.forecasts import repository
from forecast_api.forecasts.quantiles import quantiles_of_level, require_within, units_at
from forecast_api.forecasts.schemas import (
    ForecastItem,
    ForecastPage,
    IntervalForecast,
    QuantileForecast,
    Vintage,
)
from forecast_api.problems import BadRequest, InvalidInput
from forecast_api.series.filters import SeriesFilter
from forecast_api.series.service import series_not_found
from forecast_api.services import Services
from ordernimbus.database.sessions import TenantReadSession

_EXPORT_PAGE = 200
_COPIED = (
    "series_id",
    "product_key",
    "sku",
    "product_title",
    "location_key",
    "method",
    "reason",
)


@dataclass(frozen=True)
class ForecastQuestion:
    """What is asked.

    Attributes:
        wanted: Which series, by catalogue entry.
        series_id: Only this series; unlike a filter, it must exist.
        horizon: Days ahead, at most the vintage's; None means all of them.
        quantiles: Quantiles in (0, 1); None with no levels means the stored ones.
        levels: Central intervals in percent.
    """

    wanted: SeriesFilter
    series_id: str | None = None
    horizon: int | None = None
    quantiles: tuple[float, ...] | None = None
    levels: tuple[float, ...] | None = None

    @property
    def all_quantiles(self) -> tuple[float, ...]:
        """Every quantile that must be known to answer."""
        bounds = (bound for level in self.levels or () for bound in quantiles_of_level(level))
        return (*(self.quantiles or ()), *bounds)


def forecast_page(
    services: Services,
    caller: Caller,
    question: ForecastQuestion,
    *,
    cursor: str | None,
    limit: int,
) -> ForecastPage:
    """Return the page of forecasts after `cursor`.

    Raises:
        BadRequest: `invalid_cursor`, or `cursor_expired` where its vintage is kept no more.
        NotFound: `series_not_found`: the series asked for has no forecast.
        InvalidInput: The horizon or a quantile is beyond what is forecast.
    """
    binding = cursor_binding(caller.tenant.tenant_id, "forecasts", question)
    vintage_id, after = None, None
    if cursor:
        position = read_cursor(cursor, binding=binding, shape=(uuid.UUID, str))
        vintage_id, after = position
    with services.database.tenant_read_session(caller.tenant.tenant_id) as session:
        vintage = _vintage(session, vintage_id)
        if vintage is None:
            if vintage_id is not None:
                raise _cursor_expired()
            if question.series_id is not None:
                raise series_not_found(question.series_id)
            return ForecastPage(vintage=None, items=[], next_cursor=None)
        _require_answerable(question, vintage)
        rows = repository.list_forecasts(
            session,
            vintage.vintage_id,
            question.wanted,
            series_id=question.series_id,
            after_series_id=after,
            limit=limit + 1,
        )
    if question.series_id is not None and not rows:
        raise series_not_found(question.series_id)
    next_cursor = None
    if len(rows) > limit:
        position = (vintage.vintage_id, rows[limit - 1]["series_id"])
        next_cursor = write_cursor(position, binding=binding)
    items = [_item(row, question, vintage.stored_quantiles) for row in rows[:limit]]
    return ForecastPage(vintage=vintage, items=items, next_cursor=next_cursor)


def forecast_pages(
    services: Services, caller: Caller, question: ForecastQuestion
) -> Iterator[ForecastPage]:
    """Yield every page of one vintage; no more than one page is held in memory."""
    cursor: str | None = None
    while True:
        page = forecast_page(services, caller, question, cursor=cursor, limit=_EXPORT_PAGE)
        yield page
        cursor = page.next_cursor
        if cursor is None:
            return


def _vintage(session: TenantReadSession, vintage_id: uuid.UUID | None) -> Vintage | None:
    if vintage_id is None:
        row = repository.current_vintage(session)
    else:
        row = repository.find_vintage(session, vintage_id)
    return Vintage.model_validate(row) if row is not None else None


def _cursor_expired() -> BadRequest:
    detail = "the forecast that this cursor pages through is kept no more: start without `cursor`"
    return BadRequest("cursor_expired", detail)


def _require_answerable(question: ForecastQuestion, vintage: Vintage) -> None:
    if question.horizon is not None and question.horizon > vintage.horizon_days:
        detail = (
            f"horizon {question.horizon} is longer than the forecast: "
            f"ask for 1 to {vintage.horizon_days} days"
        )
        raise InvalidInput("horizon_too_long", detail)
    require_within(question.all_quantiles, vintage.stored_quantiles)


def _item(row: dict[str, Any], question: ForecastQuestion, stored: list[float]) -> ForecastItem:
    n_days = question.horizon or len(row["mean_units"])
    stored_units = [units[:n_days] for units in row["quantile_units"]]
    mean_units = row["mean_units"][:n_days]
    quantiles = question.quantiles
    if quantiles is None and question.levels is None:
        quantiles = tuple(stored)
    return ForecastItem(
        **{name: row[name] for name in _COPIED},
        dates=[row["start_date"] + timedelta(days=step) for step in range(len(mean_units))],
        mean_units=mean_units,
        quantiles=None
        if quantiles is None
        else [
            QuantileForecast(quantile=quantile, units=units_at(quantile, stored, stored_units))
            for quantile in quantiles
        ],
        intervals=None
        if question.levels is None
        else [_interval(level, stored, stored_units) for level in question.levels],
    )


def _interval(
    level: float, stored: list[float], stored_units: list[list[float]]
) -> IntervalForecast:
    lower, upper = quantiles_of_level(level)
    return IntervalForecast(
        level=level,
        lower_units=units_at(lower, stored, stored_units),
        upper_units=units_at(upper, stored, stored_units),
    )
