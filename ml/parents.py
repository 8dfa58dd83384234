"""Movement of the groups a series belongs to: the tenant, a store, a category.

Belongs here: sums of series over static groups and their relative features. A single product's
sales are mostly noise; its parents carry the trend, the week and the season. Stays out: features
of the series itself (`features.py`).
"""

from dataclasses import dataclass

import numpy as np

from ml.panel import FloatArray, IntArray, Panel
from ml.windows import DoubleArray, Totals, running_totals, weekday_means

YEAR_DAYS = 364
MIN_MEMBERS = 2.0
"""Groups smaller than this on average only repeat their members."""


@dataclass(frozen=True)
class Parent:
    """Summed sales of every group of one static column.

    Attributes:
        name: Static column, or "tenant" for the sum of everything.
        member_of: Shape (n_series,), group row of each series.
        y: Shape (n_groups, n_days), units/day, unknown days of members read as none.
        totals: Running sums of `y`.
    """

    name: str
    member_of: IntArray
    y: FloatArray
    totals: Totals


def build_parents(panel: Panel) -> tuple[Parent, ...]:
    """Return the tenant's total and one parent per static column that groups series.

    Args:
        panel: The tenant's arrays; unknown labels form a group of their own.

    Returns:
        Parents in the order of declaration, the tenant first.
    """
    everything = np.zeros(panel.n_series, dtype=np.int64)
    parents = [_sum_groups("tenant", everything, panel)]
    for name, codes in panel.static.items():
        _, member_of = np.unique(codes, return_inverse=True)
        n_groups = int(member_of.max()) + 1
        if 2 <= n_groups <= panel.n_series / MIN_MEMBERS:
            parents.append(_sum_groups(name, member_of.astype(np.int64), panel))
    return tuple(parents)


def parent_features(
    parents: tuple[Parent, ...], column: int, series: IntArray, steps: IntArray, horizon: int
) -> dict[str, FloatArray]:
    """Return the relative movement of every parent of the chosen pairs.

    Args:
        parents: Summed groups.
        column: Origin; no sale after it is read.
        series: Shape (n,), series rows.
        steps: Shape (n,), 1..horizon.
        horizon: Largest step.

    Returns:
        Name to shape (n,) ratios, NaN where a window is empty.
    """
    columns: dict[str, FloatArray] = {}
    for parent in parents:
        totals, groups = parent.totals, parent.member_of[series]
        month, quarter = totals.mean(column, 28), totals.mean(column, 91)
        levels = {
            "week_trend": _ratio(totals.mean(column, 7), month),
            "month_trend": _ratio(month, quarter),
            "year_trend": _ratio(quarter, totals.mean(column, YEAR_DAYS)),
        }
        for name, values in levels.items():
            columns[f"{parent.name}_{name}"] = values.astype(np.float32)[groups]
        week = weekday_means(parent.y, column, 8)
        week = _ratio(week, week.mean(axis=1, keepdims=True))
        columns[f"{parent.name}_weekday"] = week.astype(np.float32)[groups, (steps - 1) % 7]
        then = totals.mean(column - YEAR_DAYS, 28)
        ahead = range(1, horizon + 1)
        year = np.stack([totals.mean(column + s - YEAR_DAYS + 3, 7) for s in ahead], axis=1)
        season = _ratio(year, then[:, None]).astype(np.float32)
        columns[f"{parent.name}_year_ago_growth"] = season[groups, steps - 1]
    return columns


def _sum_groups(name: str, member_of: IntArray, panel: Panel) -> Parent:
    n_groups = int(member_of.max()) + 1
    sums = np.zeros((n_groups, panel.y.shape[1]), dtype=np.float64)
    np.add.at(sums, member_of, np.nan_to_num(panel.y))
    born = np.full(n_groups, panel.last + 1, dtype=np.int64)
    np.minimum.at(born, member_of, panel.first)
    alive = np.arange(panel.y.shape[1]) >= born[:, None]
    y = np.where(alive, sums, np.nan).astype(np.float32)
    return Parent(name=name, member_of=member_of, y=y, totals=running_totals(y))


def _ratio(above: DoubleArray, below: DoubleArray) -> DoubleArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(below > 0, above / below, np.nan)
