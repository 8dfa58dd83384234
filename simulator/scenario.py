"""What a simulated merchant looks like: the parameters of a scenario and nothing drawn from them.

Belongs here: frozen descriptions of a merchant and their validation. Stays out: random numbers
(`products`, `demand`), the two demo merchants (`demos`) and file formats (`generic_csv`,
`shopify_csv`).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Channel(StrEnum):
    """How a location sells; decides what an order export says about it."""

    POS = "pos"
    WEB = "web"


@dataclass(frozen=True)
class Location:
    """One place of sale.

    Attributes:
        name: Unique name within the scenario.
        channel: Till in a shop, or web shop.
        volume: Demand relative to an average location (1.0).
        assortment_share: Share of the catalogue sold here, in (0, 1].
        weekday_profile: Seven demand multipliers, Monday first.
        delivery_weekdays: Weekdays on which stock arrives, Monday = 0.
        closed_on: (month, day) pairs without any sale.
    """

    name: str
    channel: Channel
    volume: float
    assortment_share: float
    weekday_profile: tuple[float, float, float, float, float, float, float]
    delivery_weekdays: frozenset[int]
    closed_on: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class Category:
    """A family of products that share a price range and a season.

    Attributes:
        name: Category name.
        sku_prefix: Start of every SKU in the family.
        nouns: Product names.
        variants: Variant names; nouns x variants give distinct titles.
        price_range: Lowest and highest list price, in major currency units.
        season_amplitude: Strength of the yearly wave on the log scale (0.3 is about +35 %).
        season_peak_day: Day of the year on which the wave peaks, 1..366.
        holiday_lift: Extra demand in the days before 24 December (0.5 is +50 %).
    """

    name: str
    sku_prefix: str
    nouns: tuple[str, ...]
    variants: tuple[str, ...]
    price_range: tuple[float, float]
    season_amplitude: float
    season_peak_day: int
    holiday_lift: float


@dataclass(frozen=True)
class OrderHabits:
    """How a Shopify merchant's sales group into orders and export files.

    Attributes:
        mean_lines_per_order: Average number of different lines in an order, at least 1.
        cancelled_share: Orders placed and cancelled, relative to lines that were kept.
        refunded_share: Share of kept orders refunded in whole or part.
        discounted_share: Share of orders with a discount code.
        repeated_line_share: Share of lines with two or more units that become two lines.
        tax_rate: Tax added on top of the subtotal.
        n_files: Number of export files the history is spread over.
        overlap_days: Days each file repeats of the one before.
    """

    mean_lines_per_order: float = 2.2
    cancelled_share: float = 0.02
    refunded_share: float = 0.03
    discounted_share: float = 0.09
    repeated_line_share: float = 0.3
    tax_rate: float = 0.21
    n_files: int = 3
    overlap_days: int = 30

    def __post_init__(self) -> None:
        """Refuse habits that cannot produce an export.

        Raises:
            ValueError: If a count or an average is below its minimum.
        """
        if self.mean_lines_per_order < 1:
            raise ValueError(
                f"mean_lines_per_order is {self.mean_lines_per_order}; "
                "an order has at least one line, give 1 or more"
            )
        if self.n_files < 1 or self.overlap_days < 0:
            raise ValueError(
                f"n_files is {self.n_files} and overlap_days is {self.overlap_days}; "
                "give at least one file and an overlap of zero or more days"
            )


@dataclass(frozen=True)
class Scenario:
    """Everything that determines a simulated history; equal scenarios give equal bytes.

    Attributes:
        name: Scenario name, as on the command line.
        seed: Root of every random stream.
        start_date: First simulated day, in the merchant's calendar.
        n_days: Number of simulated days.
        n_products: Size of the catalogue.
        time_zone: IANA zone of the merchant's calendar.
        currency_code: ISO 4217 code of every price.
        locations: Places of sale.
        categories: Product families, used in turn.
        title_separator: Text between product and variant in a title.
        median_daily_units: Median demand of a regular product at an average location, units/day.
        blank_sku_share: Share of products to which the merchant gave no SKU.
        intermittent_share: Share of products that sell on few days.
        lumpy_share: Share of products that sell rarely and then in bulk.
        launched_share: Share of products launched inside the history.
        discontinued_share: Share of products withdrawn inside the history.
        promotions_per_year: Mean number of seven-day promotions per product and year.
        price_changes_per_year: Mean number of list price changes per product and year.
        outages_per_year: Mean number of supply outages per series and year; drives stock-outs.
        safety_factor: Standard deviations of demand stocked on top of the planned demand; less
            than the usual 2 lets shelves run empty between deliveries.
        orders: Order habits of a Shopify merchant; None for a merchant with plain till exports.
    """

    name: str
    seed: int
    start_date: date
    n_days: int
    n_products: int
    time_zone: str
    currency_code: str
    locations: tuple[Location, ...]
    categories: tuple[Category, ...]
    title_separator: str
    median_daily_units: float
    blank_sku_share: float
    intermittent_share: float
    lumpy_share: float
    launched_share: float
    discontinued_share: float
    promotions_per_year: float
    price_changes_per_year: float
    outages_per_year: float
    safety_factor: float = 2.0
    orders: OrderHabits | None = None

    def __post_init__(self) -> None:
        """Refuse a scenario that has nothing to simulate.

        Raises:
            ValueError: If a count is below one, a share is outside 0..1, or names repeat.
        """
        for field in ("n_days", "n_products"):
            if getattr(self, field) < 1:
                raise ValueError(
                    f"scenario {self.name!r}: {field} is {getattr(self, field)}; give 1 or more"
                )
        for field in (
            "blank_sku_share",
            "intermittent_share",
            "lumpy_share",
            "launched_share",
            "discontinued_share",
        ):
            if not 0 <= getattr(self, field) <= 1:
                raise ValueError(
                    f"scenario {self.name!r}: {field} is {getattr(self, field)}; "
                    "give a share from 0 to 1"
                )
        names = [location.name for location in self.locations]
        if not names or len(set(names)) != len(names):
            raise ValueError(
                f"scenario {self.name!r}: locations are {names}; "
                "give at least one, each with its own name"
            )

    @property
    def end_date(self) -> date:
        """Last simulated day."""
        return self.start_date + timedelta(days=self.n_days - 1)

    def end_of_day(self, day: date) -> datetime:
        """Return the last second of a day in the merchant's zone.

        Args:
            day: A day in the merchant's calendar.

        Returns:
            A zone-aware moment.
        """
        return datetime.combine(day, time(23, 59, 59), tzinfo=ZoneInfo(self.time_zone))
