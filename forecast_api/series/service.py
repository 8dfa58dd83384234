"""Pages through the catalogue and finds single series."""

from __future__ import annotations

from forecast_api.caller import Caller
from forecast_api.cursors import cursor_binding, read_cursor, write_cursor
from forecast_api.problems import NotFound
from forecast_api.series import repository
from forecast_api.series.filters import SeriesFilter
from forecast_api.series.schemas import LocationList, SeriesDetail, SeriesItem, SeriesPage
from forecast_api.services import Services


def series_not_found(series_id: str) -> NotFound:
    """Return the refusal for a series this tenant does not have, whoever else may have it."""
    return NotFound(
        "series_not_found", f"there is no series {series_id!r}: GET /v1/series lists yours"
    )


def series_page(
    services: Services,
    caller: Caller,
    wanted: SeriesFilter,
    order: repository.SeriesOrder,
    *,
    cursor: str | None,
    limit: int,
) -> SeriesPage:
    """Return the page of the catalogue after `cursor`.

    Raises:
        BadRequest: `invalid_cursor`.
    """
    binding = cursor_binding(caller.tenant.tenant_id, "series", (wanted, order))
    after = read_cursor(cursor, binding=binding, shape=(float, str)) if cursor else None
    with services.database.tenant_read_session(caller.tenant.tenant_id) as session:
        rows = repository.list_series(session, wanted, order, after=after, limit=limit + 1)
    next_cursor = None
    if len(rows) > limit:
        last = rows[limit - 1]
        position = (float(last["mean_daily_units"]), last["series_id"])
        next_cursor = write_cursor(position, binding=binding)
    items = [SeriesItem.model_validate(row) for row in rows[:limit]]
    return SeriesPage(items=items, next_cursor=next_cursor)


def series_detail(services: Services, caller: Caller, series_id: str, n_days: int) -> SeriesDetail:
    """Return one series with the last `n_days` days of its history.

    Raises:
        NotFound: This tenant has no such series.
    """
    with services.database.tenant_read_session(caller.tenant.tenant_id) as session:
        row = repository.find_series(session, series_id, n_days)
    if row is None:
        raise series_not_found(series_id)
    return SeriesDetail.model_validate(row)


def locations(services: Services, caller: Caller) -> LocationList:
    """Return every location that has a series."""
    with services.database.tenant_read_session(caller.tenant.tenant_id) as session:
        return LocationList(items=repository.list_locations(session))
