"""The catalogue: what each product is, when it is on sale, and what it costs on each day.

Belongs here: everything drawn once per product and shared by all locations. Stays out: what is
drawn per product and location (`demand`) and stock (`inventory`).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from simulator.effects import DAYS_PER_YEAR, Floats, Integers
from simulator.scenario import Category, Scenario

PROMOTION_DAYS = 7
PROMOTION_DISCOUNTS = (0.15, 0.20, 0.25, 0.30)
LOWEST_PRICE_MINOR = 49
PRODUCT_STREAM = 0


class DemandKind(StrEnum):
    """The shape of a product's demand."""

    REGULAR = "regular"
    INTERMITTENT = "intermittent"
    LUMPY = "lumpy"


@dataclass(frozen=True)
class Product:
    """One product with its true demand parameters.

    Attributes:
        sku: Stock keeping unit, None when the merchant gave none.
        title: Unique title, with the variant.
        category: The family it belongs to.
        kind: Shape of its demand.
        mean_units: Mean demand at an average location, units/day.
        dispersion: Negative-binomial size; smaller is noisier.
        yearly_growth: Trend on the log scale per year.
        elasticity: Price elasticity of demand, negative.
        promotion_lift: Demand multiplier of being on display, besides the lower price.
        launch_day: First day on sale, days since the first simulated day.
        last_day: Last day on sale, days since the first simulated day.
        base_price_minor: List price on the first day, integer minor currency.
        list_price_minor: List price per day, shape (n_days,).
        price_minor: Price charged per day, shape (n_days,).
        is_promotion: Whether a promotion runs, shape (n_days,).
    """

    sku: str | None
    title: str
    category: Category
    kind: DemandKind
    mean_units: float
    dispersion: float
    yearly_growth: float
    elasticity: float
    promotion_lift: float
    launch_day: int
    last_day: int
    base_price_minor: int
    list_price_minor: Integers
    price_minor: Integers
    is_promotion: NDArray[np.bool_]


def draw_product(scenario: Scenario, index: int) -> Product:
    """Draw product number `index` of a scenario.

    Every product has its own random stream, so a larger catalogue leaves the products of a
    smaller one unchanged. Draws whose number depends on the scenario come last, so that another
    rate of price changes or promotions leaves the product itself unchanged.

    Args:
        scenario: The merchant.
        index: Position in the catalogue, from 0.

    Returns:
        The product.
    """
    random = np.random.default_rng(
        np.random.SeedSequence(scenario.seed, spawn_key=(PRODUCT_STREAM, index))
    )
    category = scenario.categories[index % len(scenario.categories)]
    has_no_sku = random.random() < scenario.blank_sku_share
    kind = _draw_kind(scenario, random)
    mean_units = scenario.median_daily_units * random.lognormal(0.0, 0.7)
    launch_day, last_day = _draw_life(scenario, random)
    dispersion = random.uniform(4.0, 14.0)
    yearly_growth = random.normal(0.04, 0.12)
    elasticity = -random.uniform(0.8, 2.2)
    promotion_lift = random.uniform(1.2, 1.8)
    base_price_minor = _round_price(np.array([random.uniform(*category.price_range) * 100]))[0]
    list_price_minor = _draw_list_prices(scenario, int(base_price_minor), random)
    discount = _draw_discounts(scenario, random)
    price_minor = np.where(
        discount > 0, _round_price(list_price_minor * (1.0 - discount)), list_price_minor
    )
    return Product(
        sku=None if has_no_sku else f"{category.sku_prefix}-{index + 1:04d}",
        title=_title(scenario, index),
        category=category,
        kind=kind,
        mean_units=mean_units,
        dispersion=dispersion,
        yearly_growth=yearly_growth,
        elasticity=elasticity,
        promotion_lift=promotion_lift,
        launch_day=launch_day,
        last_day=last_day,
        base_price_minor=int(base_price_minor),
        list_price_minor=list_price_minor,
        price_minor=price_minor,
        is_promotion=discount > 0,
    )


def _title(scenario: Scenario, index: int) -> str:
    category = scenario.categories[index % len(scenario.categories)]
    place = index // len(scenario.categories)
    noun = category.nouns[place % len(category.nouns)]
    place //= len(category.nouns)
    variant = category.variants[place % len(category.variants)]
    edition = place // len(category.variants)
    suffix = f" no. {edition + 1}" if edition else ""
    return f"{noun}{suffix}{scenario.title_separator}{variant}"


def _draw_kind(scenario: Scenario, random: np.random.Generator) -> DemandKind:
    draw = random.random()
    if draw < scenario.lumpy_share:
        return DemandKind.LUMPY
    if draw < scenario.lumpy_share + scenario.intermittent_share:
        return DemandKind.INTERMITTENT
    return DemandKind.REGULAR


def _draw_life(scenario: Scenario, random: np.random.Generator) -> tuple[int, int]:
    n_days = scenario.n_days
    is_launched, is_discontinued = random.random(2) < (
        scenario.launched_share,
        scenario.discontinued_share,
    )
    launch_day = int(random.uniform(0.10, 0.60) * n_days)
    last_day = int(random.uniform(0.65, 0.95) * n_days)
    return launch_day if is_launched else 0, last_day if is_discontinued else n_days - 1


def _draw_list_prices(
    scenario: Scenario, base_price_minor: int, random: np.random.Generator
) -> Integers:
    steps = np.zeros(scenario.n_days)
    n_changes = random.poisson(scenario.price_changes_per_year * scenario.n_days / DAYS_PER_YEAR)
    change_days = random.integers(0, scenario.n_days, size=n_changes)
    np.add.at(steps, change_days, np.log(random.uniform(0.94, 1.12, size=n_changes)))
    return _round_price(base_price_minor * np.exp(np.cumsum(steps)))


def _draw_discounts(scenario: Scenario, random: np.random.Generator) -> Floats:
    discount = np.zeros(scenario.n_days)
    n_promotions = random.poisson(scenario.promotions_per_year * scenario.n_days / DAYS_PER_YEAR)
    first_days = random.integers(0, scenario.n_days, size=n_promotions)
    for first_day, depth in zip(
        first_days, random.choice(PROMOTION_DISCOUNTS, size=n_promotions), strict=True
    ):
        days = slice(first_day, first_day + PROMOTION_DAYS)
        discount[days] = np.maximum(discount[days], depth)
    return discount


def _round_price(price_minor: Floats) -> Integers:
    """Round to a price that ends in 9, as on a shelf label."""
    rounded = np.round(price_minor / 10.0).astype(np.int64) * 10 - 1
    return np.maximum(rounded, LOWEST_PRICE_MINOR)
