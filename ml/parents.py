"""Movement of the groups a series belongs to: the tenant, a store, a category.

Belongs here: sums of series over static groups and their relative features. A single product's
sales are mostly noise; its parents carry the trend, the week and the season. Stays out: features
of the series itself (`features.py`).
"""

from dataclasses import dataclass

import numpy as np

from ml.grain import Grain
from ml.panel import FloatArray, IntArray, Panel
from ml.windows import DoubleArray, Totals, running_totals, season_means

MIN_MEMBERS = 2.0
"""Groups smaller than this on average only repeat their members."""


@dataclass(frozen=True)
class Parent:
    """Summed sales of every group of one static column.

    Attributes:
        name: Static column, or "tenant" for the sum of everything.
        member_of: Shape (n_series,), group row of each series.
        y: Shape (n_groups, n_periods), units/period, unknown periods of members read as none.
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
    parents: tuple[Parent, ...],
    grain: Grain,
    column: int,
    series: IntArray,
    steps: IntArray,
    horizon: int,
) -> dict[str, FloatArray]:
    """Return the relative movement of every parent of the chosen pairs.

    Args:
        parents: Summed groups.
        grain: Window lengths.
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
        short, medium = totals.mean(column, grain.short), totals.mean(column, grain.medium)
        levels = {
            "short_trend": _ratio(totals.mean(column, grain.means[0]), short),
            "medium_trend": _ratio(short, medium),
            "long_trend": _ratio(medium, totals.mean(column, grain.year)),
        }
        for name, values in levels.items():
            columns[f"{parent.name}_{name}"] = values.astype(np.float32)[groups]
        usual = season_means(parent.y, column, grain.season, grain.rhythm_seasons[0])
        rhythm = _ratio(usual, usual.mean(axis=1, keepdims=True)).astype(np.float32)
        columns[f"{parent.name}_rhythm"] = rhythm[groups, (steps - 1) % grain.season]
        then = totals.mean(column - grain.year, grain.short)
        year_ago = year_ago_means(totals, grain, column, horizon)
        growth = _ratio(year_ago, then[:, None]).astype(np.float32)
        columns[f"{parent.name}_year_ago_growth"] = growth[groups, steps - 1]
    return columns


def year_ago_means(totals: Totals, grain: Grain, column: int, horizon: int) -> DoubleArray:
    """Return sales around each target period's counterpart in the latest year that is over.

    Args:
        totals: Running sums.
        grain: Length of a year, and periods averaged on either side.
        column: Origin; steps more than a year ahead look more than one year back.
        horizon: Largest step.

    Returns:
        Shape (n_rows, horizon), units/period, NaN where nothing is known.
    """
    ends = np.arange(1, horizon + 1) + grain.year_halo
    backs = grain.year * -(-ends // grain.year)
    length = 2 * grain.year_halo + 1
    means = [totals.mean(column + int(e - b), length) for e, b in zip(ends, backs, strict=True)]
    return np.stack(means, axis=1)


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
