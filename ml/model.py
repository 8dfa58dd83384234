"""The trained model as a value.

Belongs here: the one dataclass that training returns, the artifact stores and forecasting reads.
Stays out: how it is made (`engine.py`) and stored (`artifact.py`).
"""

from dataclasses import dataclass
from datetime import date

import lightgbm as lgb

from ml.backtest import BacktestReport
from ml.config import EngineConfig
from ml.panel import Encoding
from ml.quantiles import Calibration
from ml.schema import Covariates
from ml.sum_calibration import SumCalibration


@dataclass(frozen=True)
class TrainedModel:
    """Everything a forecast needs besides the history itself.

    Attributes:
        config: Settings of the training run.
        covariates: Columns the model was trained with.
        encoding: How covariates become numbers.
        cutoff: Last day training saw.
        booster: The global model; None when every series takes a fallback.
        calibration: Quantiles of out-of-sample errors.
        sum_calibration: Errors of sums over several days.
        backtest: Scores on past windows.
        n_series: Series in the training history.
        n_train_rows: Rows the booster learned from.
    """

    config: EngineConfig
    covariates: Covariates
    encoding: Encoding
    cutoff: date
    booster: lgb.Booster | None
    calibration: Calibration
    sum_calibration: SumCalibration
    backtest: BacktestReport
    n_series: int
    n_train_rows: int
