"""Exact money: integers in the currency's minor unit, rounded half away from zero.

Belongs here: turning exact decimals into minor units and multiplying them by quantities.
Stays out: how a file writes amounts (numbers.py) and how a discount is shared (formats/).
"""

from __future__ import annotations

import polars as pl

MAX_MAJOR = 1_000_000_000
MAX_QUANTITY = 10_000_000
_MICROS = 1_000_000
_QUANTITY_PARTS = 10_000


def to_minor(amount: pl.Expr, exponent: int) -> pl.Expr:
    """Return amounts in minor units (Int64).

    Args:
        amount: `numbers.DECIMAL` in major units, at most `MAX_MAJOR` in size.
        exponent: Decimals of the minor unit.
    """
    micros = (amount * _MICROS).cast(pl.Int64, strict=False)
    return _divided(micros, 10 ** (6 - exponent)).cast(pl.Int64)


def times_quantity(unit_minor: pl.Expr, quantity: pl.Expr) -> pl.Expr:
    """Return the minor units (Int64) of `quantity` units at `unit_minor` each.

    Args:
        unit_minor: Int64.
        quantity: `numbers.DECIMAL` with at most 4 decimals, at most `MAX_QUANTITY` in size.
    """
    parts = (quantity * _QUANTITY_PARTS).cast(pl.Int64, strict=False)
    product = unit_minor.cast(pl.Int128) * parts.cast(pl.Int128)
    return _divided(product, _QUANTITY_PARTS).cast(pl.Int64, strict=False)


def has_too_many_decimals(quantity: pl.Expr) -> pl.Expr:
    """Return where a `numbers.DECIMAL` needs more than 4 decimals."""
    micros = (quantity * _MICROS).cast(pl.Int128, strict=False)
    return micros % (_MICROS // _QUANTITY_PARTS) != 0


def _divided(number: pl.Expr, divisor: int) -> pl.Expr:
    return number.sign() * ((number.abs() + divisor // 2) // divisor)
