"""The simulated history: true demand and what the shelves let through.

Belongs here: drawing demand per product and location, and the one frame every writer reads. Stays
out: the meaning of the effects (`effects`), the catalogue (`products`), the stock balance
(`inventory`) and file formats.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simulator.effects import (
    Floats,
    Integers,
    holiday_effect,
    launch_effect,
    price_effect,
    trend_effect,
    weekly_effect,
    yearly_effect,
)
from simulator.inventory import draw_outage_days, order_up_to_level, run_inventory
from simulator.products import DemandKind, Product, draw_product
from simulator.scenario import Location, Scenario

SERIES_STREAM = 1
WEATHER_STREAM = 2
WEATHER_PERSISTENCE = 0.6
WEATHER_SPREAD = 0.06
LOCATION_SPREAD = 0.25
INTERMITTENT_DAYS_SHARE = 0.12
INTERMITTENT_EXTRA_UNITS = 0.5
LUMPY_DAYS_SHARE = 0.04
LUMPY_EXTRA_UNITS = 12.0
LUMPY_DISPERSION = 2.0
PROMOTION_FORESEEN_SHARE = 0.6
RUN_DOWN_DAYS = 10
LARGEST_SELLING_PROBABILITY = 0.95


@dataclass(frozen=True)
class _Calendar:
    """The days of a scenario: arrays of shape (n_days,), `weather` (n_locations, n_days)."""

    day_index: Integers
    weekday: Integers
    day_of_year: Integers
    dates: pl.Series
    weather: Floats


@dataclass(frozen=True)
class _Series:
    """One product at one location, day by day."""

    product: Product
    location: Location
    demand_units: Integers
    planned_units: Floats
    variance_to_mean: float
    has_delivery: NDArray[np.bool_]
    is_on_sale: NDArray[np.bool_]


def simulate(scenario: Scenario) -> pl.DataFrame:
    """Simulate a merchant's history with its true demand.

    Args:
        scenario: The merchant; the same scenario always gives the same frame.

    Returns:
        One row per product, location and day on which the product was on sale and the location
        open, sorted by catalogue position, location and date. Columns: `date` (Date, merchant's
        calendar), `sku` (String, null when the merchant gave none), `product_title` (String,
        unique per product), `category`, `location` (String), `true_demand_units`, `sold_units`,
        `stock_on_hand` (Int64, units; stock at the end of the day), `unit_price`, `list_price`
        (Float64, major currency units, two decimals; price charged and price without promotion),
        `is_promotion`, `is_stocked_out` (Boolean; the day ended with an empty shelf). No nulls
        but in `sku`. `sold_units` never exceeds `true_demand_units`, and falls short of it only
        when `is_stocked_out`.
    """
    calendar = _calendar(scenario)
    series: list[_Series] = []
    for index in range(scenario.n_products):
        product = draw_product(scenario, index)
        series.extend(
            _draw_series(scenario, calendar, product, index, place)
            for place in _places_that_sell(scenario, index)
        )
    return _to_frame(calendar, series, scenario.safety_factor)


def _calendar(scenario: Scenario) -> _Calendar:
    dates = pl.date_range(scenario.start_date, scenario.end_date, eager=True).alias("date")
    return _Calendar(
        day_index=np.arange(scenario.n_days, dtype=np.int64),
        weekday=dates.dt.weekday().cast(pl.Int64).to_numpy() - 1,
        day_of_year=dates.dt.ordinal_day().cast(pl.Int64).to_numpy(),
        dates=dates,
        weather=np.stack(
            [_draw_weather(scenario, place) for place in range(len(scenario.locations))]
        ),
    )


def _draw_weather(scenario: Scenario, place: int) -> Floats:
    """Draw the shared daily ups and downs of one location, shape (n_days,), around 1.0."""
    random = np.random.default_rng(
        np.random.SeedSequence(scenario.seed, spawn_key=(WEATHER_STREAM, place))
    )
    shocks = random.normal(0.0, WEATHER_SPREAD, size=scenario.n_days)
    level = np.zeros(scenario.n_days)
    for day in range(1, scenario.n_days):
        level[day] = WEATHER_PERSISTENCE * level[day - 1] + shocks[day]
    return np.exp(level)


def _series_random(scenario: Scenario, index: int, place: int) -> np.random.Generator:
    return np.random.default_rng(
        np.random.SeedSequence(scenario.seed, spawn_key=(SERIES_STREAM, index, place))
    )


def _places_that_sell(scenario: Scenario, index: int) -> list[int]:
    """Return the positions of the locations that carry a product; at least one does."""
    random = _series_random(scenario, index, len(scenario.locations))
    draws = random.random(len(scenario.locations))
    shares = np.array([location.assortment_share for location in scenario.locations])
    places = np.flatnonzero(draws < shares)
    return [int(place) for place in places] if len(places) else [int(np.argmax(shares - draws))]


def _draw_series(
    scenario: Scenario,
    calendar: _Calendar,
    product: Product,
    index: int,
    place: int,
) -> _Series:
    random = _series_random(scenario, index, place)
    location = scenario.locations[place]
    weather = calendar.weather[place]
    mean_units = product.mean_units * location.volume * random.lognormal(0.0, LOCATION_SPREAD)
    ordinary, promoted = _relative_demand(calendar, product, location)
    is_on_sale = _on_sale(calendar, product, location)
    relative = np.where(is_on_sale, ordinary * promoted * weather, 0.0)
    demand_units, expected_units, variance_to_mean = _draw_demand(
        product, mean_units, relative, random
    )
    foreseen = (1.0 + PROMOTION_FORESEEN_SHARE * (promoted - 1.0)) / (promoted * weather)
    is_supplied = ~draw_outage_days(scenario.n_days, scenario.outages_per_year, random)
    is_supplied &= np.isin(calendar.weekday, sorted(location.delivery_weekdays))
    if product.last_day < scenario.n_days - 1:
        is_supplied &= calendar.day_index <= product.last_day - RUN_DOWN_DAYS
    is_supplied[product.launch_day] = True
    return _Series(
        product=product,
        location=location,
        demand_units=demand_units,
        planned_units=expected_units * foreseen,
        variance_to_mean=variance_to_mean,
        has_delivery=is_supplied,
        is_on_sale=is_on_sale,
    )


def _relative_demand(
    calendar: _Calendar, product: Product, location: Location
) -> tuple[Floats, Floats]:
    """Return the ordinary multiplier and the extra one of promotions, shape (n_days,) each."""
    category = product.category
    ordinary = (
        trend_effect(calendar.day_index, product.yearly_growth)
        * weekly_effect(calendar.weekday, location.weekday_profile, 1.0)
        * yearly_effect(calendar.day_of_year, category.season_amplitude, category.season_peak_day)
        * holiday_effect(calendar.day_of_year, category.holiday_lift)
        * launch_effect(calendar.day_index, product.launch_day)
        * price_effect(product.list_price_minor, product.base_price_minor, product.elasticity)
    )
    cheaper = (product.price_minor / product.list_price_minor) ** product.elasticity
    promoted = np.where(product.is_promotion, cheaper * product.promotion_lift, 1.0)
    return ordinary, promoted


def _on_sale(calendar: _Calendar, product: Product, location: Location) -> NDArray[np.bool_]:
    closed = np.zeros(len(calendar.day_index), dtype=np.bool_)
    for month, day in sorted(location.closed_on):
        closed |= (
            (calendar.dates.dt.month() == month) & (calendar.dates.dt.day() == day)
        ).to_numpy()
    listed = (calendar.day_index >= product.launch_day) & (calendar.day_index <= product.last_day)
    return listed & ~closed


def _draw_demand(
    product: Product, mean_units: float, relative: Floats, random: np.random.Generator
) -> tuple[Integers, Floats, float]:
    """Draw demand; return it with its expectation per day and its variance-to-mean ratio."""
    if product.kind is DemandKind.REGULAR:
        expected = mean_units * relative
        demand = _negative_binomial(expected, product.dispersion, random)
        return demand, expected, 1.0 + mean_units / product.dispersion
    if product.kind is DemandKind.INTERMITTENT:
        probability = np.minimum(INTERMITTENT_DAYS_SHARE * relative, LARGEST_SELLING_PROBABILITY)
        extra = random.poisson(INTERMITTENT_EXTRA_UNITS, size=len(relative))
        mean_size, ratio = 1.0 + INTERMITTENT_EXTRA_UNITS, 2.0
    else:
        probability = np.minimum(LUMPY_DAYS_SHARE * relative, LARGEST_SELLING_PROBABILITY)
        sizes = np.full(len(relative), LUMPY_EXTRA_UNITS)
        extra = _negative_binomial(sizes, LUMPY_DISPERSION, random)
        mean_size, ratio = 1.0 + LUMPY_EXTRA_UNITS, 1.0 + LUMPY_EXTRA_UNITS
    is_selling = random.random(len(relative)) < probability
    return np.where(is_selling, 1 + extra, 0), probability * mean_size, ratio


def _negative_binomial(
    expected: Floats, dispersion: float, random: np.random.Generator
) -> Integers:
    """Draw counts with the given mean and variance mean + mean^2 / dispersion.

    Source: gamma-Poisson mixture; Hilbe, "Negative Binomial Regression", NB2 parametrisation.
    """
    return random.poisson(random.gamma(dispersion, expected / dispersion)).astype(np.int64)


def _to_frame(calendar: _Calendar, series: list[_Series], safety_factor: float) -> pl.DataFrame:
    demand_units = np.stack([one.demand_units for one in series])
    stock = run_inventory(
        demand_units,
        order_up_to_level(
            np.stack([one.planned_units for one in series]),
            np.array([one.variance_to_mean for one in series]),
            np.array([_longest_gap(one.location.delivery_weekdays) for one in series]),
            safety_factor,
        ),
        np.stack([one.has_delivery for one in series]),
    )
    row, day = np.nonzero(np.stack([one.is_on_sale for one in series]))
    static = pl.DataFrame(
        {
            "sku": [one.product.sku for one in series],
            "product_title": [one.product.title for one in series],
            "category": [one.product.category.name for one in series],
            "location": [one.location.name for one in series],
        },
        schema_overrides={"sku": pl.String},
    )[row]
    price_minor = np.stack([one.product.price_minor for one in series])[row, day]
    list_price_minor = np.stack([one.product.list_price_minor for one in series])[row, day]
    is_promotion = np.stack([one.product.is_promotion for one in series])[row, day]
    stock_on_hand = stock.stock_on_hand[row, day]
    return static.with_columns(
        calendar.dates.gather(day),
        pl.Series("true_demand_units", demand_units[row, day]),
        pl.Series("sold_units", stock.sold_units[row, day]),
        pl.Series("unit_price", price_minor / 100.0),
        pl.Series("list_price", list_price_minor / 100.0),
        pl.Series("is_promotion", is_promotion),
        pl.Series("stock_on_hand", stock_on_hand),
        pl.Series("is_stocked_out", stock_on_hand == 0),
    ).select(
        "date",
        "sku",
        "product_title",
        "category",
        "location",
        "true_demand_units",
        "sold_units",
        "unit_price",
        "list_price",
        "is_promotion",
        "stock_on_hand",
        "is_stocked_out",
    )


def _longest_gap(delivery_weekdays: frozenset[int]) -> int:
    """Return the longest wait between two deliveries, days; a week when there is one per week."""
    weekdays = sorted(delivery_weekdays)
    following = [*weekdays[1:], weekdays[0] + 7]
    return max(later - earlier for earlier, later in zip(weekdays, following, strict=True))
