"""GET /v1/accuracy."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from forecast_api.accuracy import service
from forecast_api.accuracy.schemas import AccuracyPage
from forecast_api.caller import CallerDependency, ServicesDependency
from forecast_api.errors import problem_responses
from forecast_api.parameters import CursorParameter, LimitParameter, StoredText

router = APIRouter(tags=["accuracy"])


@router.get(
    "/v1/accuracy",
    summary="Read how good forecasts were",
    responses=problem_responses(400, 401, 403, 404, 422, 503),
)
def read_accuracy(
    services: ServicesDependency,
    caller: CallerDependency,
    series_id: Annotated[StoredText | None, Query(description="Only this series.")] = None,
    cursor: CursorParameter = None,
    limit: LimitParameter = 50,
) -> AccuracyPage:
    """In figures and in words; real forecasts count before tests on past sales."""
    return service.accuracy_page(services, caller, series_id=series_id, cursor=cursor, limit=limit)
