"""Which series a question is about, as query parameters and as SQL.

What belongs here: the filter shared by the catalogue and the forecasts.
What stays out: order and paging of either.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated

from fastapi import Depends, Query
from psycopg import sql

from forecast_api.parameters import StoredText


@dataclass(frozen=True)
class SeriesFilter:
    """Conditions on `serving.series`; None leaves a column free.

    Attributes:
        search: Words that must all occur in title, SKU, product key or location, in any case.
    """

    sku: str | None = None
    product_key: str | None = None
    location_key: str | None = None
    series_class: str | None = None
    search: str | None = None

    def conditions(self) -> tuple[sql.Composable, dict[str, str]]:
        """Return a condition on the alias `s`, true where nothing is filtered, and its values."""
        parts: list[sql.Composable] = []
        values: dict[str, str] = {}
        for name in (field.name for field in fields(self) if field.name != "search"):
            wanted = getattr(self, name)
            if wanted is not None:
                column = sql.Identifier(name)
                parts.append(sql.SQL("s.{} = {}").format(column, sql.Placeholder(name)))
                values[name] = wanted
        for ordinal, word in enumerate((self.search or "").split()):
            name = f"word_{ordinal}"
            parts.append(
                sql.SQL(
                    "concat_ws(' ', s.product_title, s.sku, s.product_key, s.location_key) ILIKE {}"
                ).format(sql.Placeholder(name))
            )
            values[name] = f"%{_literal(word)}%"
        return sql.SQL(" AND ").join(parts or [sql.SQL("true")]), values


def _literal(word: str) -> str:
    """Return `word` with LIKE's wildcards taken literally."""
    return word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def series_filter(
    sku: Annotated[StoredText | None, Query(description="Exactly this SKU.")] = None,
    product: Annotated[
        StoredText | None, Query(description="Exactly this `product_key` (SKU or `title:…`).")
    ] = None,
    location: Annotated[StoredText | None, Query(description="Exactly this location.")] = None,
    series_class: Annotated[
        StoredText | None,
        Query(alias="class", description="Demand class, as `series_class` shows it."),
    ] = None,
    q: Annotated[
        StoredText | None,
        Query(description="Words to find in title, SKU or location, in any case."),
    ] = None,
) -> SeriesFilter:
    """Return the filter that the query parameters describe."""
    return SeriesFilter(sku, product, location, series_class, q)


SeriesFilterDependency = Annotated[SeriesFilter, Depends(series_filter)]
