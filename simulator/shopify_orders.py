"""Simulated sales grouped into Shopify orders, with cancellations, refunds and money totals.

Belongs here: which units share an order, when it was placed, and what it cost. Stays out: how an
export prints it (`shopify_csv`). Kept orders add up to the simulated sales exactly; cancelled
orders are extra demand on top.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from simulator.effects import Floats, Integers
from simulator.scenario import Channel, OrderHabits, Scenario

ORDER_STREAM = 3
FIRST_ORDER_NUMBER = 1001
NEW_LINE_SHARE = 0.75
DISCOUNT_RATE = 0.10
FREE_SHIPPING_FROM_MINOR = 5000
SHIPPING_MINOR = 495
FULL_REFUND_SHARE = 0.5
CANCELLATION_HOURS = (0.2, 36.0)
REFUND_DAYS = (1.0, 20.0)
SECONDS_PER_HOUR = 3600
SECONDS_PER_DAY = 86_400

# No order between 02:00 and 04:00: local times that a change to summer time skips stay unused.
_WEB_HOURS = (3, 1, 0, 0, 1, 1, 2, 4, 5, 6, 6, 6, 7, 6, 5, 5, 6, 7, 8, 10, 12, 12, 9, 6)
_POS_HOURS = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 8, 10, 9, 10, 12, 11, 8, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True)
class SimulatedOrders:
    """A merchant's orders and their lines.

    Attributes:
        orders: One row per order, sorted by `order_number` (Int64), which follows `created_at`.
            `date` (Date, merchant's calendar), `location` (String), `is_pos`, `is_cancelled`
            (Boolean), `created_at` and, null unless it happened, `cancelled_at`, `refunded_at`
            (Datetime with the merchant's zone), `buyer` (Int64), `discount_code` (String, null
            without), and integer minor currency `discount_minor`, `subtotal_minor`,
            `shipping_minor`, `tax_minor`, `total_minor`, `refunded_minor` (Int64).
        lines: One row per (order_number, line_ordinal), sorted; `line_ordinal` from 1, `sku`
            (String, null when unassigned), `product_title`, `category` (String), `quantity`
            (Int64, units), `price_minor`, `list_price_minor` (Int64).
    """

    orders: pl.DataFrame
    lines: pl.DataFrame

    def truth(self) -> pl.DataFrame:
        """Return the units an importer must find.

        Returns:
            One row per (date, product_title, location), sorted: `date` (Date), `sku` (String,
            null when unassigned), `product_title`, `location` (String), `sold_units`,
            `cancelled_units` (Int64).
        """
        units = pl.col("quantity")
        return (
            self.lines.join(
                self.orders.select("order_number", "date", "location", "is_cancelled"),
                on="order_number",
            )
            .group_by("date", "sku", "product_title", "location")
            .agg(
                units.filter(~pl.col("is_cancelled")).sum().alias("sold_units"),
                units.filter(pl.col("is_cancelled")).sum().alias("cancelled_units"),
            )
            .sort("date", "product_title", "location")
        )


def build_orders(scenario: Scenario, demand: pl.DataFrame) -> SimulatedOrders:
    """Group a simulated history into orders.

    Args:
        scenario: The merchant, with order habits.
        demand: The history from `demand.simulate` for the same scenario, or part of its days.

    Returns:
        The orders; kept quantities add up to `sold_units` per product, location and day.

    Raises:
        ValueError: If the scenario has no order habits, or the history no sale.
    """
    habits = scenario.orders
    if habits is None:
        raise ValueError(
            f"scenario {scenario.name!r} has no order habits; set `orders` or write a generic file"
        )
    random = np.random.default_rng(np.random.SeedSequence(scenario.seed, spawn_key=(ORDER_STREAM,)))
    lines = _split_into_lines(_ordered_units(demand, habits, random), random)
    if lines.is_empty():
        raise ValueError(
            f"scenario {scenario.name!r} sold nothing in {demand.height} rows; "
            "simulate more days or products"
        )
    lines = _repeat_some_lines(_assign_baskets(lines, habits, random), habits, random)
    orders = _place_orders(lines, scenario, random)
    lines = (
        lines.join(orders.select("basket", "order_number"), on="basket")
        .sort("order_number", "line")
        .with_columns(
            (pl.int_range(pl.len()).over("order_number") + 1).alias("line_ordinal"),
        )
    )
    orders = _price_orders(orders, lines, habits, random)
    orders = _date_changes(orders, scenario, random)
    return SimulatedOrders(
        orders=orders.drop("basket"),
        lines=lines.select(
            "order_number",
            "line_ordinal",
            "sku",
            "product_title",
            "category",
            "quantity",
            "price_minor",
            "list_price_minor",
        ),
    )


def _ordered_units(
    demand: pl.DataFrame, habits: OrderHabits, random: np.random.Generator
) -> pl.DataFrame:
    """Return the sold rows, followed by the extra units of orders that will be cancelled."""
    kept = demand.filter(pl.col("sold_units") > 0).select(
        "date",
        "sku",
        "product_title",
        "category",
        "location",
        pl.col("sold_units").alias("quantity"),
        (pl.col("unit_price") * 100).round().cast(pl.Int64).alias("price_minor"),
        (pl.col("list_price") * 100).round().cast(pl.Int64).alias("list_price_minor"),
        pl.lit(value=False).alias("is_cancelled"),
    )
    regretted = kept.filter(pl.Series(random.random(kept.height) < habits.cancelled_share))
    return pl.concat(
        [
            kept,
            regretted.with_columns(
                pl.Series("quantity", random.integers(1, 4, size=regretted.height)),
                pl.lit(value=True).alias("is_cancelled"),
            ),
        ]
    )


def _split_into_lines(units: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
    """Split each row's units over order lines, most of them of one unit."""
    quantity = units["quantity"].to_numpy()
    row = np.repeat(np.arange(len(quantity)), quantity)
    is_new = random.random(len(row)) < NEW_LINE_SHARE
    is_new[np.flatnonzero(np.diff(row, prepend=-1))] = True
    line = np.cumsum(is_new) - 1
    return units[row[is_new]].with_columns(
        pl.Series("quantity", np.bincount(line).astype(np.int64))
    )


def _assign_baskets(
    lines: pl.DataFrame, habits: OrderHabits, random: np.random.Generator
) -> pl.DataFrame:
    """Number the orders (`basket`): lines of one day and place fall into orders at random."""
    group = ["date", "location", "is_cancelled"]
    n_orders = (pl.len() / habits.mean_lines_per_order).ceil().over(group)
    return lines.with_columns(
        pl.Series("draw", random.random(lines.height)),
        pl.int_range(pl.len()).alias("line"),
    ).with_columns(
        pl.struct(*group, (pl.col("draw") * n_orders).floor().alias("place"))
        .rank("dense")
        .cast(pl.Int64)
        .alias("basket")
    )


def _repeat_some_lines(
    lines: pl.DataFrame, habits: OrderHabits, random: np.random.Generator
) -> pl.DataFrame:
    """Split some lines of two or more units in two, as when a buyer adds a product twice."""
    is_repeated = (lines["quantity"] > 1).to_numpy() & (
        random.random(lines.height) < habits.repeated_line_share
    )
    repeats = lines.filter(pl.Series(is_repeated)).with_columns(
        pl.lit(1, dtype=pl.Int64).alias("quantity"), pl.col("line") + lines.height
    )
    return pl.concat(
        [lines.with_columns(pl.col("quantity") - pl.Series(is_repeated.astype(np.int64))), repeats]
    )


def _place_orders(
    lines: pl.DataFrame, scenario: Scenario, random: np.random.Generator
) -> pl.DataFrame:
    """Return one row per basket with its number and the moment it was placed."""
    pos = [place.name for place in scenario.locations if place.channel is Channel.POS]
    orders = (
        lines.select("basket", "date", "location", "is_cancelled")
        .unique("basket", maintain_order=True)
        .sort("basket")
        .with_columns(pl.col("location").is_in(pos).alias("is_pos"))
    )
    second = np.where(
        orders["is_pos"].to_numpy(),
        _draw_seconds(_POS_HOURS, orders.height, random),
        _draw_seconds(_WEB_HOURS, orders.height, random),
    )
    moment = pl.col("date").cast(pl.Datetime("us")) + pl.duration(seconds=pl.lit(pl.Series(second)))
    return (
        orders.with_columns(
            moment.dt.replace_time_zone(scenario.time_zone, ambiguous="earliest").alias(
                "created_at"
            ),
            pl.Series("buyer", random.integers(1, orders.height // 2 + 2, size=orders.height)),
        )
        .sort("created_at", "basket")
        .with_columns((pl.int_range(pl.len()) + FIRST_ORDER_NUMBER).alias("order_number"))
    )


def _draw_seconds(
    hour_weights: tuple[int, ...], size: int, random: np.random.Generator
) -> Integers:
    weights = np.asarray(hour_weights, dtype=np.float64)
    hours = random.choice(len(weights), size=size, p=weights / weights.sum())
    return (hours * SECONDS_PER_HOUR + random.integers(0, SECONDS_PER_HOUR, size=size)).astype(
        np.int64
    )


def _price_orders(
    orders: pl.DataFrame, lines: pl.DataFrame, habits: OrderHabits, random: np.random.Generator
) -> pl.DataFrame:
    """Add the totals: subtotal = lines - discount; total = subtotal + shipping + tax."""
    gross = lines.group_by("order_number").agg(
        (pl.col("quantity") * pl.col("price_minor")).sum().alias("gross_minor")
    )
    is_discounted = pl.Series(random.random(orders.height) < habits.discounted_share)
    is_refunded = pl.Series(random.random(orders.height) < habits.refunded_share)
    is_full_refund = pl.Series(random.random(orders.height) < FULL_REFUND_SHARE)
    return (
        orders.join(gross, on="order_number", maintain_order="left")
        .with_columns(
            pl.when(is_discounted).then(pl.lit("WELCOME10")).alias("discount_code"),
            pl.when(is_discounted)
            .then((pl.col("gross_minor") * DISCOUNT_RATE).round().cast(pl.Int64))
            .otherwise(0)
            .alias("discount_minor"),
        )
        .with_columns((pl.col("gross_minor") - pl.col("discount_minor")).alias("subtotal_minor"))
        .with_columns(
            pl.when(pl.col("is_pos") | (pl.col("subtotal_minor") >= FREE_SHIPPING_FROM_MINOR))
            .then(0)
            .otherwise(SHIPPING_MINOR)
            .cast(pl.Int64)
            .alias("shipping_minor"),
            (pl.col("subtotal_minor") * habits.tax_rate).round().cast(pl.Int64).alias("tax_minor"),
        )
        .with_columns(
            pl.sum_horizontal("subtotal_minor", "shipping_minor", "tax_minor").alias("total_minor")
        )
        .with_columns(
            pl.when(~is_refunded | pl.col("is_cancelled"))
            .then(0)
            .when(is_full_refund)
            .then(pl.col("total_minor"))
            .otherwise(pl.col("subtotal_minor") // 2)
            .alias("refunded_minor")
        )
        .drop("gross_minor")
    )


def _date_changes(
    orders: pl.DataFrame, scenario: Scenario, random: np.random.Generator
) -> pl.DataFrame:
    """Add when orders were cancelled or refunded; none of it happens after the history's end."""
    end = pl.lit(scenario.end_of_day(scenario.end_date)).dt.convert_time_zone(scenario.time_zone)
    hours = random.uniform(*CANCELLATION_HOURS, size=orders.height)
    days = random.uniform(*REFUND_DAYS, size=orders.height)

    def after(seconds: Floats) -> pl.Expr:
        delay = pl.duration(seconds=pl.lit(pl.Series(seconds.astype(np.int64))))
        return pl.min_horizontal(pl.col("created_at") + delay, end)

    return orders.with_columns(
        pl.when("is_cancelled").then(after(hours * SECONDS_PER_HOUR)).alias("cancelled_at"),
        pl.when(pl.col("refunded_minor") > 0)
        .then(after(days * SECONDS_PER_DAY))
        .alias("refunded_at"),
    )
