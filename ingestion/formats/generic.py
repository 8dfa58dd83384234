"""The generic sales file: one row per date, product and location, under many column names.

`date, quantity` and `sku` or `product` are needed; `location, price, promotion, stock, category`
may be there. A file without a location column is about one location, `main`.
A newer file replaces what an older one said of the same (date, product, location), whole.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ingestion.contract import (
    N_CELLS,
    ROW_NUMBER,
    TOTALS_ROW,
    ParseContext,
    ParsedBatch,
    all_errors,
    row_errors,
)
from ingestion.currencies import money_marks
from ingestion.dates import DateColumn
from ingestion.formats.generic_columns import (
    ALIASES,
    FALSE_WORDS,
    REQUIRED,
    TOTAL_LABELS,
    TRUE_WORDS,
)
from ingestion.formats.row_rules import (
    MAX_KEY_CHARACTERS,
    MAX_TEXT_CHARACTERS,
    MAX_TITLE_CHARACTERS,
    amount_errors,
    date_errors,
    is_blank,
    length_errors,
    quantity_errors,
    shape_errors,
    stock_errors,
    text_or_null,
    to_events,
)
from ingestion.headers import find_roles, plain_name
from ingestion.money import times_quantity, to_minor
from ingestion.numbers import NumberColumn, settle_numbers

ONLY_LOCATION = "main"
_PRODUCT_COLUMNS = ("sku", "product")
_ROWS_THAT_MAKE_A_TOTAL = 2
_LIMITS = {
    "sku": MAX_KEY_CHARACTERS,
    "product": MAX_TITLE_CHARACTERS,
    "location": MAX_KEY_CHARACTERS,
    "category": MAX_TEXT_CHARACTERS,
}


class GenericFormat:
    """Recognises a header with a date, a quantity and a product column."""

    name = "generic_csv"

    def missing_columns(self, header: Sequence[str]) -> list[str]:
        """Return which of date, quantity, and sku (or product) the header lacks."""
        names = {plain_name(name) for name in header}
        missing = [role for role in REQUIRED if not names & ALIASES[role]]
        if not any(names & ALIASES[role] for role in _PRODUCT_COLUMNS):
            missing.append("sku (or product)")
        return missing

    def open(self, header: Sequence[str], context: ParseContext) -> GenericReader:
        """Return a reader for a file with this header.

        Raises:
            UnreadableFile: Two columns claim one role (`ambiguous_header`).
        """
        return GenericReader(header, context)


class GenericReader:
    """Reads one generic file."""

    keep_together: str | None = None

    def __init__(self, header: Sequence[str], context: ParseContext) -> None:
        self._header = header
        self.columns = find_roles(header, ALIASES)
        self._titles = {role: header[position] for role, position in self.columns.items()}
        self._context = context
        self._date = DateColumn("date", self._titles["date"], context.time_zone)
        self._numbers = {
            role: NumberColumn(role, self._titles[role], marks)
            for role, marks in (
                ("quantity", ()),
                ("price", money_marks(context.currency_code)),
                ("stock", ()),
            )
            if role in self.columns
        }
        self._parts_so_far = 0
        self._n_rows_so_far = 0

    def inspect(self, frame: pl.DataFrame) -> None:
        """Collect evidence of how dates and numbers are written."""
        self._date.inspect(frame)
        for column in self._numbers.values():
            column.inspect(frame)

    def settle(self) -> None:
        """Decide how dates and numbers are written.

        Raises:
            UnreadableFile: `ambiguous_dates` or `ambiguous_numbers`.
        """
        self._date.settle()
        settle_numbers(list(self._numbers.values()))

    def parse(self, frame: pl.DataFrame) -> ParsedBatch:
        """Turn one batch into events and row errors."""
        misshapen = shape_errors(frame, len(self._header))
        rows = self._typed(frame.filter(pl.col(N_CELLS).is_null()))
        totals = self._totals_rows(rows)
        rows = rows.join(totals, on=ROW_NUMBER, how="anti", maintain_order="left")
        errors = all_errors([misshapen, totals, *self._errors(rows)])
        good = rows.join(errors, on=ROW_NUMBER, how="anti", maintain_order="left")
        return ParsedBatch(self._events(good), errors)

    def _typed(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the raw rows with `business_date`, `occurred_at` and `<role>_value` columns."""
        values = {f"{role}_value": column.values(frame) for role, column in self._numbers.items()}
        rows = frame.hstack(self._date.values(frame)).with_columns(**values)
        if "promotion" not in self.columns:
            return rows
        word = pl.col("promotion").str.strip_chars().str.to_lowercase()
        return rows.with_columns(
            is_promotion=pl.when(word.is_in(list(TRUE_WORDS)))
            .then(True)  # noqa: FBT003
            .when(word.is_in(list(FALSE_WORDS)))
            .then(False)  # noqa: FBT003
        )

    def _totals_rows(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return an error for each row that only repeats the sum of the rows above it.

        Such a row has no date, or a word for a total where the date or the product stands, and its
        quantity equals the sum so far. Without that proof it is an ordinary row.
        """
        labels = list(TOTAL_LABELS)
        named = [
            pl.col(role)
            .str.strip_chars(" \t:.")
            .str.to_lowercase()
            .str.replace(" ", "_")
            .is_in(labels)
            for role in ("date", *_PRODUCT_COLUMNS)
            if role in self.columns
        ]
        parts = (pl.col("quantity_value") * 10_000).cast(pl.Int64, strict=False)
        summed = rows.with_columns(
            is_suspect=is_blank("date") | pl.any_horizontal(named), parts=parts
        ).with_columns(
            sum_above=self._parts_so_far
            + pl.when(~pl.col("is_suspect")).then("parts").fill_null(0).cum_sum(),
            n_above=self._n_rows_so_far + (~pl.col("is_suspect")).cum_sum(),
        )
        if not summed.is_empty():
            self._parts_so_far = summed["sum_above"][-1]
            self._n_rows_so_far = summed["n_above"][-1]
        return row_errors(
            summed,
            pl.col("is_suspect")
            & (pl.col("parts") == pl.col("sum_above"))
            & (pl.col("n_above") >= _ROWS_THAT_MAKE_A_TOTAL),
            column=self._titles["quantity"],
            value="quantity",
            code=TOTALS_ROW,
            advice="this row is the total of the rows above it and was left out",
        )

    def _errors(self, rows: pl.DataFrame) -> list[pl.DataFrame]:
        titles = self._titles
        errors = [
            *date_errors(rows, "date", titles["date"], self._context.today),
            *quantity_errors(rows, "quantity", titles["quantity"], "quantity_value"),
            *length_errors(rows, titles, _LIMITS),
            self._missing_product(rows),
        ]
        if "price" in titles:
            errors += amount_errors(rows, "price", titles["price"], "price_value")
        if "stock" in titles:
            errors += stock_errors(rows, "stock", titles["stock"], "stock_value")
        if "location" in titles:
            errors.append(
                row_errors(
                    rows,
                    is_blank("location"),
                    column=titles["location"],
                    value="location",
                    code="missing_location",
                    advice="say where it was sold, or leave the whole column out",
                )
            )
        if "promotion" in titles:
            errors.append(
                row_errors(
                    rows,
                    ~is_blank("promotion") & pl.col("is_promotion").is_null(),
                    column=titles["promotion"],
                    value="promotion",
                    code="bad_promotion",
                    advice="write 1 for a promotion, 0 for none, or leave it blank",
                )
            )
        return errors

    def _missing_product(self, rows: pl.DataFrame) -> pl.DataFrame:
        present = [role for role in _PRODUCT_COLUMNS if role in self.columns]
        return row_errors(
            rows,
            pl.all_horizontal(is_blank(role) for role in present),
            column=self._titles[present[0]],
            value=present[0],
            code="missing_sku",
            advice="say what was sold",
        )

    def _events(self, rows: pl.DataFrame) -> pl.DataFrame:
        def text(role: str) -> pl.Expr:
            return text_or_null(role) if role in self.columns else pl.lit(None, dtype=pl.String)

        quantity = pl.col("quantity_value")
        location = text("location") if "location" in self.columns else pl.lit(ONLY_LOCATION)
        keyed = rows.select(
            pl.all().exclude("sku", "product", "location", "category", "quantity"),
            sku=text("sku"),
            product_title=text("product"),
            category=text("category"),
            location_key=location,
        ).with_columns(
            product_key=pl.coalesce("sku", pl.concat_str(pl.lit("title:"), "product_title")),
            quantity=quantity,
        )
        if "price" in self.columns:
            keyed = keyed.with_columns(
                unit_price_minor=to_minor(pl.col("price_value"), self._context.money_exponent)
            ).with_columns(gross_minor=times_quantity(pl.col("unit_price_minor"), quantity))
            keyed = keyed.with_columns(net_minor=pl.col("gross_minor"))
        if "stock" in self.columns:
            keyed = keyed.with_columns(stock_on_hand=pl.col("stock_value"))
        return to_events(
            keyed.with_columns(
                order_key=pl.concat_str(
                    pl.col("business_date").dt.to_string("%Y-%m-%d"),
                    _escaped("product_key"),
                    _escaped("location_key"),
                    separator="|",
                ),
                event_key=pl.col(ROW_NUMBER).cast(pl.String),
                kind=pl.when(quantity < 0).then(pl.lit("return")).otherwise(pl.lit("order")),
                is_refund_unresolved=pl.lit(value=False),
            )
        )


def _escaped(column: str) -> pl.Expr:
    """Return a key part in which `|` cannot be taken for the separator."""
    return (
        pl.col(column)
        .str.replace_all("\\", "\\\\", literal=True)
        .str.replace_all("|", "\\|", literal=True)
    )
