"""Stock: deliveries, targets and lost sales."""

import numpy as np

from simulator.inventory import draw_outage_days, order_up_to_level, run_inventory


def test_sales_stop_at_the_stock_until_the_next_delivery() -> None:
    demand = np.array([[3, 4, 4, 2]], dtype=np.int64)
    target = np.full((1, 4), 5, dtype=np.int64)
    has_delivery = np.array([[False, False, False, True]])

    history = run_inventory(demand, target, has_delivery)

    assert history.sold_units.tolist() == [[3, 2, 0, 2]]
    assert history.stock_on_hand.tolist() == [[2, 0, 0, 3]]


def test_delivery_never_takes_stock_away() -> None:
    target = np.array([[9, 2]], dtype=np.int64)

    history = run_inventory(np.zeros((1, 2), dtype=np.int64), target, np.array([[True, True]]))

    assert history.stock_on_hand.tolist() == [[9, 9]]


def test_target_covers_planned_demand_until_after_the_next_delivery() -> None:
    planned = np.full((1, 30), 4.0)

    level = order_up_to_level(planned, np.array([0.0]), np.array([3], dtype=np.int64), 2.0)

    assert level[0].tolist() == [20] * 30


def test_noisier_demand_gets_more_safety_stock() -> None:
    planned = np.full((2, 30), 4.0)

    level = order_up_to_level(planned, np.array([1.0, 9.0]), np.array([3, 3], dtype=np.int64), 2.0)

    assert (level[1] > level[0]).all()


def test_no_outage_when_none_is_asked_for() -> None:
    is_outage = draw_outage_days(365, 0.0, np.random.default_rng(1))

    assert not is_outage.any()


def test_outages_cover_days_in_a_row() -> None:
    is_outage = draw_outage_days(3650, 2.0, np.random.default_rng(1))

    edges = np.flatnonzero(np.diff(is_outage.astype(int)))
    assert is_outage.sum() >= 4 * len(edges) / 2 > 0
