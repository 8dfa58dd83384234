from datetime import date

import polars as pl

from orchestration.frames import serving_forecasts, serving_series, training_frames


def series(series_id: str = "A@main", first: date = date(2026, 5, 1)) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "series_id": [series_id],
            "product_key": ["A"],
            "sku": ["A"],
            "product_title": [None],
            "category": [None],
            "location_key": ["main"],
            "first_sale_date": [first],
            "last_sale_date": [date(2026, 5, 3)],
        },
        schema_overrides={"product_title": pl.String, "category": pl.String},
    )


def demand(rows: list[tuple[date, float, float | None]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "series_id": ["A@main"] * len(rows),
            "demand_date": [row[0] for row in rows],
            "demand_units": [row[1] for row in rows],
            "unit_price_minor": [250.0] * len(rows),
            "is_promotion": [None] * len(rows),
            "stock_out_share": [row[2] for row in rows],
        },
        schema_overrides={"is_promotion": pl.Float64, "stock_out_share": pl.Float64},
    )


def test_sold_units_and_the_share_of_the_day_without_stock_reach_the_model() -> None:
    rows = demand([(date(2026, 5, 1), 2.0, 0.0), (date(2026, 5, 2), 0.0, 1.0)])

    frames = training_frames(rows, series())

    assert frames.history["y"].to_list() == [2.0, 0.0]
    assert frames.history["stock_out_share"].to_list() == [0.0, 1.0]


def test_days_on_offer_before_the_first_sale_are_days_without_demand() -> None:
    rows = demand([(date(2026, 4, 30), 0.0, None), (date(2026, 5, 1), 2.0, None)])

    frames = training_frames(rows, series())

    assert frames.history["ds"].to_list() == [date(2026, 4, 30), date(2026, 5, 1)]
    assert frames.history["y"].to_list() == [0.0, 2.0]


def test_a_series_that_never_sold_is_not_learned_from() -> None:
    rows = demand([(date(2026, 5, 1), 0.0, None)])

    frames = training_frames(rows, series().clear())

    assert frames.history.is_empty()


def test_prices_stay_in_minor_units_whatever_the_currency() -> None:
    frames = training_frames(demand([(date(2026, 5, 1), 2.0, None)]), series())

    assert frames.history["price"].to_list() == [250.0]


def test_forecasts_are_packed_to_one_row_per_series_in_step_order() -> None:
    forecasts = pl.DataFrame(
        {
            "unique_id": ["A@main", "A@main"],
            "ds": [date(2026, 5, 5), date(2026, 5, 4)],
            "step": [2, 1],
            "y_hat": [2.0, 1.25],
            "q0.1": [1.0, 0.5],
            "q0.9": [3.0, 2.00001],
            "method": ["lightgbm"] * 2,
            "reason": ["enough history"] * 2,
            "series_class": ["smooth"] * 2,
        }
    )

    packed = serving_forecasts(forecasts, (0.1, 0.9))

    assert packed.height == 1
    assert packed["start_date"][0] == date(2026, 5, 4)
    assert packed["mean_units"][0] == "{1.25,2.0}"
    assert packed["quantile_units"][0] == "{{0.5,1.0},{2.0,3.0}}"


def test_served_history_fills_silent_days_with_zero_and_keeps_unknown_days_unknown() -> None:
    rows = demand([(date(2026, 5, 1), 2.0, None), (date(2026, 5, 3), 0.0, 1.0)])
    frames = training_frames(rows, series())
    classes = pl.DataFrame({"series_id": ["A@main"], "series_class": ["smooth"]})

    catalogue = serving_series(frames.history, series(), classes, date(2026, 5, 4))

    assert catalogue["history_units"][0] == "{2.0,0.0,NULL,0.0}"
    assert catalogue["n_days"][0] == 4
