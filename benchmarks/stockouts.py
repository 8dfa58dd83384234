"""Forecasts of a grocer short of stock, judged against the demand its shelves never let through.

Belongs here: simulated histories with known true demand, forecast four ways (sales as they are,
empty days left out, demand estimated, and from the truth as the bound), with bias and error.
Stays out: the engine and the simulator.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from ml.engine import Covariates, EngineConfig, forecast, train
from ml.metrics import level_columns
from ml.schema import STOCK_OUT_SHARE
from simulator.demand import simulate
from simulator.demos import short_stocked_grocer

LAST_DAY = date(2026, 11, 15)
STATIC = ("product", "location", "category")
FUTURE = ("price", "promotion")
METHODS = ("uncorrected", "left out", "estimated", "true demand")


@dataclass(frozen=True)
class Shop:
    """A simulated merchant in forecasting terms.

    Attributes:
        history: One row per (unique_id, ds): `y` units sold, `stock_out_share` by the rule of
            the demand mart (0.5 where the hour is unknown), `price`, `promotion`, and
            `true_demand`, shown to the bound alone.
        static: One row per unique_id.
    """

    history: pl.DataFrame
    static: pl.DataFrame


def draw_shop(*, n_products: int, n_days: int, seed: int) -> Shop:
    """Return a grocer of which about one day in five ends with an empty shelf.

    Args:
        n_products: Size of the catalogue.
        n_days: Length of the history, days.
        seed: Root of every random stream.

    Returns:
        Its frames; the history ends on `LAST_DAY`.
    """
    truth = simulate(short_stocked_grocer(LAST_DAY, n_days, n_products, seed))
    unique_id = pl.concat_str("product_title", "location", separator="|").alias("unique_id")
    is_empty_all_day = pl.col("is_stocked_out") & (pl.col("sold_units") == 0)
    history = truth.select(
        unique_id,
        pl.col("date").alias("ds"),
        pl.col("sold_units").cast(pl.Float64).alias("y"),
        pl.when(is_empty_all_day)
        .then(1.0)
        .when("is_stocked_out")
        .then(0.5)
        .otherwise(0.0)
        .alias(STOCK_OUT_SHARE),
        pl.col("unit_price").alias("price"),
        pl.col("is_promotion").cast(pl.Float64).alias("promotion"),
        pl.col("true_demand_units").cast(pl.Float64).alias("true_demand"),
    )
    static = truth.select(
        unique_id, pl.col("product_title").alias("product"), "location", "category"
    ).unique("unique_id")
    return Shop(history, static.sort("unique_id"))


def forecast_shop(shop: Shop, method: str, cutoff: date, config: EngineConfig) -> pl.DataFrame:
    """Return one method's forecasts beside the truth.

    Args:
        shop: The merchant.
        method: One of `METHODS`.
        cutoff: Last day the model may see.
        config: Settings of the engine.

    Returns:
        The forecast frame with `true_demand`; days on which a product was not on sale are absent.
    """
    history = shop.history.filter(pl.col("ds") <= cutoff)
    if method == "true demand":
        history = history.with_columns(pl.col("true_demand").alias("y"))
    if method == "left out":
        empty = pl.col(STOCK_OUT_SHARE) >= 1.0
        history = history.with_columns(pl.when(~empty).then("y").alias("y"))
    covariates = Covariates(
        static=STATIC,
        historical=(STOCK_OUT_SHARE,) if method == "estimated" else (),
        future=FUTURE,
    )
    ahead = shop.history.filter(pl.col("ds") > cutoff).select("unique_id", "ds", *FUTURE)
    model = train(
        history,
        cutoff=cutoff,
        covariates=covariates,
        static=shop.static,
        future=ahead,
        config=config,
    )
    found = forecast(model, history, cutoff=cutoff, static=shop.static, future=ahead)
    return found.join(
        shop.history.select("unique_id", "ds", "true_demand"), on=["unique_id", "ds"]
    ).with_columns(pl.lit(cutoff).alias("cutoff"))


def judge(forecasts: pl.DataFrame) -> dict[str, float]:
    """Return bias and errors against true demand.

    Args:
        forecasts: From `forecast_shop`, of any number of cutoffs.

    Returns:
        `bias_pct` of all units; `wape` and `rmse` by day; `wape_28` of each series' sum over the
        horizon; `coverage_80` and `coverage_95` by day.
    """
    error = pl.col("y_hat") - pl.col("true_demand")
    units = pl.col("true_demand").sum()
    sums = forecasts.group_by("cutoff", "unique_id").agg(pl.col("y_hat", "true_demand").sum())
    daily = forecasts.select(
        (100.0 * error.sum() / units).alias("bias_pct"),
        (error.abs().sum() / units).alias("wape"),
        error.pow(2).mean().sqrt().alias("rmse"),
        *(
            pl.col("true_demand").is_between(low, high).mean().alias(f"coverage_{level}")
            for level in (80, 95)
            if (bounds := level_columns(level, EngineConfig().quantiles))
            for low, high in [bounds]
        ),
    ).row(0, named=True)
    return daily | {"wape_28": sums.select(error.abs().sum() / units).item()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run every method at several cutoffs and print one row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=200)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--cutoffs", type=int, default=3, help="cutoffs, 28 days apart")
    parser.add_argument("--seed", type=int, default=20_417)
    parser.add_argument("--windows", type=int, default=3, help="0 skips backtest and calibration")
    options = parser.parse_args(arguments)
    shop = draw_shop(n_products=options.products, n_days=options.days, seed=options.seed)
    stocked_out = shop.history.select((pl.col(STOCK_OUT_SHARE) > 0).mean()).item()
    print(f"{shop.static.height} series, {stocked_out:.1%} of days with a stock-out")
    cutoffs = [LAST_DAY - timedelta(days=28 * back) for back in range(1, options.cutoffs + 1)]
    config = EngineConfig(n_windows=options.windows)
    for method in METHODS:
        started = time.process_time()
        frames = [forecast_shop(shop, method, cutoff, config) for cutoff in cutoffs]
        figures = " ".join(
            f"{name} {value:.3f}" for name, value in judge(pl.concat(frames)).items()
        )
        cpu = time.process_time() - started
        print(f"{method:12} {figures} ({cpu:.0f} s CPU)", flush=True)


if __name__ == "__main__":
    main()
