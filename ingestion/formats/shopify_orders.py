"""Shopify's "Export orders" CSV: one row per order line, order facts on the order's first row.

The order key is the order's Name (`#1001`): every variant of the export has it on every row, while
Id came late and only on first rows; so the same order in two files of any age is one order.
A newer file replaces the whole order. An order with one bad line is rejected whole.
Belongs here: the export's columns and its orders. Stays out: rules of any sales row (row_rules.py).

Source: facts measured on real exports, 18 files of two stores: a continuation row fills only Name,
Email, Created at, Lineitem columns and Vendor; Subtotal = sum of quantity * price - Discount
Amount; a refund is one amount without date or line.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ingestion.contract import (
    N_CELLS,
    ROW_NUMBER,
    ParseContext,
    ParsedBatch,
    all_errors,
    row_errors,
)
from ingestion.currencies import money_marks
from ingestion.dates import DateColumn
from ingestion.formats.discounts import share_discount
from ingestion.formats.row_rules import (
    MAX_KEY_CHARACTERS,
    MAX_TITLE_CHARACTERS,
    amount_errors,
    date_errors,
    is_blank,
    length_errors,
    quantity_errors,
    shape_errors,
    text_or_null,
    to_events,
)
from ingestion.formats.shopify_runs import OrderRuns
from ingestion.headers import find_roles, plain_name
from ingestion.money import times_quantity, to_minor
from ingestion.numbers import NumberColumn, settle_numbers

ONLINE = "online"
_REQUIRED = (
    "name",
    "currency",
    "created_at",
    "lineitem_quantity",
    "lineitem_name",
    "lineitem_price",
)
_OPTIONAL = (
    "financial_status",
    "subtotal",
    "total",
    "discount_amount",
    "cancelled_at",
    "refunded_amount",
    "lineitem_sku",
    "lineitem_discount",
    "location",
    "source",
)
_AMOUNTS = ("lineitem_price", "lineitem_discount", "discount_amount", "refunded_amount")
_ORDER_FACTS = (
    "currency",
    "financial_status",
    "discount_amount",
    "cancelled_at",
    "refunded_amount",
    "location",
    "source",
)
_LIMITS = {
    "name": MAX_KEY_CHARACTERS,
    "lineitem_name": MAX_TITLE_CHARACTERS,
    "lineitem_sku": MAX_KEY_CHARACTERS,
    "location": MAX_KEY_CHARACTERS,
    "source": MAX_KEY_CHARACTERS,
}


class ShopifyOrdersFormat:
    """Recognises the export by the names of its order and line columns."""

    name = "shopify_orders_csv"

    def missing_columns(self, header: Sequence[str]) -> list[str]:
        """Return which of the export's needed columns the header lacks."""
        names = {plain_name(name) for name in header}
        return [role.capitalize().replace("_", " ") for role in _REQUIRED if role not in names]

    def open(self, header: Sequence[str], context: ParseContext) -> ShopifyOrdersReader:
        """Return a reader for an export with this header."""
        return ShopifyOrdersReader(header, context)


