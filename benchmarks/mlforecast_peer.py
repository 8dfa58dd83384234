"""mlforecast with LightGBM on M5, as its makers configure it: the peer to compare with.

Belongs here: the peer's features and parameters, and nothing of ours. Stays out: measuring.

Features: lags 7 to 56, rolling and seasonal rolling means on lags 7, 14 and 28, the expanding
mean, calendar numbers, statics, price, event and SNAP; 256 leaves, 50 trees.
"""

from typing import Any

import lightgbm as lgb
import polars as pl
from mlforecast import MLForecast
from mlforecast.lag_transforms import ExpandingMean, RollingMean, SeasonalRollingMean

from ml.config import EngineConfig

STATICS = ("item_id", "dept_id", "cat_id", "store_id", "state_id")
LAGS = [7 * week for week in range(1, 9)]
TRANSFORMED_LAGS = (7, 14, 28)
ROLLING_DAYS = (7, 14, 28)
DATES = ["year", "month", "day", "weekday", "quarter", "week"]


def train(history: pl.DataFrame, items: pl.DataFrame, config: EngineConfig) -> MLForecast:
    """Return a fitted peer.

    Args:
        history: One row per (unique_id, ds) up to the cutoff: `y`, `price`, `event`, `snap`.
        items: One row per unique_id with the hierarchy.
        config: Seed and threads.
    """
    transforms: dict[int, list[Any]] = {
        lag: [*(RollingMean(days) for days in ROLLING_DAYS), SeasonalRollingMean(7, 4)]
        for lag in TRANSFORMED_LAGS
    }
    peer = MLForecast(
        models={
            "y_hat": lgb.LGBMRegressor(
                num_leaves=256,
                n_estimators=50,
                random_state=config.seed,
                n_jobs=config.n_threads,
                verbosity=-1,
            )
        },
        freq="1d",
        lags=LAGS,
        lag_transforms={1: [ExpandingMean()], **transforms},
        date_features=DATES,
        num_threads=config.n_threads,
    )
    peer.fit(_encoded(history, items).sort("unique_id", "ds"), static_features=list(STATICS))
    return peer


def forecast(peer: MLForecast, future: pl.DataFrame, horizon: int) -> pl.DataFrame:
    """Return one row per (unique_id, ds) of the horizon with `y_hat`."""
    days = future["ds"].unique().sort()[:horizon]
    keys = pl.DataFrame({"unique_id": peer.ts.uids}).join(pl.DataFrame({"ds": days}), how="cross")
    known = keys.join(future.with_columns(_code("event")), on=["unique_id", "ds"], how="left")
    found = peer.predict(horizon, X_df=known)
    return found.with_columns(pl.col("y_hat").clip(lower_bound=0.0))


def _encoded(history: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Join the hierarchy, text as codes."""
    statics = items.select("unique_id", *(_code(name) for name in STATICS))
    return history.with_columns(_code("event")).join(statics, on="unique_id", how="left")


def _code(name: str) -> pl.Expr:
    """Number the labels of a text column, equally in every frame of the process."""
    return pl.col(name).cast(pl.Categorical).to_physical().cast(pl.Float32).fill_null(-1.0)
