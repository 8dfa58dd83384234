"""The demo merchants: a grocer with three shops, the same short of stock, a Shopify merchant.

Belongs here: the values of named scenarios. Stays out: the meaning of a parameter (`scenario`)
and anything random.
"""

import dataclasses
from collections.abc import Callable
from datetime import date, timedelta

from simulator.scenario import Category, Channel, Location, OrderHabits, Scenario

TWO_YEARS_DAYS = 730

_SHOP_WEEK = (0.86, 0.84, 0.90, 0.97, 1.22, 1.34, 0.87)
_OFFICE_DISTRICT_WEEK = (1.10, 1.12, 1.12, 1.10, 1.18, 0.78, 0.60)
_WEB_WEEK = (1.14, 1.03, 0.98, 0.96, 0.86, 0.88, 1.15)
_MARKET_WEEK = (0.55, 0.60, 0.80, 0.95, 1.25, 1.75, 1.10)
_HOLIDAYS = frozenset({(1, 1), (12, 25)})

_PACKS = ("small", "standard", "family pack")
_GROCERIES = (
    Category(
        "Dairy",
        "DAI",
        ("Whole Milk", "Oat Milk", "Plain Yoghurt", "Salted Butter", "Cheddar", "Cream Cheese",
         "Cottage Cheese", "Sour Cream", "Mozzarella"),
        _PACKS, (1.2, 6.5), 0.05, 330, 0.25,
    ),
    Category(
        "Bakery",
        "BAK",
        ("Sourdough Loaf", "Wheat Bread", "Bagels", "Croissants", "Tortillas", "Muffins",
         "Rye Bread", "Cinnamon Rolls", "Burger Buns"),
        _PACKS, (1.5, 6.0), 0.08, 345, 0.30,
    ),
    Category(
        "Produce",
        "PRO",
        ("Bananas", "Gala Apples", "Tomatoes", "Baby Spinach", "Strawberries", "Avocados",
         "Carrots", "Lemons", "Sweet Corn"),
        _PACKS, (0.9, 7.0), 0.25, 185, 0.05,
    ),
    Category(
        "Drinks",
        "DRI",
        ("Cola", "Orange Juice", "Sparkling Water", "Iced Tea", "Lemonade", "Ginger Ale",
         "Root Beer", "Apple Cider", "Sports Drink"),
        _PACKS, (1.0, 8.0), 0.35, 200, 0.35,
    ),
    Category(
        "Frozen",
        "FRO",
        ("Vanilla Ice Cream", "Garden Peas", "Margherita Pizza", "Fish Fingers", "Berry Mix",
         "French Fries", "Spring Rolls", "Ice Lollies", "Dumplings"),
        _PACKS, (2.0, 9.5), 0.40, 200, 0.05,
    ),
    Category(
        "Pantry",
        "PAN",
        ("Spaghetti", "Basmati Rice", "Black Beans", "Olive Oil", "Plain Flour", "Peanut Butter",
         "Tomato Soup", "Honey", "Corn Flakes"),
        _PACKS, (1.0, 12.0), 0.18, 15, 0.40,
    ),
    Category(
        "Household",
        "HOU",
        ("Dish Soap", "Paper Towels", "Laundry Powder", "Bin Bags", "Sponges", "Light Bulbs",
         "Hand Soap", "Batteries", "Foil"),
        _PACKS, (1.5, 15.0), 0.04, 100, 0.10,
    ),
    Category(
        "Sweets",
        "SWE",
        ("Milk Chocolate", "Dark Chocolate", "Fruit Gums", "Butter Cookies", "Liquorice",
         "Salted Caramels", "Mints", "Marshmallows", "Trail Mix"),
        _PACKS, (0.9, 8.0), 0.15, 350, 1.10,
    ),
)  # fmt: skip

_SIZES = ("Small", "Medium", "Large")
_HOME_GOODS = (
    Category(
        "Apparel",
        "APP",
        ("Linen Shirt", "Merino Sweater", "Canvas Tote", "Wool Socks", "Rain Jacket"),
        _SIZES, (14.0, 95.0), 0.20, 300, 0.60,
    ),
    Category(
        "Kitchen",
        "KIT",
        ("Stoneware Mug", "Chef Knife", "Linen Apron", "Oak Board", "Pour-Over Set"),
        ("Sand", "Slate", "Forest"), (12.0, 80.0), 0.12, 330, 0.90,
    ),
    Category(
        "Garden",
        "GAR",
        ("Terracotta Pot", "Watering Can", "Seed Kit", "Pruning Shears", "Plant Stand"),
        _SIZES, (6.0, 55.0), 0.65, 135, 0.0,
    ),
    Category(
        "Candles",
        "CAN",
        ("Beeswax Candle", "Cedar Candle", "Fig Candle", "Tea Lights", "Wax Melts"),
        ("Single", "Duo", "Gift Box"), (8.0, 42.0), 0.45, 345, 1.40,
    ),
)  # fmt: skip


