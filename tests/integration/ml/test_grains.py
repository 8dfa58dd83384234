"""The engine on real weekly and monthly series."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from ml.engine import Covariates, EngineConfig, forecast, train
from orchestration.backtest_command import main
from tests.sales_frames import TINY
from tests.shared_data import shared

SMALL = replace(TINY, n_trees=60, n_windows=2)
HORIZON_W, HORIZON_M = 13, 6


def _weekly() -> pl.DataFrame:
    """M4's weekly series; they carry no dates, so their ends are aligned on one Friday."""
    found = pl.read_parquet(shared("data/m4") / "m4_weekly.parquet")
    back = (pl.col("ds").max().over("unique_id") - pl.col("ds")) * 7
    return found.select(
        "unique_id", (pl.lit(date(2017, 12, 29)) - pl.duration(days=back)).alias("ds"), "y"
    ).filter(pl.col("ds") > date(2010, 1, 1))


def _monthly() -> pl.DataFrame:
    found = pl.read_parquet(shared("data/stallion") / "stallion_monthly_sku_agency.parquet")
    return found.select(
        pl.format("{}/{}", pl.col("agency").cast(pl.String), pl.col("sku").cast(pl.String)).alias(
            "unique_id"
        ),
        pl.col("date").cast(pl.Date).alias("ds"),
        pl.col("volume").alias("y"),
        pl.col("price_actual").alias("price"),
    )


def _relative_wape(history: pl.DataFrame, config: EngineConfig, covariates: Covariates) -> float:
    """Error of the last horizon, in errors of seasonal naive's own backtest."""
    days = history["ds"].unique().sort()
    cutoff = days[-config.horizon - 1]
    model = train(history, cutoff=cutoff, covariates=covariates, config=config)
    ahead = history.filter(pl.col("ds") > cutoff)
    found = forecast(model, history, cutoff=cutoff, future=ahead.drop("y"))
    assert found["ds"].unique().sort().to_list() == days[-config.horizon :].to_list()
    joined = ahead.join(found, on=["unique_id", "ds"])
    missed = float((joined["y_hat"] - joined["y"]).abs().sum())
    error = missed / float(joined["y"].sum())
    naive = model.backtest.value("wape", "seasonal_naive")
    assert naive is not None
    return float(error) / naive


def test_weekly_series_are_forecast_better_than_seasonal_naive() -> None:
    config = replace(SMALL, freq="W", horizon=HORIZON_W)

    assert _relative_wape(_weekly(), config, Covariates()) < 0.9


def test_monthly_series_are_forecast_better_than_seasonal_naive() -> None:
    config = replace(SMALL, freq="M", horizon=HORIZON_M)

    assert _relative_wape(_monthly(), config, Covariates(future=("price",))) < 0.9


@pytest.mark.parametrize(("freq", "step"), [("W", timedelta(days=7)), ("M", timedelta(days=31))])
def test_the_command_detects_the_grain(tmp_path: Path, freq: str, step: timedelta) -> None:
    days = [(date(2020, 1, 5) + step * n) for n in range(60)]
    days = [day.replace(day=1) for day in days] if freq == "M" else days
    rows = pl.DataFrame({"unique_id": "a", "ds": days, "y": [float(n % 5) for n in range(60)]})
    rows.write_parquet(tmp_path / "long.parquet")

    code = main(
        [
            *("--input", str(tmp_path / "long.parquet"), "--horizon", "90"),
            *("--cutoff", days[49].isoformat(), "--output", str(tmp_path / "found.parquet")),
        ]
    )

    assert code == 0
    found = pl.read_parquet(tmp_path / "found.parquet")["ds"]
    assert found[:10].to_list() == days[50:60]
    assert found.len() == 90
