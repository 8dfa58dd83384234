"""Orders printed as Shopify's "Export orders" CSV files.

Belongs here: the 79 columns and which of them a continuation row fills. Stays out: what was
ordered (`shopify_orders`). No personal data: names, addresses and phones stay blank.

Source: facts measured on real exports. Rows after an order's first fill only Name, Email, Created
at, Lineitem columns and Vendor; a discount shows on the order and never on a line; a refund is one
amount on the order, without date or line; an order of the web shop has no Location.
"""

from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl

from simulator.scenario import Scenario
from simulator.shopify_orders import SimulatedOrders

SHOPIFY_COLUMNS: tuple[str, ...] = (
    "Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at",
    "Accepts Marketing", "Currency", "Subtotal", "Shipping", "Taxes", "Total", "Discount Code",
    "Discount Amount", "Shipping Method", "Created at", "Lineitem quantity", "Lineitem name",
    "Lineitem price", "Lineitem compare at price", "Lineitem sku", "Lineitem requires shipping",
    "Lineitem taxable", "Lineitem fulfillment status", "Billing Name", "Billing Street",
    "Billing Address1", "Billing Address2", "Billing Company", "Billing City", "Billing Zip",
    "Billing Province", "Billing Country", "Billing Phone", "Shipping Name", "Shipping Street",
    "Shipping Address1", "Shipping Address2", "Shipping Company", "Shipping City", "Shipping Zip",
    "Shipping Province", "Shipping Country", "Shipping Phone", "Notes", "Note Attributes",
    "Cancelled at", "Payment Method", "Payment Reference", "Refunded Amount", "Vendor",
    "Outstanding Balance", "Employee", "Location", "Device ID", "Id", "Tags", "Risk Level",
    "Source", "Lineitem discount", "Tax 1 Name", "Tax 1 Value", "Tax 2 Name", "Tax 2 Value",
    "Tax 3 Name", "Tax 3 Value", "Tax 4 Name", "Tax 4 Value", "Tax 5 Name", "Tax 5 Value",
    "Phone", "Receipt Number", "Duties", "Billing Province Name", "Shipping Province Name",
    "Payment ID", "Payment Terms Name", "Next Payment Due At", "Payment References",
)  # fmt: skip

FIRST_ORDER_ID = 5_400_000_000_000
ORDER_ID_STEP = 32_768
WEB_FULFILMENT_DELAY = timedelta(hours=20)
TIME_FORMAT = "%Y-%m-%d %H:%M:%S %z"


def render_export(scenario: Scenario, simulated: SimulatedOrders, as_of: datetime) -> pl.DataFrame:
    """Return an export as it looked at one moment.

    Args:
        scenario: The merchant.
        simulated: The orders to print.
        as_of: Zone-aware moment of the export; later orders, cancellations, refunds and
            fulfilments do not show yet.

    Returns:
        One row per order line, newest order first, lines of an order together; the 79 columns of
        `SHOPIFY_COLUMNS`, all String, null where the export leaves a cell blank.
    """
    seen = simulated.orders.filter(pl.col("created_at") <= as_of)
    first = seen.select("order_number", **_order_cells(scenario, as_of)).with_columns(
        pl.lit(1, dtype=pl.Int64).alias("line_ordinal")
    )
    every = seen.select("order_number", **_cells_of_every_row(as_of))
    rows = (
        simulated.lines.join(every, on="order_number")
        .join(first, on=["order_number", "line_ordinal"], how="left")
        .sort(["order_number", "line_ordinal"], descending=[True, False])
        .with_columns(**_line_cells())
    )
    blank = [name for name in SHOPIFY_COLUMNS if name not in rows.columns]
    return rows.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in blank).select(
        SHOPIFY_COLUMNS
    )


def write_shopify_csvs(
    scenario: Scenario, simulated: SimulatedOrders, directory: Path
) -> list[Path]:
    """Write the history as one or more export files, each repeating the end of the one before.

    A file shows each order as it stood at the end of the file's last day, so the overlap also
    carries what changed since: an importer must let the later file win.

    Args:
        scenario: The merchant, with order habits.
        simulated: Its orders.
        directory: Existing folder to write `orders_export_<n>.csv` into.

    Returns:
        The files, oldest first.

    Raises:
        ValueError: If the scenario has no order habits.
    """
    paths = []
    for number, (first_date, last_date) in enumerate(export_spans(scenario), start=1):
        orders = simulated.orders.filter(pl.col("date").is_between(first_date, last_date))
        lines = simulated.lines.join(orders.select("order_number"), on="order_number", how="semi")
        export = render_export(
            scenario, SimulatedOrders(orders, lines), scenario.end_of_day(last_date)
        )
        path = directory / f"orders_export_{number}.csv"
        export.write_csv(path)
        paths.append(path)
    return paths


