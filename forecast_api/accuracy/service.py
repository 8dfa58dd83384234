"""Gathers accuracy overall and per series, best evidence first."""

from __future__ import annotations

from forecast_api.accuracy import repository
from forecast_api.accuracy.schemas import AccuracyFigures, AccuracyItem, AccuracyPage
from forecast_api.accuracy.words import accuracy_words
from forecast_api.caller import Caller
from forecast_api.cursors import cursor_binding, read_cursor, write_cursor
from forecast_api.series.service import series_not_found
from forecast_api.services import Services


def accuracy_page(
    services: Services,
    caller: Caller,
    *,
    series_id: str | None,
    cursor: str | None,
    limit: int,
) -> AccuracyPage:
    """Return overall accuracy, and that of one series or of the page after `cursor`.

    Raises:
        BadRequest: `invalid_cursor`.
        NotFound: `series_not_found`.
    """
    binding = cursor_binding(caller.tenant.tenant_id, "accuracy", series_id)
    after = read_cursor(cursor, binding=binding, shape=(str,))[0] if cursor else None
    with services.database.tenant_read_session(caller.tenant.tenant_id) as session:
        if series_id is None:
            listed = repository.list_measured_series(session, after=after, limit=limit + 1)
        elif repository.series_exists(session, series_id):
            listed = [series_id]
        else:
            raise series_not_found(series_id)
        shown = listed[:limit]
        rows = repository.latest_measurements(session, [repository.ALL_SERIES, *shown])
    next_cursor = write_cursor((shown[-1],), binding=binding) if len(listed) > limit else None
    figures: dict[str, list[AccuracyFigures]] = {}
    for row in rows:
        figures.setdefault(row["series_id"], []).append(AccuracyFigures.model_validate(row))
    return AccuracyPage(
        overall=_item(None, figures.get(repository.ALL_SERIES, [])),
        items=[_item(series, figures.get(series, [])) for series in shown],
        next_cursor=next_cursor,
    )


def _item(series_id: str | None, figures: list[AccuracyFigures]) -> AccuracyItem:
    return AccuracyItem(series_id=series_id, words=accuracy_words(figures), figures=figures)
