"""Features of one (origin, series, step), seen from the origin.

Belongs here: which numbers the booster reads about a series and its target period. Stays out:
parent levels (`parents.py`), covariates (`exogenous.py`), and sampling of rows (`training_set.py`).

Every number uses `y` at columns <= origin. Levels are divided by the series' own recent level, so
one model serves products that sell one and ten thousand units a day.
"""

from dataclasses import dataclass

import numpy as np

from ml.calendar import CALENDAR_NAMES, calendar_features
from ml.exogenous import future_features, historical_features
from ml.grain import Grain
from ml.panel import FloatArray, IntArray, Panel
from ml.parents import Parent, build_parents, parent_features, year_ago_means
from ml.windows import DoubleArray, Totals, running_totals, season_means

SCALE_FLOOR_UNITS = 0.02


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
        calendar=calendar_features(
            [panel.day(column) for column in range(panel.last + 1 + panel.horizon)]
        ),
        categorical=tuple(
            name for name in panel.static if 2 <= len(labels.get(name, ())) <= max_categories
        ),
    )


def recent_level(totals: Totals, grain: Grain, column: int) -> DoubleArray:
    """Return the level every series is measured against.

    Args:
        totals: Running sums per series.
        grain: Window lengths.
        column: Origin.

    Returns:
        Shape (n_series,), units/period: mean of the averages of a short and a
        medium window, at least `SCALE_FLOOR_UNITS`, never NaN.
    """
    short, medium = totals.mean(column, grain.short), totals.mean(column, grain.medium)
    medium = np.where(np.isnan(medium), totals.mean(column, grain.year), medium)
    blend = 0.5 * (np.where(np.isnan(short), medium, short) + medium)
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
        units/period that the booster's answer multiplies.
    """
    panel = source.panel
    scale = recent_level(source.totals, panel.grain, column)
    columns: dict[str, FloatArray] = {"step": steps.astype(np.float32)}
    for name in CALENDAR_NAMES:
        columns[name] = source.calendar[name][column + steps]
    for name, values in _origin_features(source, column, scale).items():
        columns[name] = values.astype(np.float32)[series]
    for name, matrix in _target_features(source, column, scale).items():
        columns[name] = matrix.astype(np.float32)[series, (steps - 1) % matrix.shape[1]]
    columns |= parent_features(source.parents, panel.grain, column, series, steps, panel.horizon)
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
    totals, panel, grain = source.totals, source.panel, source.panel.grain
    age = np.maximum(column + 1 - panel.first, 0).astype(np.float64)
    last_sale = totals.last_sale[:, column]
    found = {
        "log_level": np.log(scale),
        "age": age,
        "periods_since_sale": np.where(last_sale < 0, age, column - last_sale).astype(np.float64),
    }
    for length in grain.means:
        mean = totals.mean(column, length) / scale
        # A window that reaches before the first sale would repeat the next shorter one.
        enough = totals.known_periods(column, length) > length / 2
        found[f"mean_{length}"] = np.where(enough, mean, np.nan)
    for length in (grain.short, grain.medium):
        spread = totals.mean_square(column, length) - totals.mean(column, length) ** 2
        found[f"std_{length}"] = np.sqrt(np.maximum(spread, 0.0)) / scale
    for length in (grain.short, grain.medium, grain.long):
        found[f"sale_share_{length}"] = totals.sale_share(column, length)
    for back in range(grain.n_lags):
        found[f"lag_{back}"] = panel.y[:, column - back] / scale
    return found


def _target_features(
    source: FeatureSource, column: int, scale: DoubleArray
) -> dict[str, DoubleArray]:
    """Features by target period, shape (n_series, season) or (n_series, horizon)."""
    totals, panel, grain = source.totals, source.panel, source.panel.grain
    level = scale[:, None]
    found = {
        f"season_mean_{count}": season_means(panel.y, column, grain.season, count) / level
        for count in grain.season_counts
    }
    most = grain.season_counts[-1]
    overall = totals.mean(column, most * grain.season) / scale
    found["season_share"] = found[f"season_mean_{most}"] / np.maximum(overall, 1e-9)[:, None]
    year_ago = year_ago_means(totals, grain, column, panel.horizon)
    found["year_ago"] = year_ago / level
    then = totals.mean(column - grain.year, grain.short)
    with np.errstate(invalid="ignore", divide="ignore"):
        found["year_ago_growth"] = np.where(then > 0, 1.0, np.nan)[:, None] * (
            year_ago / np.maximum(then, 1e-9)[:, None]
        )
    return found
