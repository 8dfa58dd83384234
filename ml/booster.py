"""The global LightGBM model: one booster for all series and steps of a tenant.

Belongs here: parameters, fitting and prediction of the booster. Stays out: features and rows.

The loss is Tweedie with each series' recent level as offset (log link), so the trees learn a
relative movement while large series keep their natural weight in the loss.
Source: G. Ke et al., "LightGBM", NIPS 2017; B. Jorgensen, "The Theory of Dispersion Models".
"""

import lightgbm as lgb
import numpy as np

from ml.config import EngineConfig
from ml.features import FeatureSource, feature_rows
from ml.panel import FloatArray, IntArray
from ml.schema import plain_name
from ml.training_set import TrainingSet

PREDICT_ROWS = 500_000
MAX_GROWTH = 50.0
"""A forecast beyond this multiple of the recent level is a modelling error, not demand."""


def booster_parameters(config: EngineConfig) -> dict[str, object]:
    """Return LightGBM parameters that give equal trees for equal rows.

    Args:
        config: Size of the model and seed.

    Returns:
        Parameters for `lightgbm.train`.
    """
    return {
        "objective": "tweedie",
        "tweedie_variance_power": config.tweedie_power,
        "learning_rate": config.learning_rate,
        "num_leaves": config.n_leaves,
        "min_data_in_leaf": 50,
        "feature_fraction": 0.6,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 0.1,
        "cat_smooth": 50.0,
        "max_bin": 127,
        "deterministic": True,
        "force_col_wise": True,
        # Boosters are fitted side by side instead: threads inside one spin at barriers, which
        # on a shared machine made a fit ten times slower.
        "num_threads": 1,
        "seed": config.seed,
        "verbosity": -1,
    }


def fit_booster(rows: TrainingSet, config: EngineConfig) -> lgb.Booster:
    """Return a booster fitted to the rows.

    Args:
        rows: Sampled training rows.
        config: Size of the model and seed.

    Returns:
        A trained booster whose raw score is the log of demand over recent level.
    """
    parameters = booster_parameters(config)
    data = lgb.Dataset(
        rows.features,
        label=rows.target,
        init_score=np.log(rows.level.astype(np.float64)),
        feature_name=[plain_name(name) for name in rows.names],
        categorical_feature=[plain_name(name) for name in rows.categorical],
        params=parameters,
        free_raw_data=True,
    )
    return lgb.train(parameters, data, num_boost_round=config.n_trees)


def predict_units(
    booster: lgb.Booster, source: FeatureSource, column: int, series: IntArray
) -> FloatArray:
    """Return mean demand of every step for the chosen series.

    Args:
        booster: A trained booster.
        source: The panel and its running sums.
        column: Origin.
        series: Shape (n,), series rows.

    Returns:
        Shape (n, horizon), units/period, >= 0.
    """
    horizon = source.panel.horizon
    ahead = np.arange(1, horizon + 1, dtype=np.int64)
    chunk = max(PREDICT_ROWS // horizon, 1)
    parts: list[FloatArray] = []
    for begin in range(0, series.size, chunk):
        part = series[begin : begin + chunk]
        columns, level = feature_rows(
            source, column, np.repeat(part, horizon), np.tile(ahead, part.size)
        )
        named = {plain_name(name): values for name, values in columns.items()}
        # A static column may group series at training and no longer do so, or be left out, when
        # the model is used: what it told is then unknown.
        unknown = np.full(level.size, np.nan, dtype=np.float32)
        matrix = np.stack([named.get(name, unknown) for name in booster.feature_name()], axis=1)
        score = booster.predict(matrix, raw_score=True, num_threads=1)
        growth = np.exp(np.minimum(np.asarray(score), np.log(MAX_GROWTH)))
        parts.append((growth * level).reshape(part.size, horizon).astype(np.float32))
    return np.concatenate(parts) if parts else np.zeros((0, horizon), dtype=np.float32)
