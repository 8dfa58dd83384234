"""Checks of models and forecasts: shape blocks publishing, quality warns."""

from __future__ import annotations

from itertools import pairwise

import dagster as dg
import polars as pl

from orchestration.frames import quantile_columns

MODEL_KEY = dg.AssetKey(["forecast", "model"])
DAILY_UNITS_KEY = dg.AssetKey(["forecast", "daily_units"])
TOLERATED_COVERAGE_GAP = 0.05

MODEL_CHECKS = [
    dg.AssetCheckSpec(
        "beats_seasonal_naive",
        asset=MODEL_KEY,
        description="The backtest's RMSSE is below seasonal naive's on the same windows.",
    ),
    dg.AssetCheckSpec(
        "bands_hold_what_they_say",
        asset=MODEL_KEY,
        description="80 % and 95 % bands cover that share of held-out days, within 5 points.",
    ),
]
FORECAST_CHECKS = [
    dg.AssetCheckSpec(
        "one_row_per_series_and_day",
        asset=DAILY_UNITS_KEY,
        blocking=True,
        description="Every series has each day after the cutoff once, and finite numbers.",
    ),
    dg.AssetCheckSpec(
        "quantiles_never_cross",
        asset=DAILY_UNITS_KEY,
        blocking=True,
        description="Quantiles ascend and none is negative.",
    ),
]


def check_model(metrics: dict[str, float | int | None]) -> list[dg.AssetCheckResult]:
    """Return the verdict of each model check; too little history to measure passes and says so."""
    rmsse, naive = metrics.get("rmsse"), metrics.get("seasonal_naive_rmsse")
    gaps = [
        abs(coverage - nominal)
        for coverage, nominal in (
            (metrics.get("coverage_80"), 0.80),
            (metrics.get("coverage_95"), 0.95),
        )
        if coverage is not None
    ]
    evidence = {
        name: value if value is not None else "not measured" for name, value in metrics.items()
    }
    return [
        dg.AssetCheckResult(
            check_name="beats_seasonal_naive",
            asset_key=MODEL_KEY,
            passed=rmsse is None or naive is None or rmsse < naive,
            severity=dg.AssetCheckSeverity.WARN,
            metadata=evidence,
        ),
        dg.AssetCheckResult(
            check_name="bands_hold_what_they_say",
            asset_key=MODEL_KEY,
            passed=all(gap <= TOLERATED_COVERAGE_GAP for gap in gaps),
            severity=dg.AssetCheckSeverity.WARN,
            metadata=evidence,
        ),
    ]


def check_forecasts(
    forecasts: pl.DataFrame, quantiles: tuple[float, ...], horizon: int
) -> list[dg.AssetCheckResult]:
    """Return the verdict of each forecast check.

    Args:
        forecasts: One row per (unique_id, step) with `ds`, `cutoff` and a column per quantile.
        quantiles: Ascending.
        horizon: Days each series must have.
    """
    columns = quantile_columns(quantiles)
    is_day_of_step = pl.col("ds") == pl.col("cutoff") + pl.duration(days=pl.col("step"))
    shape = forecasts.group_by("unique_id").agg(
        pl.col("step").n_unique().alias("n_steps"),
        pl.len().alias("n_rows"),
        (is_day_of_step & pl.col("step").is_between(1, horizon)).all().alias("is_in_place"),
    )
    n_misshapen = shape.filter(
        (pl.col("n_steps") != horizon) | (pl.col("n_rows") != horizon) | ~pl.col("is_in_place")
    ).height
    # A NaN is no null and compares as the greatest number: only this finds it.
    is_finite = pl.all_horizontal(
        pl.col(name).is_finite().fill_null(value=False) for name in ("y_hat", *columns)
    )
    n_not_finite = forecasts.filter(~is_finite).height
    n_crossing = forecasts.filter(
        pl.any_horizontal(
            [pl.col(columns[0]) < 0.0, pl.col("y_hat") < 0.0]
            + [pl.col(low) > pl.col(high) for low, high in pairwise(columns)]
        )
    ).height
    return [
        dg.AssetCheckResult(
            check_name="one_row_per_series_and_day",
            asset_key=DAILY_UNITS_KEY,
            passed=not forecasts.is_empty() and n_misshapen == 0 and n_not_finite == 0,
            metadata={
                "n_series": shape.height,
                "n_misshapen_series": n_misshapen,
                "n_rows_not_finite": n_not_finite,
            },
        ),
        dg.AssetCheckResult(
            check_name="quantiles_never_cross",
            asset_key=DAILY_UNITS_KEY,
            passed=n_crossing == 0,
            metadata={"n_crossing_rows": n_crossing},
        ),
    ]
