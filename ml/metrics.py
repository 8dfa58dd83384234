"""Forecast errors of a frame of forecasts and actuals.

Belongs here: metric definitions with their units. Stays out: making the forecasts.

Sources: R. Hyndman, A. Koehler, "Another look at measures of forecast accuracy", IJF 22, 2006
(scaled errors); M5 Competitors' Guide, 2020 (RMSSE); R. Koenker, G. Bassett, "Regression
Quantiles", Econometrica 46, 1978 (pinball loss).
"""

import polars as pl

LEVELS_PCT = (50, 80, 90, 95)
METRIC_UNITS = {
    "wape": "share of units",
    "bias_pct": "percent of units",
    "rmsse": "ratio to one-period naive",
    "mase7": "ratio to seven-day naive, daily grain",
    "wql": "share of units",
    **{f"coverage_{level}": "share of periods" for level in LEVELS_PCT},
}


def quantile_column(quantile: float) -> str:
    """Return the column name of a quantile.

    >>> quantile_column(0.05)
    'q0.05'
    """
    return f"q{quantile:g}"


def score(
    frame: pl.DataFrame, by: tuple[str, ...], quantiles: tuple[float, ...], prediction: str
) -> pl.DataFrame:
    """Return metrics by group.

    Args:
        frame: One row per (cutoff, unique_id, ds) with `y` and the prediction in units/period,
            `scale_1` (mean squared one-period difference before the cutoff), `scale_7` (mean
            absolute seven-day difference) and one column per quantile. Rows with null `y` are
            skipped.
        by: Grouping columns; empty scores everything at once.
        quantiles: Probabilities whose columns exist; empty for a model without quantiles.
        prediction: Column of the point forecast.

    Returns:
        One row per group, sorted by it: the groups, `n_rows` UInt32 and one Float64 column per
        metric of `METRIC_UNITS` that applies; null where a denominator is zero.
    """
    known = frame.filter(pl.col("y").is_not_null())
    error = pl.col(prediction) - pl.col("y")
    units = pl.col("y").sum()
    measures = [
        pl.len().alias("n_rows"),
        _share(error.abs().sum(), units).alias("wape"),
        (100.0 * _share(error.sum(), units)).alias("bias_pct"),
        *_quantile_measures(quantiles, units),
    ]
    keys = list(by)
    plain = known.group_by(keys).agg(measures) if keys else known.select(measures)
    series_keys = list(dict.fromkeys([*keys, "cutoff", "unique_id"]))
    per_series = known.group_by(series_keys).agg(
        _share(error.pow(2).mean(), pl.col("scale_1").first()).sqrt().alias("rmsse"),
        _share(error.abs().mean(), pl.col("scale_7").first()).alias("mase7"),
    )
    scaled = [pl.col("rmsse").mean(), pl.col("mase7").mean()]
    if not keys:
        return pl.concat([plain, per_series.sort(series_keys).select(scaled)], how="horizontal")
    # group_by leaves its order open; means of floats must not depend on it.
    means = per_series.sort(series_keys).group_by(keys, maintain_order=True)
    return plain.join(means.agg(scaled), on=keys, how="left").sort(keys)


def level_columns(level_pct: int, quantiles: tuple[float, ...]) -> tuple[str, str] | None:
    """Return the columns bounding a central interval, or None if a quantile is not kept.

    >>> level_columns(80, (0.1, 0.5, 0.9))
    ('q0.1', 'q0.9')
    """
    tail = (100 - level_pct) / 200
    names = {round(q, 6): quantile_column(q) for q in quantiles}
    low, high = names.get(round(tail, 6)), names.get(round(1 - tail, 6))
    return None if low is None or high is None else (low, high)


def _quantile_measures(quantiles: tuple[float, ...], units: pl.Expr) -> list[pl.Expr]:
    if not quantiles:
        return []
    losses = []
    for quantile in quantiles:
        gap = pl.col("y") - pl.col(quantile_column(quantile))
        losses.append(2.0 * pl.max_horizontal(quantile * gap, (quantile - 1.0) * gap).sum())
    found = [(_share(pl.sum_horizontal(losses), units) / len(losses)).alias("wql")]
    for level in LEVELS_PCT:
        bounds = level_columns(level, quantiles)
        if bounds is not None:
            inside = pl.col("y").is_between(pl.col(bounds[0]), pl.col(bounds[1]))
            found.append(inside.mean().alias(f"coverage_{level}"))
    return found


def _share(above: pl.Expr, below: pl.Expr) -> pl.Expr:
    return pl.when(below > 0).then(above / below)