def export_spans(scenario: Scenario) -> list[tuple[date, date]]:
    """Return the first and last order date of each export file, oldest file first.

    Args:
        scenario: The merchant, with order habits.

    Returns:
        Inclusive spans; together they cover the history, and each but the first begins
        `overlap_days` before the end of the one before it.

    Raises:
        ValueError: If the scenario has no order habits or fewer days than files.
    """
    if scenario.orders is None or scenario.n_days < scenario.orders.n_files:
        raise ValueError(
            f"scenario {scenario.name!r} has {scenario.n_days} days and order habits "
            f"{scenario.orders}; give it order habits with at most one file per day"
        )
    n_files, overlap_days = scenario.orders.n_files, scenario.orders.overlap_days
    ends = [scenario.n_days * part // n_files for part in range(n_files + 1)]
    spans = []
    for begin, end in pairwise(ends):
        first_day = max(begin - overlap_days, 0)
        spans.append(
            (
                scenario.start_date + timedelta(days=first_day),
                scenario.start_date + timedelta(days=end - 1),
            )
        )
    return spans


def _money(column: str) -> pl.Expr:
    minor = pl.col(column)
    cents = (minor % 100).cast(pl.String).str.zfill(2)
    return pl.concat_str((minor // 100).cast(pl.String), cents, separator=".")


def _moment(expression: pl.Expr) -> pl.Expr:
    return expression.dt.strftime(TIME_FORMAT)


def _fulfilled_at() -> pl.Expr:
    return (
        pl.when("is_pos")
        .then(pl.col("created_at"))
        .otherwise(pl.col("created_at") + WEB_FULFILMENT_DELAY)
    )


def _is_fulfilled(as_of: datetime) -> pl.Expr:
    return pl.col("cancelled_at").is_null() & (_fulfilled_at() <= as_of)


def _order_cells(scenario: Scenario, as_of: datetime) -> dict[str, pl.Expr]:
    """Return the cells of an order's first row."""
    is_pos = pl.col("is_pos")
    is_cancelled = (pl.col("cancelled_at") <= as_of).fill_null(value=False)
    is_refunded = (pl.col("refunded_at") <= as_of).fill_null(value=False)
    tax_rate = scenario.orders.tax_rate if scenario.orders else 0.0
    zero = pl.lit("0.00")
    status = (
        pl.when(is_cancelled)
        .then(pl.lit("voided"))
        .when(is_refunded & (pl.col("refunded_minor") >= pl.col("total_minor")))
        .then(pl.lit("refunded"))
        .when(is_refunded)
        .then(pl.lit("partially_refunded"))
        .otherwise(pl.lit("paid"))
    )
    identity = FIRST_ORDER_ID + pl.col("order_number") * ORDER_ID_STEP
    return {
        "Financial Status": status,
        "Paid at": pl.when(~is_cancelled).then(_moment(pl.col("created_at"))),
        "Fulfillment Status": pl.when(_is_fulfilled(as_of))
        .then(pl.lit("fulfilled"))
        .otherwise(pl.lit("unfulfilled")),
        "Fulfilled at": pl.when(_is_fulfilled(as_of)).then(_moment(_fulfilled_at())),
        "Accepts Marketing": pl.lit("no"),
        "Currency": pl.lit(scenario.currency_code),
        "Subtotal": _money("subtotal_minor"),
        "Shipping": _money("shipping_minor"),
        "Taxes": _money("tax_minor"),
        "Total": _money("total_minor"),
        "Discount Code": pl.col("discount_code"),
        "Discount Amount": _money("discount_minor"),
        "Shipping Method": pl.when(~is_pos).then(pl.lit("Standard")),
        "Cancelled at": pl.when(is_cancelled).then(_moment(pl.col("cancelled_at"))),
        "Payment Method": pl.when(is_pos)
        .then(pl.lit("Card terminal"))
        .otherwise(pl.lit("Shopify Payments")),
        "Refunded Amount": pl.when(is_refunded).then(_money("refunded_minor")).otherwise(zero),
        "Outstanding Balance": zero,
        "Location": pl.when(is_pos).then(pl.col("location")),
        "Device ID": pl.when(is_pos).then(pl.lit("1")),
        "Id": identity.cast(pl.String),
        "Risk Level": pl.lit("Low"),
        "Source": pl.when(is_pos).then(pl.lit("pos")).otherwise(pl.lit("web")),
        "Tax 1 Name": pl.lit(f"VAT {tax_rate:.0%}"),
        "Tax 1 Value": _money("tax_minor"),
    }


def _cells_of_every_row(as_of: datetime) -> dict[str, pl.Expr]:
    """Return the cells an order repeats on each of its rows."""
    return {
        "Name": pl.format("#{}", "order_number"),
        "Email": pl.format("buyer+{}@example.com", "buyer"),
        "Created at": _moment(pl.col("created_at")),
        "Lineitem requires shipping": pl.when("is_pos")
        .then(pl.lit("false"))
        .otherwise(pl.lit("true")),
        "Lineitem fulfillment status": pl.when(_is_fulfilled(as_of))
        .then(pl.lit("fulfilled"))
        .otherwise(pl.lit("pending")),
    }


def _line_cells() -> dict[str, pl.Expr]:
    """Return the cells of one line."""
    is_reduced = pl.col("list_price_minor") > pl.col("price_minor")
    return {
        "Lineitem quantity": pl.col("quantity").cast(pl.String),
        "Lineitem name": pl.col("product_title"),
        "Lineitem price": _money("price_minor"),
        "Lineitem compare at price": pl.when(is_reduced).then(_money("list_price_minor")),
        "Lineitem sku": pl.col("sku"),
        "Lineitem taxable": pl.lit("true"),
        "Lineitem discount": pl.lit("0.00"),
        "Vendor": pl.col("category"),
    }
