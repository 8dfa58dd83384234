"""Features of one (origin, series, step), seen from the origin.

Belongs here: which numbers the booster reads about a series and its target day. Stays out:
parent levels (`parents.py`), covariates (`exogenous.py`), and sampling of rows (`training_set.py`).

Every number uses `y` at columns <= origin. Levels are divided by the series' own recent level, so
one model serves products that sell one and ten thousand units a day.
"""

from dataclasses import dataclass

import numpy as np

from ml.calendar import CALENDAR_NAMES, calendar_features
from ml.exogenous import future_features, historical_features
from ml.panel import FloatArray, IntArray, Panel
from ml.parents import Parent, build_parents, parent_features
from ml.windows import DoubleArray, Totals, running_totals, weekday_means

MEAN_DAYS = (7, 14, 28, 56, 91, 182, 364)
SHARE_DAYS = (28, 91, 182)
WEEKDAY_WEEKS = (4, 8, 13, 26)
SCALE_FLOOR_UNITS = 0.02
YEAR_DAYS = 364
"""52 weeks: the same weekday one year back."""


@dataclass(frozen=True)
class FeatureSource:
    """A panel with the running sums that features of any origin are cut from.

    Attributes:
        panel: The tenant's arrays.
        totals: Running sums per series.
        parents: Summed series of every static group and of the whole tenant.
        calendar: Calendar numbers of every column up to cutoff + horizon.
        categorical: Static columns the booster reads as categories.
    """

    panel: Panel
    totals: Totals
    parents: tuple[Parent, ...]
    calendar: dict[str, FloatArray]
    categorical: tuple[str, ...]


def build_source(panel: Panel, max_categories: int) -> FeatureSource:
    """Return everything that features of any origin in the panel need.

    Args:
        panel: The tenant's arrays.
        max_categories: Static columns with more labels are left out as categories; they still
            form parents.

    Returns:
        A source valid for every origin up to the panel's cutoff.
    """
    labels = panel.encoding.labels
    return FeatureSource(
        panel=panel,
        totals=running_totals(panel.y),
        parents=build_parents(panel),
        calendar=calendar_features(panel.start, panel.last + 1 + panel.horizon),
        categorical=tuple(
            name for name in panel.static if 2 <= len(labels.get(name, ())) <= max_categories
        ),
    )


def recent_level(totals: Totals, column: int) -> DoubleArray:
    """Return the level every series is measured against.

    Args:
        totals: Running sums per series.
        column: Origin.

    Returns:
        Shape (n_series,), units/day: mean of the 28- and 91-day averages, at least
        `SCALE_FLOOR_UNITS`, never NaN.
    """
    month, quarter = totals.mean(column, 28), totals.mean(column, 91)
    quarter = np.where(np.isnan(quarter), totals.mean(column, YEAR_DAYS), quarter)
    blend = 0.5 * (np.where(np.isnan(month), quarter, month) + quarter)
    return np.maximum(np.nan_to_num(blend), SCALE_FLOOR_UNITS)


def feature_rows(
    source: FeatureSource, column: int, series: IntArray, steps: IntArray
) -> tuple[dict[str, FloatArray], FloatArray]:
    """Return features of chosen (series, step) pairs at one origin.

    Args:
        source: The panel and its running sums.
        column: Origin; no `y` after it is read.
        series: Shape (n,), series rows.
        steps: Shape (n,), 1..horizon.

    Returns:
        Name to shape (n,) float columns in a fixed order, and the shape (n,) recent levels in
        units/day that the booster's answer multiplies.
    """
    panel = source.panel
    scale = recent_level(source.totals, column)
    columns: dict[str, FloatArray] = {"step": steps.astype(np.float32)}
    for name in CALENDAR_NAMES:
        columns[name] = source.calendar[name][column + steps]
    for name, values in _origin_features(source, column, scale).items():
        columns[name] = values.astype(np.float32)[series]
    for name, matrix in _target_features(source, column, scale).items():
        columns[name] = matrix.astype(np.float32)[series, (steps - 1) % matrix.shape[1]]
    columns |= parent_features(source.parents, column, series, steps, panel.horizon)
    columns |= future_features(panel, column, series, steps)
    columns |= historical_features(panel, column, series)
    for name in source.categorical:
        known = len(panel.encoding.labels[name])
        codes = panel.static[name][series].astype(np.float32)
        columns[f"static_{name}"] = np.where((codes < 0) | (codes >= known), np.nan, codes)
    return columns, scale[series].astype(np.float32)


def _origin_features(
    source: FeatureSource, column: int, scale: DoubleArray
) -> dict[str, DoubleArray]:
    """Features that are the same for every step."""
    totals, panel = source.totals, source.panel
    age = np.maximum(column + 1 - panel.first, 0).astype(np.float64)
    last_sale = totals.last_sale[:, column]
    found = {
        "log_level": np.log(scale),
        "age_days": age,
        "days_since_sale": np.where(last_sale < 0, age, column - last_sale).astype(np.float64),
    }
    for days in MEAN_DAYS:
        mean = totals.mean(column, days) / scale
        # A window that reaches before the first sale would repeat the next shorter one.
        found[f"mean_{days}"] = np.where(totals.known_days(column, days) > days / 2, mean, np.nan)
    for days in (28, 91):
        spread = totals.mean_square(column, days) - totals.mean(column, days) ** 2
        found[f"std_{days}"] = np.sqrt(np.maximum(spread, 0.0)) / scale
    for days in SHARE_DAYS:
        found[f"sale_share_{days}"] = totals.sale_share(column, days)
    for back in range(7):
        found[f"lag_{back}"] = panel.y[:, column - back] / scale
    return found


def _target_features(
    source: FeatureSource, column: int, scale: DoubleArray
) -> dict[str, DoubleArray]:
    """Features by target day, shape (n_series, 7) by weekday ahead or (n_series, horizon)."""
    totals, panel = source.totals, source.panel
    level = scale[:, None]
    found = {
        f"weekday_mean_{weeks}": weekday_means(panel.y, column, weeks) / level
        for weeks in (1, *WEEKDAY_WEEKS)
    }
    found["weekday_share"] = (
        found["weekday_mean_26"] / np.maximum(totals.mean(column, 182) / scale, 1e-9)[:, None]
    )
    week = [totals.mean(column + s - YEAR_DAYS + 3, 7) for s in range(1, panel.horizon + 1)]
    year_ago = np.stack(week, axis=1)
    found["year_ago_week"] = year_ago / level
    then = totals.mean(column - YEAR_DAYS, 28)
    with np.errstate(invalid="ignore", divide="ignore"):
        found["year_ago_growth"] = np.where(then > 0, 1.0, np.nan)[:, None] * (
            year_ago / np.maximum(then, 1e-9)[:, None]
        )
    return found
