"""What any sales row must satisfy, whatever its format.

Belongs here: plausible dates, amounts and texts, each as row errors with a code.
Stays out: rules of one format, and how columns are written (dates.py, numbers.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from ingestion.contract import EVENT_SCHEMA, N_CELLS, row_errors
from ingestion.money import MAX_MAJOR, MAX_QUANTITY, has_too_many_decimals

FIRST_PLAUSIBLE_DATE = date(1990, 1, 1)
# Keys of the longest allowed product and location still fit one index entry of the database.
MAX_KEY_CHARACTERS = 200
MAX_TITLE_CHARACTERS = 300
MAX_TEXT_CHARACTERS = 500
MAX_STOCK = 1_000_000_000


def is_blank(column: str) -> pl.Expr:
    """Return where the raw cell holds nothing but white space."""
    return pl.col(column).str.strip_chars() == ""


def text_or_null(column: str) -> pl.Expr:
    """Return the raw cell trimmed and on one line, null where it is blank."""
    text = pl.col(column).str.strip_chars().str.replace_all(r"[\r\n\t\v\f]+", " ")
    return pl.when(text != "").then(text)


def shape_errors(frame: pl.DataFrame, n_columns: int) -> pl.DataFrame:
    """Return an error for each record whose cells do not fit the header."""
    cells = frame.with_columns(cells=pl.col(N_CELLS).cast(pl.String))
    return pl.concat(
        row_errors(
            cells,
            condition,
            column=None,
            value="cells",
            code=code,
            advice=f"the row has {word} cells than the header has columns ({n_columns}): {advice}",
        )
        for condition, code, word, advice in (
            (pl.col(N_CELLS) < n_columns, "short_row", "fewer", "fill in the missing cells"),
            (
                pl.col(N_CELLS) >= n_columns,
                "long_row",
                "more",
                "put cells that contain the separator in quotes",
            ),
        )
    )


def date_errors(frame: pl.DataFrame, role: str, title: str, today: date) -> list[pl.DataFrame]:
    """Return errors of the raw cell `role`, read as the column `business_date`."""
    day = pl.col("business_date")
    checks = (
        (is_blank(role), "missing_date", "a date is needed, for example 2026-03-31"),
        (
            ~is_blank(role) & day.is_null(),
            "bad_date",
            "this is no date: write year-month-day with four digits of the year, as 2026-03-31",
        ),
        (
            day < FIRST_PLAUSIBLE_DATE,
            "date_too_early",
            f"sales before {FIRST_PLAUSIBLE_DATE} are not taken: correct the year",
        ),
        (day > today, "future_date", f"the date is after today ({today}): correct it"),
    )
    return _checked(frame, checks, role, title)


def quantity_errors(frame: pl.DataFrame, role: str, title: str, number: str) -> list[pl.DataFrame]:
    """Return errors of the raw cell `role`, read as the column `number`."""
    value = pl.col(number)
    checks = (
        (is_blank(role), "missing_quantity", "a number of units is needed; write 0 for none"),
        (~is_blank(role) & value.is_null(), "bad_number", "this is no number: write it as 1234.5"),
        (
            value.abs() > MAX_QUANTITY,
            "absurd_quantity",
            f"more than {MAX_QUANTITY:,} units in one row is not plausible: correct it",
        ),
        (
            (value.abs() <= MAX_QUANTITY) & has_too_many_decimals(value),
            "too_many_decimals",
            "units have at most 4 decimals: round the quantity",
        ),
    )
    return _checked(frame, checks, role, title)


def amount_errors(frame: pl.DataFrame, role: str, title: str, number: str) -> list[pl.DataFrame]:
    """Return errors of an optional amount of money, read as the column `number`."""
    value = pl.col(number)
    checks = (
        (
            ~is_blank(role) & value.is_null(),
            "bad_number",
            "this is no amount in your currency: write it as 1234.50",
        ),
        (value < 0, "negative_price", "an amount cannot be below zero: correct it"),
        (
            value > MAX_MAJOR,
            "absurd_price",
            f"more than {MAX_MAJOR:,} is not plausible: correct it",
        ),
    )
    return _checked(frame, checks, role, title)


def stock_errors(frame: pl.DataFrame, role: str, title: str, number: str) -> list[pl.DataFrame]:
    """Return errors of an optional stock level, read as the column `number`."""
    value = pl.col(number)
    checks = (
        (~is_blank(role) & value.is_null(), "bad_number", "this is no number: write it as 1234.5"),
        (
            value.abs() > MAX_STOCK,
            "absurd_stock",
            f"more than {MAX_STOCK:,} units in stock is not plausible: correct it",
        ),
    )
    return _checked(frame, checks, role, title)


def length_errors(
    frame: pl.DataFrame, titles: Mapping[str, str], limits: Mapping[str, int]
) -> list[pl.DataFrame]:
    """Return errors of texts longer than their limit (characters), by role."""
    return [
        error
        for role, limit in limits.items()
        if role in titles
        for error in _checked(
            frame,
            (
                (
                    pl.col(role).str.strip_chars().str.len_chars() > limit,
                    "text_too_long",
                    f"at most {limit} characters are taken: shorten it",
                ),
            ),
            role,
            titles[role],
        )
    ]


def to_events(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `rows` in the shape of `EVENT_SCHEMA`; columns that are not there become null."""
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in EVENT_SCHEMA.items()
    )


def _checked(
    frame: pl.DataFrame, checks: tuple[tuple[pl.Expr, str, str], ...], role: str, title: str
) -> list[pl.DataFrame]:
    return [
        row_errors(frame, wrong, column=title, value=role, code=code, advice=advice)
        for wrong, code, advice in checks
    ]
