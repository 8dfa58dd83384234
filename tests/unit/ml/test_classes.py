"""Each demand class is recognised from the history that defines it."""

from __future__ import annotations

import polars as pl
import pytest

from ml.classes import classify
from ml.features import build_source
from ml.grain import DAILY
from ml.panel import build_panel
from ml.schema import Covariates
from tests.sales_frames import day, series


def _class_of(values: list[float | None]) -> str:
    panel = build_panel(
        series("a", values),
        cutoff=day(len(values) - 1),
        horizon=7,
        grain=DAILY,
        covariates=Covariates(),
        static=None,
        future=None,
        max_history=800,
    )
    source = build_source(panel, max_categories=8)
    return str(classify(source, panel.last)[0])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([5.0, 6.0] * 60, "smooth"),
        ([1.0, 1.0, 1.0, 30.0] * 30, "erratic"),
        ([2.0, 0.0, 0.0] * 40, "intermittent"),
        ([1.0, 0.0, 0.0, 40.0, 0.0, 0.0] * 20, "lumpy"),
        ([5.0] * 20, "new"),
        ([0.0] * 150 + [1.0, 2.0], "new"),
        ([5.0] * 100 + [0.0] * 182, "dead"),
        ([0.0] * 200, "dead"),
    ],
)
def test_history_decides_the_class(values: list[float | None], expected: str) -> None:
    assert _class_of(values) == expected


def test_a_long_stock_out_does_not_make_a_product_dead() -> None:
    assert _class_of([5.0, 6.0] * 60 + [None] * 182) == "smooth"


def test_sales_after_the_origin_do_not_change_the_class() -> None:
    quiet = series("a", [5.0] * 100 + [0.0] * 182)
    revived = pl.concat([quiet, series("a", [9.0] * 5, start=282)])
    panel = build_panel(
        revived,
        cutoff=day(286),
        horizon=7,
        grain=DAILY,
        covariates=Covariates(),
        static=None,
        future=None,
        max_history=800,
    )

    found = classify(build_source(panel, 8), panel.last - 5)

    assert found.tolist() == ["dead"]
