"""Train on one tenant's history and forecast from it: the public face of this package.

Belongs here: the order of the steps. Stays out: every step's content.
"""

from collections.abc import Callable
from datetime import date

import polars as pl

from ml.backtest import points_frame, run_backtest, window_columns
from ml.censoring import estimate_demand
from ml.config import EngineConfig
from ml.features import build_source
from ml.fitting import fit_boosters
from ml.model import TrainedModel
from ml.panel import build_panel
from ml.points import explain, point_forecasts
from ml.quantiles import predict_quantiles
from ml.schema import Covariates
from ml.sum_calibration import fit_sum_calibration

__all__ = ["Covariates", "EngineConfig", "TrainedModel", "forecast", "train"]

Progress = Callable[[str, float], None]


def train(
    history: pl.DataFrame,
    *,
    cutoff: date,
    covariates: Covariates,
    static: pl.DataFrame | None = None,
    future: pl.DataFrame | None = None,
    config: EngineConfig | None = None,
    progress: Progress | None = None,
) -> TrainedModel:
    """Return a model trained, backtested and calibrated on one tenant's history.

    Args:
        history: One row per (unique_id, ds), any order: `y` units/period, null = unknown (left
            out of training and of averages); periods without a row after a series' first are zero;
            rows after the cutoff are dropped before anything is read.
        cutoff: Last day training may see.
        covariates: Which columns are static, historical and future.
        static: One row per unique_id with the static columns.
        future: One row per (unique_id, ds) with future columns, for any past or coming days.
        config: Settings; None takes the defaults.
        progress: Called with a message and the share of training done, 0 to 1.

    Returns:
        A model whose bytes are equal for equal input and config.

    Raises:
        InvalidFrame: A frame breaks its schema.
        InsufficientHistory: No known `y` at or before the cutoff.
    """
    config = config or EngineConfig()
    report = progress or _ignore
    report("reading history", 0.0)
    panel = build_panel(
        history,
        cutoff=cutoff,
        horizon=config.horizon,
        grain=config.grain,
        covariates=covariates,
        static=static,
        future=future,
        max_history=config.max_history,
    )
    source = build_source(estimate_demand(panel), config.max_categories)
    windows = window_columns(source, config)
    fits = fit_boosters(
        source,
        [*windows, panel.last],
        config,
        lambda done, total: report(f"fitted {done} of {total} models", 0.05 + 0.85 * done / total),
    )
    backtest, calibration = run_backtest(
        source, {column: fits[column].booster for column in windows}, config
    )
    report("trained", 1.0)
    return TrainedModel(
        config=config,
        covariates=covariates,
        encoding=panel.encoding,
        cutoff=cutoff,
        booster=fits[panel.last].booster,
        calibration=calibration,
        sum_calibration=fit_sum_calibration(
            # Lead times count days; other grains have nothing to calibrate them on.
            backtest.forecasts if config.freq == "D" else pl.DataFrame(),
            source.panel,
            quantiles=config.quantiles,
            seed=config.seed,
        ),
        backtest=backtest,
        n_series=panel.n_series,
        n_train_rows=fits[panel.last].n_rows,
    )


def forecast(
    model: TrainedModel,
    history: pl.DataFrame,
    *,
    cutoff: date,
    static: pl.DataFrame | None = None,
    future: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return forecasts of the periods after a cutoff, without retraining.

    Args:
        model: A trained model; its cutoff may be earlier than this one.
        history: As in `train`; new series are welcome.
        cutoff: Last day the forecast may see.
        static: As in `train`.
        future: Covariates known up to cutoff + horizon. Unknown prices carry the last value
            forward, unknown flags take the season's usual value (for rare daily promotions: none).

    Returns:
        One row per (unique_id, ds), sorted: `step` Int32, `y_hat` (expected units/period) and one
        column per quantile such as `q0.05` Float64 (ascending, >= 0), `method`, `reason` (a
        sentence) and `series_class` String; no nulls. Series without a row at or before the
        cutoff are absent.

    Raises:
        InvalidFrame: A frame breaks its schema.
        InsufficientHistory: No known `y` at or before the cutoff.
    """
    config = model.config
    panel = build_panel(
        history,
        cutoff=cutoff,
        horizon=config.horizon,
        grain=config.grain,
        covariates=model.covariates,
        static=static,
        future=future,
        max_history=config.max_history,
        encoding=model.encoding,
    )
    source = build_source(estimate_demand(panel), config.max_categories)
    points = point_forecasts(source, panel.last, model.booster, config)
    quantiles = predict_quantiles(model.calibration, points.y_hat, points.method, points.spread)
    frame = points_frame(source, points, quantiles, config)
    reasons = pl.DataFrame(
        {
            "unique_id": [panel.unique_ids[row] for row in points.series],
            "reason": explain(source, points),
        },
        schema={"unique_id": pl.String, "reason": pl.String},
    )
    joined = frame.join(reasons, on="unique_id", how="left", maintain_order="left")
    *before, last = joined.columns[:-1]
    return joined.select(*before, "reason", last)


def _ignore(message: str, share: float) -> None:
    """Accept progress nobody watches."""
