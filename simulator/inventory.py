"""Stock over time: deliveries, supply outages, and the sales a shelf allows.

Belongs here: the order-up-to policy and the day-by-day balance. Stays out: where demand comes from
(`demand`). The planner here knows the ordinary rhythm of demand but underrates promotions, so
shelves run empty for the two usual reasons: a supplier fails, or a promotion does better than
planned.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.effects import DAYS_PER_YEAR, Floats, Integers

OUTAGE_DAYS = (4, 18)
EXTRA_COVER_DAYS = 2
MINIMUM_SHELF_UNITS = 2


@dataclass(frozen=True)
class StockHistory:
    """What was sold and what was left.

    Attributes:
        sold_units: Units sold, shape (n_series, n_days).
        stock_on_hand: Units left at the end of the day, shape (n_series, n_days).
    """

    sold_units: Integers
    stock_on_hand: Integers


def order_up_to_level(
    planned_units: Floats,
    variance_to_mean: Floats,
    days_to_cover: Integers,
    safety_factor: float,
) -> Integers:
    """Return the stock a delivery on each day fills up to.

    Args:
        planned_units: Expected demand, units/day, shape (n_series, n_days).
        variance_to_mean: Variance of daily demand over its mean, shape (n_series,).
        days_to_cover: Longest gap between two deliveries, days, shape (n_series,).
        safety_factor: Standard deviations of demand held on top; negative for a shop that
            plans to sell out.

    Returns:
        Units, shape (n_series, n_days): planned demand until the delivery after the next gap, a
        safety stock for its variance, and never less than the shelf minimum.

    Source: order-up-to policy with normal approximation; Silver, Pyke and Thomas, "Inventory and
        Production Management in Supply Chains", chapter on periodic review.
    """
    n_days = planned_units.shape[1]
    running = np.concatenate(
        [np.zeros((len(planned_units), 1)), np.cumsum(planned_units, axis=1)], axis=1
    )
    first = np.arange(n_days)[None, :]
    last = np.minimum(first + (days_to_cover + EXTRA_COVER_DAYS)[:, None], n_days)
    covered = np.take_along_axis(running, last, axis=1) - running[:, :-1]
    full_span = (days_to_cover + EXTRA_COVER_DAYS)[:, None] / np.maximum(last - first, 1)
    expected = covered * full_span
    safety = safety_factor * np.sqrt(expected * variance_to_mean[:, None])
    level = np.maximum(np.ceil(expected + safety), MINIMUM_SHELF_UNITS)
    return np.asarray(level, dtype=np.int64)


def draw_outage_days(
    n_days: int, outages_per_year: float, random: np.random.Generator
) -> NDArray[np.bool_]:
    """Draw the days on which a supplier cannot deliver to one series.

    Args:
        n_days: Length of the history.
        outages_per_year: Mean number of outages per year.
        random: The series' own random stream.

    Returns:
        Shape (n_days,), true on outage days.
    """
    is_outage = np.zeros(n_days, dtype=np.bool_)
    n_outages = random.poisson(outages_per_year * n_days / DAYS_PER_YEAR)
    for first_day, length in zip(
        random.integers(0, n_days, size=n_outages),
        random.integers(*OUTAGE_DAYS, size=n_outages),
        strict=True,
    ):
        is_outage[first_day : first_day + length] = True
    return is_outage


def run_inventory(
    demand_units: Integers, target_units: Integers, has_delivery: NDArray[np.bool_]
) -> StockHistory:
    """Serve demand from stock, day by day, for all series at once.

    A delivery arrives before opening and fills the shelf to the day's target; each series starts
    full. Demand beyond the stock is lost.

    Args:
        demand_units: True demand, shape (n_series, n_days).
        target_units: Stock after a delivery, shape (n_series, n_days).
        has_delivery: Whether a delivery arrives, shape (n_series, n_days).

    Returns:
        Units sold and left; yesterday's stock + delivery - sold = today's stock.
    """
    sold_units = np.zeros_like(demand_units)
    stock_on_hand = np.zeros_like(demand_units)
    stock = target_units[:, 0].copy()
    for day in range(demand_units.shape[1]):
        stock = np.where(has_delivery[:, day], np.maximum(stock, target_units[:, day]), stock)
        sold_units[:, day] = np.minimum(demand_units[:, day], stock)
        stock = stock - sold_units[:, day]
        stock_on_hand[:, day] = stock
    return StockHistory(sold_units, stock_on_hand)
