"""Orders printed as Shopify export files."""

import csv
import dataclasses
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from simulator.demand import simulate
from simulator.demos import corner_grocer, shopify_merchant
from simulator.scenario import Scenario
from simulator.shopify_csv import SHOPIFY_COLUMNS, export_spans, write_shopify_csvs
from simulator.shopify_orders import SimulatedOrders, build_orders

SCENARIO = shopify_merchant(date(2026, 11, 30), n_days=240)
CONTINUATION_COLUMNS = {"Name", "Email", "Created at", "Vendor"}
Row = dict[str, str]


@dataclasses.dataclass(frozen=True)
class Exports:
    """The scenario's orders and the export files as plain rows, oldest file first."""

    simulated: SimulatedOrders
    files: list[list[Row]]

    def latest_rows(self) -> list[Row]:
        """Merge the files as an importer must: the later file's version of an order wins."""
        by_order: dict[str, list[Row]] = {}
        for rows in self.files:
            in_file: dict[str, list[Row]] = {}
            for row in rows:
                in_file.setdefault(row["Name"], []).append(row)
            by_order.update(in_file)
        return [row for rows in by_order.values() for row in rows]


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Exports:
    simulated = build_orders(SCENARIO, simulate(SCENARIO))
    paths = write_shopify_csvs(SCENARIO, simulated, tmp_path_factory.mktemp("exports"))
    return Exports(simulated, [list(csv.DictReader(path.open(newline=""))) for path in paths])


def first_rows(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["Financial Status"]]


def test_header_is_the_79_columns_of_the_export(exports: Exports, tmp_path: Path) -> None:
    path = write_shopify_csvs(SCENARIO, exports.simulated, tmp_path)[0]

    header = path.read_text().splitlines()[0].split(",")

    assert len(header) == 79
    assert tuple(header) == SHOPIFY_COLUMNS
    assert header[:3] == ["Name", "Email", "Financial Status"]
    assert header[15:21] == [
        "Created at",
        "Lineitem quantity",
        "Lineitem name",
        "Lineitem price",
        "Lineitem compare at price",
        "Lineitem sku",
    ]
    assert header[-1] == "Payment References"


def test_lines_of_kept_orders_reconcile_with_the_simulated_sales(exports: Exports) -> None:
    zone = ZoneInfo(SCENARIO.time_zone)
    kept: Counter[tuple[str, date, str]] = Counter()
    status = location = ""
    for row in exports.latest_rows():
        if row["Financial Status"]:
            status, location = row["Financial Status"], row["Location"] or "Online Store"
        if status != "voided":
            moment = datetime.strptime(row["Created at"], "%Y-%m-%d %H:%M:%S %z")
            day = moment.astimezone(zone).date()
            kept[row["Lineitem name"], day, location] += int(row["Lineitem quantity"])

    sold = simulate(SCENARIO).select("product_title", "date", "location", "sold_units")

    assert kept == {(title, day, place): n for title, day, place, n in sold.iter_rows() if n}


def test_continuation_rows_fill_only_line_columns(exports: Exports) -> None:
    continuations = [row for row in exports.files[0] if not row["Financial Status"]]

    filled = {name for row in continuations for name, value in row.items() if value}

    assert continuations
    extra = {name for name in filled if not name.startswith("Lineitem")}
    assert extra == CONTINUATION_COLUMNS


def test_lines_of_an_order_follow_its_first_row(exports: Exports) -> None:
    name = ""
    for row in exports.files[0]:
        if row["Financial Status"]:
            assert row["Name"] != name
            name = row["Name"]
        assert row["Name"] == name


def test_blank_skus_still_have_a_name(exports: Exports) -> None:
    blank = [row for row in exports.files[0] if not row["Lineitem sku"]]

    assert blank
    assert all(row["Lineitem name"] for row in blank)


def test_discounts_show_on_the_order_and_never_on_a_line(exports: Exports) -> None:
    rows = exports.files[0]

    assert {row["Lineitem discount"] for row in rows} == {"0.00"}
    discounted = [row for row in first_rows(rows) if row["Discount Code"]]
    assert discounted
    assert all(float(row["Discount Amount"]) > 0 for row in discounted)


def test_cancelled_orders_are_voided_with_their_moment(exports: Exports) -> None:
    rows = first_rows(exports.latest_rows())

    voided = [row["Financial Status"] == "voided" for row in rows]

    assert any(voided)
    assert voided == [bool(row["Cancelled at"]) for row in rows]


def test_refunds_show_as_one_amount_on_the_order(exports: Exports) -> None:
    rows = first_rows(exports.latest_rows())

    refunded = [row for row in rows if "refunded" in row["Financial Status"]]

    assert {row["Financial Status"] for row in refunded} == {"refunded", "partially_refunded"}
    assert all(0 < float(row["Refunded Amount"]) <= float(row["Total"]) for row in refunded)


def test_created_at_carries_summer_and_winter_offsets(exports: Exports) -> None:
    offsets = {row["Created at"][-5:] for rows in exports.files for row in rows}

    assert offsets == {"+0100", "+0200"}


def test_pos_orders_name_their_location_and_web_orders_do_not(exports: Exports) -> None:
    pairs = {(row["Source"], row["Location"]) for row in first_rows(exports.files[0])}

    assert pairs == {("pos", "Jordaan Studio"), ("web", "")}


def test_later_file_repeats_the_orders_of_the_overlap(exports: Exports) -> None:
    names = [{row["Name"] for row in rows} for rows in exports.files]

    assert names[0] & names[1]
    assert names[1] & names[2]
    everything = {f"#{number}" for number in exports.simulated.orders["order_number"]}
    assert set.union(*names) == everything


def test_later_file_shows_a_refund_the_earlier_could_not(exports: Exports) -> None:
    first, second = (
        {row["Name"]: row["Financial Status"] for row in first_rows(rows)}
        for rows in exports.files[:2]
    )

    changed = {(first[name], second[name]) for name in first.keys() & second.keys()}

    assert ("paid", "refunded") in changed or ("paid", "partially_refunded") in changed


def test_spans_cover_the_history_and_overlap_by_the_given_days() -> None:
    spans = export_spans(shopify_merchant(date(2026, 11, 30), n_days=90))

    assert spans == [
        (date(2026, 9, 2), date(2026, 10, 1)),
        (date(2026, 9, 2), date(2026, 10, 31)),
        (date(2026, 10, 2), date(2026, 11, 30)),
    ]


@pytest.mark.parametrize(
    "scenario",
    [corner_grocer(date(2026, 11, 30)), shopify_merchant(date(2026, 11, 30), n_days=2)],
    ids=["no order habits", "more files than days"],
)
def test_history_that_cannot_be_split_is_refused(scenario: Scenario) -> None:
    with pytest.raises(ValueError, match=scenario.name):
        export_spans(scenario)
