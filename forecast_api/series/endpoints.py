"""GET /v1/series, /v1/series/{series_id} and /v1/locations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from forecast_api.caller import CallerDependency, ServicesDependency
from forecast_api.errors import problem_responses
from forecast_api.parameters import CursorParameter, LimitParameter, StoredText
from forecast_api.series import service
from forecast_api.series.filters import SeriesFilterDependency
from forecast_api.series.repository import SeriesOrder
from forecast_api.series.schemas import LocationList, SeriesDetail, SeriesPage

router = APIRouter(tags=["series"])


@router.get(
    "/v1/series",
    summary="List products by location",
    responses=problem_responses(400, 401, 403, 404, 422, 503),
)
def list_series(
    services: ServicesDependency,
    caller: CallerDependency,
    wanted: SeriesFilterDependency,
    sort: Annotated[SeriesOrder, Query(description="Most sold first, or by name.")] = "volume",
    cursor: CursorParameter = None,
    limit: LimitParameter = 50,
) -> SeriesPage:
    """Every series of your account that the filters leave, page by page."""
    return service.series_page(services, caller, wanted, sort, cursor=cursor, limit=limit)


@router.get(
    "/v1/locations",
    summary="List locations",
    responses=problem_responses(400, 401, 403, 404, 422, 503),
)
def list_locations(services: ServicesDependency, caller: CallerDependency) -> LocationList:
    """Every location that sells something, in alphabetical order."""
    return service.locations(services, caller)


@router.get(
    "/v1/series/{series_id:path}",
    summary="Read one series with its history",
    responses=problem_responses(400, 401, 403, 404, 422, 503),
)
def read_series(
    services: ServicesDependency,
    caller: CallerDependency,
    series_id: Annotated[StoredText, Path(description="As `GET /v1/series` gives it.")],
    days: Annotated[int, Query(ge=1, le=4000, description="Most recent days of history.")] = 365,
) -> SeriesDetail:
    """Daily demand as one array; null where it is not known, for example when out of stock."""
    return service.series_detail(services, caller, series_id, days)
