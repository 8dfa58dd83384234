"""What a run shows of a model and of its forecasts: numbers with units, and a plot."""

from __future__ import annotations

import base64
import io
from datetime import timedelta
from typing import Any

import dagster as dg
import polars as pl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from orchestration.champions import Champion, TenantHistory
from orchestration.frames import OBSERVED_UNITS, quantile_columns

_PLOTTED_DAYS = 120


def cutoff_metadata(history: TenantHistory) -> dict[str, Any]:
    """Return the span and size of the demand that models may see."""
    rows = history.frames.history
    return {
        "cutoff_date": history.cutoff.isoformat(),
        "first_date": str(rows["ds"].min()),
        "n_series": history.series.height,
        "dagster/row_count": rows.height,
        "units": round(float(rows["y"].sum()), 1),
        "n_days_of_unknown_demand": rows.select(OBSERVED_UNITS).to_series().null_count(),
    }


def model_metadata(champion: Champion) -> dict[str, Any]:
    """Return which model serves, why, and its backtest metrics."""
    version = champion.version
    metadata: dict[str, Any] = {
        "model_version": version.model_version,
        "sha256": version.sha256,
        "cutoff_date": version.cutoff_date.isoformat(),
        "trained_now": champion.training.is_yes,
        "training_reason": champion.training.reason,
        "tracking_run_id": version.tracking_run_id or "none",
        **{
            f"backtest/{name}": value
            for name, value in version.metrics.items()
            if value is not None
        },
    }
    if champion.promotion is not None:
        metadata["promoted"] = champion.promotion.is_yes
        metadata["promotion_reason"] = champion.promotion.reason
    if champion.tracking_error is not None:
        metadata["tracking_error"] = champion.tracking_error
    return metadata


def forecast_metadata(
    forecasts: pl.DataFrame, history: TenantHistory, quantiles: tuple[float, ...]
) -> dict[str, Any]:
    """Return counts, dates, units and a picture of history and forecast of all series together."""
    n_series = forecasts["unique_id"].n_unique()
    methods = forecasts.group_by("method").agg(pl.col("unique_id").n_unique().alias("n_series"))
    return {
        "dagster/row_count": forecasts.height,
        "n_series": n_series,
        "cutoff_date": history.cutoff.isoformat(),
        "first_date": str(forecasts["ds"].min()),
        "last_date": str(forecasts["ds"].max()),
        "expected_units": round(float(forecasts["y_hat"].sum()), 1),
        "quantiles": ", ".join(quantile_columns(quantiles)),
        "methods": dg.MetadataValue.table(
            [dg.TableRecord(dict(row)) for row in methods.sort("method").iter_rows(named=True)]
        ),
        "plot": dg.MetadataValue.md(_total_plot(forecasts, history)),
    }


def _total_plot(forecasts: pl.DataFrame, history: TenantHistory) -> str:
    since = history.cutoff - timedelta(days=_PLOTTED_DAYS)
    past = (
        history.frames.history.filter(pl.col("ds") > since)
        .group_by("ds")
        .agg(pl.col("y").sum())
        .sort("ds")
    )
    ahead = forecasts.group_by("ds").agg(pl.col("y_hat").sum()).sort("ds")
    figure = Figure(figsize=(8, 2.8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot(past["ds"].to_list(), past["y"].to_list(), color="#475569", label="sold")
    axes.plot(ahead["ds"].to_list(), ahead["y_hat"].to_list(), color="#2563eb", label="expected")
    axes.set_ylabel("units a day, all series")
    axes.legend(frameon=False, ncols=2)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=90)
    encoded = base64.b64encode(picture.getvalue()).decode()
    return f"![sold and expected units](data:image/png;base64,{encoded})"