class ShopifyOrdersReader:
    """Reads one export."""

    keep_together: str | None = "name"

    def __init__(self, header: Sequence[str], context: ParseContext) -> None:
        self._n_columns = len(header)
        self.columns = find_roles(header, {role: (role,) for role in (*_REQUIRED, *_OPTIONAL)})
        self._titles = {role: header[position] for role, position in self.columns.items()}
        self._context = context
        self._date = DateColumn("created_at", self._titles["created_at"], context.time_zone)
        marks = money_marks(context.currency_code)
        self._quantity = NumberColumn("lineitem_quantity", self._titles["lineitem_quantity"])
        self._amounts = {
            role: NumberColumn(role, self._titles[role], marks)
            for role in _AMOUNTS
            if role in self.columns
        }
        self._runs = OrderRuns()

    def inspect(self, frame: pl.DataFrame) -> None:
        """Collect evidence of how dates and numbers are written, and where orders stand."""
        self._date.inspect(frame)
        for column in (self._quantity, *self._amounts.values()):
            column.inspect(frame)
        self._runs.inspect(self._numbered(frame))

    def settle(self) -> None:
        """Decide how dates and numbers are written.

        Raises:
            UnreadableFile: `ambiguous_dates` or `ambiguous_numbers`.
        """
        self._date.settle()
        settle_numbers([self._quantity, *self._amounts.values()])
        self._runs.settle()

    def parse(self, frame: pl.DataFrame) -> ParsedBatch:
        """Turn one batch of whole orders into events and row errors."""
        rows = self._typed(self._numbered(frame))
        misshapen = shape_errors(rows, self._n_columns)
        whole = rows.filter(pl.col(N_CELLS).is_null())
        errors = all_errors([misshapen, *self._line_errors(whole), *self._order_errors(whole)])
        bad_orders = rows.join(errors, on=ROW_NUMBER, how="semi").select("order").unique()
        innocent = rows.join(bad_orders, on="order", how="semi", maintain_order="left").join(
            errors, on=ROW_NUMBER, how="anti", maintain_order="left"
        )
        bystanders = row_errors(
            innocent,
            pl.lit(value=True),
            column=self._titles["name"],
            value="name",
            code="order_has_bad_line",
            advice="another row of this order is wrong, so the whole order was left out",
        )
        good = rows.join(bad_orders, on="order", how="anti", maintain_order="left")
        return ParsedBatch(self._events(good), all_errors([errors, bystanders]))

    def _numbered(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Add `order` (ordinal in the batch), `is_first` row of it, and optional columns."""
        absent = [role for role in _OPTIONAL if role not in self.columns]
        name = pl.col("name").str.strip_chars()
        return (
            frame.with_columns(*(pl.lit("").alias(role) for role in absent), name=name)
            .with_columns(
                is_first=(pl.col("name") != pl.col("name").shift(1)).fill_null(value=True)
            )
            .with_columns(order=pl.col("is_first").cast(pl.Int64).cum_sum())
        )

    def _typed(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Add typed values, and the order's facts of its first row on each of its rows."""
        amounts = {
            f"{role}_value": (
                self._amounts[role].values(rows)
                if role in self._amounts
                else pl.lit(None, dtype=pl.Decimal(38, 6))
            )
            for role in _AMOUNTS
        }
        spread = [
            pl.col(role).first().over("order").alias(f"order_{role}")
            for role in (*_ORDER_FACTS, "discount_amount_value", "refunded_amount_value")
        ]
        return (
            rows.hstack(self._date.values(rows))
            .with_columns(quantity_value=self._quantity.values(rows), **amounts)
            .with_columns(spread)
        )

    def _line_errors(self, rows: pl.DataFrame) -> list[pl.DataFrame]:
        titles = self._titles
        quantity, price = titles["lineitem_quantity"], titles["lineitem_price"]
        errors = [
            *quantity_errors(rows, "lineitem_quantity", quantity, "quantity_value"),
            *length_errors(rows, titles, _LIMITS),
            row_errors(
                rows,
                pl.col("quantity_value") < 0,
                column=quantity,
                value="lineitem_quantity",
                code="negative_quantity",
                advice="an order line cannot be below zero: send the export as Shopify made it",
            ),
            row_errors(
                rows,
                is_blank("lineitem_price"),
                column=price,
                value="lineitem_price",
                code="missing_price",
                advice="the line's price is needed",
            ),
            row_errors(
                rows,
                is_blank("lineitem_sku") & is_blank("lineitem_name"),
                column=titles["lineitem_name"],
                value="lineitem_name",
                code="missing_sku",
                advice="say what was sold",
            ),
        ]
        for role in self._amounts:
            errors += amount_errors(rows, role, titles[role], f"{role}_value")
        return errors

    def _order_errors(self, rows: pl.DataFrame) -> list[pl.DataFrame]:
        titles, currency = self._titles, self._context.currency_code
        first = rows.filter("is_first")
        written = pl.col("currency").str.strip_chars().str.to_uppercase()
        return [
            *date_errors(first, "created_at", titles["created_at"], self._context.today),
            *self._runs.errors(rows, titles["name"]),
            row_errors(
                rows,
                pl.col("name") == "",
                column=titles["name"],
                value="name",
                code="missing_order_name",
                advice="the order's name is needed",
            ),
            row_errors(
                first,
                is_blank("currency") & (pl.col("name") != ""),
                column=titles["name"],
                value="name",
                code="orphan_line",
                advice="the order's first row, with its currency and totals, is not above this one",
            ),
            row_errors(
                first,
                ~is_blank("currency") & (written != currency),
                column=titles["currency"],
                value="currency",
                code="foreign_currency",
                advice=f"this account sells in {currency}: send orders in that currency",
            ),
        ]

    def _events(self, rows: pl.DataFrame) -> pl.DataFrame:
        exponent = self._context.money_exponent
        quantity = pl.col("quantity_value")
        status = pl.col("order_financial_status").str.strip_chars().str.to_lowercase()
        lines = rows.with_columns(
            unit_price_minor=to_minor(pl.col("lineitem_price_value"), exponent),
            own_minor=to_minor(pl.col("lineitem_discount_value"), exponent).fill_null(0),
            order_discount_minor=to_minor(
                pl.col("order_discount_amount_value"), exponent
            ).fill_null(0),
            ordinal=pl.int_range(1, pl.len() + 1).over("order").cast(pl.String),
            is_cancelled=~is_blank("order_cancelled_at") | (status == "voided"),
        ).with_columns(gross_minor=times_quantity(pl.col("unit_price_minor"), quantity))
        lines = lines.with_columns(discount_minor=share_discount(lines))
        is_refunded = (pl.col("order_refunded_amount_value") > 0).fill_null(value=False)
        ordered = lines.with_columns(
            order_key=pl.col("name"),
            event_key=pl.col("ordinal"),
            kind=pl.lit("order"),
            business_date=pl.col("business_date").first().over("order"),
            occurred_at=pl.col("occurred_at").first().over("order"),
            product_key=pl.coalesce(
                text_or_null("lineitem_sku"),
                pl.concat_str(pl.lit("title:"), text_or_null("lineitem_name")),
            ),
            sku=text_or_null("lineitem_sku"),
            product_title=text_or_null("lineitem_name"),
            location_key=text_or_null("order_location").fill_null(ONLINE),
            channel=text_or_null("order_source"),
            quantity=quantity,
            net_minor=pl.col("gross_minor") - pl.col("discount_minor"),
            is_refund_unresolved=is_refunded & ~pl.col("is_cancelled"),
        )
        cancelled = ordered.filter("is_cancelled").with_columns(
            -pl.col("quantity", "gross_minor", "discount_minor", "net_minor"),
            event_key=pl.concat_str("ordinal", pl.lit("c")),
            kind=pl.lit("cancellation"),
        )
        return to_events(pl.concat([ordered, cancelled]))