def corner_grocer(
    end_date: date, n_days: int = TWO_YEARS_DAYS, n_products: int = 200, seed: int = 20_417
) -> Scenario:
    """Describe a grocer in Chicago with three shops and a till export with stock levels.

    Args:
        end_date: Last day of the history.
        n_days: Length of the history, days.
        n_products: Size of the catalogue; each shop sells a part of it.
        seed: Root of every random stream.

    Returns:
        The scenario; prices in USD.
    """
    weekdays_but_sunday = frozenset(range(6))
    return Scenario(
        name="corner_grocer",
        seed=seed,
        start_date=end_date - timedelta(days=n_days - 1),
        n_days=n_days,
        n_products=n_products,
        time_zone="America/Chicago",
        currency_code="USD",
        locations=(
            Location("Lakeview", Channel.POS, 1.35, 0.96, _SHOP_WEEK, weekdays_but_sunday,
                     _HOLIDAYS),
            Location("The Loop", Channel.POS, 0.95, 0.75, _OFFICE_DISTRICT_WEEK,
                     frozenset({0, 2, 4}), _HOLIDAYS),
            Location("Oak Park", Channel.POS, 0.75, 0.82, _SHOP_WEEK, frozenset({1, 3, 5}),
                     _HOLIDAYS),
        ),
        categories=_GROCERIES,
        title_separator=", ",
        median_daily_units=6.0,
        blank_sku_share=0.0,
        intermittent_share=0.18,
        lumpy_share=0.03,
        launched_share=0.10,
        discontinued_share=0.06,
        promotions_per_year=4.0,
        price_changes_per_year=1.2,
        outages_per_year=1.5,
    )  # fmt: skip


def short_stocked_grocer(
    end_date: date, n_days: int = TWO_YEARS_DAYS, n_products: int = 200, seed: int = 20_417
) -> Scenario:
    """Describe the corner grocer with unreliable suppliers and no safety stock.

    Args:
        end_date: Last day of the history.
        n_days: Length of the history, days.
        n_products: Size of the catalogue.
        seed: Root of every random stream.

    Returns:
        The scenario; about one day in five ends with an empty shelf, promotion days more often.
    """
    return dataclasses.replace(
        corner_grocer(end_date, n_days, n_products, seed),
        name="short_stocked_grocer",
        outages_per_year=8.0,
        safety_factor=-0.6,
    )


def shopify_merchant(
    end_date: date, n_days: int = TWO_YEARS_DAYS, n_products: int = 60, seed: int = 31_337
) -> Scenario:
    """Describe a home-goods merchant in Amsterdam: a web shop and one till, on Shopify.

    Args:
        end_date: Last day of the history.
        n_days: Length of the history, days.
        n_products: Size of the catalogue, counted in variants.
        seed: Root of every random stream.

    Returns:
        The scenario; prices in EUR, some variants without a SKU.
    """
    return Scenario(
        name="shopify_merchant",
        seed=seed,
        start_date=end_date - timedelta(days=n_days - 1),
        n_days=n_days,
        n_products=n_products,
        time_zone="Europe/Amsterdam",
        currency_code="EUR",
        locations=(
            Location("Online Store", Channel.WEB, 1.0, 1.0, _WEB_WEEK, frozenset({0, 3})),
            Location("Jordaan Studio", Channel.POS, 0.45, 0.60, _MARKET_WEEK, frozenset({1}),
                     _HOLIDAYS),
        ),
        categories=_HOME_GOODS,
        title_separator=" - ",
        median_daily_units=1.3,
        blank_sku_share=0.35,
        intermittent_share=0.25,
        lumpy_share=0.04,
        launched_share=0.12,
        discontinued_share=0.08,
        promotions_per_year=2.5,
        price_changes_per_year=0.8,
        outages_per_year=1.2,
        orders=OrderHabits(),
    )  # fmt: skip


DEMOS: dict[str, Callable[..., Scenario]] = {
    "corner_grocer": corner_grocer,
    "short_stocked_grocer": short_stocked_grocer,
    "shopify_merchant": shopify_merchant,
}
