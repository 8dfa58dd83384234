"""GET /v1/forecasts and /v1/forecasts.csv."""

from __future__ import annotations

from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from forecast_api.caller import CallerDependency, ServicesDependency
from forecast_api.csv_export import CSV_MEDIA_TYPE
from forecast_api.errors import problem_responses
from forecast_api.forecasts import service
from forecast_api.forecasts.export import csv_chunks
from forecast_api.forecasts.quantiles import parse_levels, parse_quantiles
from forecast_api.forecasts.schemas import ForecastPage
from forecast_api.parameters import CursorParameter, LimitParameter, StoredText
from forecast_api.problems import InvalidInput
from forecast_api.series.filters import SeriesFilterDependency

router = APIRouter(tags=["forecasts"])

SeriesIdParameter = Annotated[
    StoredText | None,
    Query(
        description="One series; 404 where you have none of this name.", examples=["MUG-01@berlin"]
    ),
]
HorizonParameter = Annotated[
    int | None, Query(ge=1, le=400, description="Days ahead; without it, as far as was forecast.")
]


@router.get(
    "/v1/forecasts",
    summary="Read forecasts",
    responses=problem_responses(400, 401, 403, 404, 422, 503),
)
def list_forecasts(
    services: ServicesDependency,
    caller: CallerDependency,
    wanted: SeriesFilterDependency,
    series_id: SeriesIdParameter = None,
    horizon: HorizonParameter = None,
    quantiles: Annotated[
        str | None,
        Query(
            max_length=400,
            description="Quantiles in (0, 1), separated by commas. Stored ones are exact, others "
            "are interpolated between them. Not together with `levels`.",
            examples=["0.1,0.5,0.9"],
        ),
    ] = None,
    levels: Annotated[
        str | None,
        Query(
            max_length=400,
            description="Central intervals in percent, separated by commas: 80 runs from the 0.1 "
            "to the 0.9 quantile. Not together with `quantiles`.",
            examples=["80,95"],
        ),
    ] = None,
    cursor: CursorParameter = None,
    limit: LimitParameter = 50,
) -> ForecastPage:
    """Daily forecasts of the current vintage; one read never mixes two vintages."""
    if quantiles is not None and levels is not None:
        detail = "send either `quantiles` or `levels`, not both"
        raise InvalidInput("quantiles_and_levels", detail)
    question = service.ForecastQuestion(
        wanted=wanted,
        series_id=series_id,
        horizon=horizon,
        quantiles=parse_quantiles(quantiles) if quantiles is not None else None,
        levels=parse_levels(levels) if levels is not None else None,
    )
    return service.forecast_page(services, caller, question, cursor=cursor, limit=limit)


@router.get(
    "/v1/forecasts.csv",
    summary="Download forecasts as a table",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "One row per series and day, one column per stored quantile.",
            "content": {"text/csv": {"schema": {"type": "string"}}},
        },
        **problem_responses(400, 401, 403, 404, 422, 503),
    },
)
def download_forecasts(
    services: ServicesDependency,
    caller: CallerDependency,
    wanted: SeriesFilterDependency,
    series_id: SeriesIdParameter = None,
    horizon: HorizonParameter = None,
) -> StreamingResponse:
    """Every series that the filters leave, with text that no spreadsheet runs as a formula."""
    question = service.ForecastQuestion(wanted=wanted, series_id=series_id, horizon=horizon)
    pages = service.forecast_pages(services, caller, question)
    # The first page is read before the answer begins, so that a refusal is still a refusal.
    first = next(pages)
    return StreamingResponse(
        csv_chunks(chain([first], pages)),
        media_type=CSV_MEDIA_TYPE,
        headers={"Content-Disposition": 'attachment; filename="forecasts.csv"'},
    )
