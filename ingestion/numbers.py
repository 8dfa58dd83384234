"""Numbers as people write them, read the same way down a whole column or not at all.

`1,234` may be one thousand two hundred thirty-four or a little more than one. A column is read
only when its values, or those of the file's other number columns (one program wrote them all),
settle which mark stands before the decimals.
Belongs here: that decision, and exact decimal values. Stays out: what a number counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from ingestion.contract import ROW_NUMBER
from ordernimbus.errors import UnreadableFile

DECIMAL = pl.Decimal(38, 6)
_SPACES = r"\s\u00a0\u2007\u2009\u202f'\u2019"
_GAP = r"[\s\u00a0\u202f]*"


def _clear(mark: str, other: str) -> str:
    """Return a pattern of the bodies in which `mark` can only stand before the decimals."""
    mark, other = re.escape(mark), re.escape(other)
    return "|".join(
        (
            rf"^\d{{1,3}}(?:[{other}{_SPACES}]\d{{2,3}})+{mark}\d+$",  # 1,234.5 and 1 234.567
            rf"^\d{{1,3}}(?:{other}\d{{2,3}})+{other}\d{{3}}$",  # 1,234,567
            rf"^\d*{mark}(?:\d{{1,2}}|\d{{4,}})$",  # 12.5
            rf"^(?:\d{{4,}}|0\d*)?{mark}\d{{3}}$",  # 1234.567, 0.125, .125
        )
    )


_UNCLEAR = r"^[1-9]\d{0,2}[.,]\d{3}$"
_WELL_GROUPED = (
    r"^(?:\d{1,15}|\d{1,3}(?:_\d{3}){1,4}|\d{1,2}(?:_\d{2}){1,5}_\d{3})?(?:\.\d{0,40})?$"
)


@dataclass(frozen=True)
class _Sighting:
    row_number: int
    value: str

    def __str__(self) -> str:
        return f"'{self.value[:40]}' in line {self.row_number}"


@dataclass
class NumberColumn:
    """How one column of a file writes numbers.

    Attributes:
        role: Name of the column in raw frames.
        title: Name of the column in the file.
        marks: Currency codes and symbols that may stand beside a number.
        decimal_mark: What stands before the decimals, once settled.
    """

    role: str
    title: str
    marks: tuple[str, ...] = ()
    decimal_mark: str = "."
    _seen: dict[str, _Sighting] = field(default_factory=dict)

    def inspect(self, frame: pl.DataFrame) -> None:
        """Note which ways of writing occur in this batch of raw cells."""
        values = frame.select(ROW_NUMBER, text=pl.col(self.role).str.strip_chars())
        odd = values.filter(~pl.col("text").str.contains(r"^\d{0,15}$"))
        odd = odd.unique("text", keep="first", maintain_order=True)
        bodies = odd.with_columns(body=self._parts("text").struct.field("body"))
        for kind, pattern in ((".", _clear(".", ",")), (",", _clear(",", ".")), ("?", _UNCLEAR)):
            if kind not in self._seen:
                found = bodies.filter(pl.col("body").str.contains(pattern)).head(1)
                if not found.is_empty():
                    self._seen[kind] = _Sighting(found[ROW_NUMBER][0], found["text"][0])

    def evidence(self) -> str | None:
        """Return the decimal mark that this column's own values prove, if any does.

        Raises:
            UnreadableFile: They prove both (`ambiguous_numbers`).
        """
        if "." in self._seen and "," in self._seen:
            message = (
                f"column {self.title!r} has numbers with a decimal point ({self._seen['.']}) and "
                f"with a decimal comma ({self._seen[',']}): write all of them the same way"
            )
            raise UnreadableFile("ambiguous_numbers", message)
        return next((mark for mark in (".", ",") if mark in self._seen), None)

    def settle(self, marks_of_file: set[str]) -> None:
        """Decide the decimal mark, from the column's own values or else the file's others.

        Raises:
            UnreadableFile: Values can be read in two ways (`ambiguous_numbers`).
        """
        own = self.evidence()
        if own is None and "?" in self._seen and len(marks_of_file) != 1:
            message = (
                f"column {self.title!r}: {self._seen['?']} may have a thousands separator or a "
                "decimal mark, and nothing in the file tells which: "
                "write numbers without thousands separators, with two decimals where there are any"
            )
            raise UnreadableFile("ambiguous_numbers", message)
        self.decimal_mark = own or (next(iter(marks_of_file)) if len(marks_of_file) == 1 else ".")

    def values(self, frame: pl.DataFrame) -> pl.Series:
        """Return the exact number in each raw cell, null where the cell holds none.

        Args:
            frame: A raw frame with the column `role`.

        Returns:
            `DECIMAL`, in the frame's order; decimals beyond the sixth are rounded.
        """
        text = frame.get_column(self.role).str.strip_chars()
        simple = r"^-?\d{1,15}(?:\.\d{1,40})?$" if self.decimal_mark == "." else r"^-?\d{1,15}$"
        is_simple = text.str.contains(simple)
        if is_simple.all():
            return text.cast(DECIMAL, strict=False)
        adorned = (
            pl.DataFrame({"text": text.filter(~is_simple).unique()})
            .with_columns(parts=self._parts("text"))
            .with_columns(plain=self._plain("parts"))
            .select("text", value=pl.col("plain").cast(DECIMAL, strict=False))
        )
        return (
            pl.DataFrame({"text": text, "is_simple": is_simple})
            .with_columns(
                simple=pl.when("is_simple").then("text").cast(DECIMAL, strict=False),
            )
            .join(adorned, on="text", how="left", maintain_order="left")
            .select(pl.coalesce("simple", "value"))
            .to_series()
        )

    def _parts(self, column: str) -> pl.Expr:
        mark = "|".join(re.escape(mark) for mark in self.marks)
        beside = f"(?:{mark})?" if mark else ""
        return pl.col(column).str.extract_groups(
            rf"^(?P<open>\()?{_GAP}(?P<before>[-+\u2212]?){_GAP}{beside}{_GAP}(?P<after>[-+\u2212]?){_GAP}"
            rf"(?P<body>(?:\d[\d.,{_SPACES}]*)?[.,]?\d+[.,]?){_GAP}{beside}{_GAP}"
            r"(?P<behind>[-\u2212]?)(?P<close>\))?$"
        )

    def _plain(self, parts: str) -> pl.Expr:
        """Return the number with a point before the decimals and nothing else, null if none."""
        part = pl.col(parts).struct
        body = part.field("body").str.replace_all(rf"[{_SPACES}]", "_")
        if self.decimal_mark == ".":
            body = body.str.replace_all(",", "_", literal=True)
        else:
            body = body.str.replace_all(".", "_", literal=True).str.replace_all(
                ",", ".", literal=True
            )
        signs = pl.concat_str(part.field("before"), part.field("after"), part.field("behind"))
        is_bracketed = part.field("open").is_not_null()
        is_sound = (
            body.str.contains(_WELL_GROUPED)
            & (signs.str.len_chars() + is_bracketed.cast(pl.UInt32) <= 1)
            & (is_bracketed == part.field("close").is_not_null())
        )
        is_negative = is_bracketed | signs.str.contains(r"[-\u2212]")
        digits = pl.concat_str(pl.lit("0"), body.str.replace_all("_", "", literal=True))
        return pl.when(is_sound).then(
            pl.concat_str(pl.when(is_negative).then(pl.lit("-")).otherwise(pl.lit("")), digits)
        )


def settle_numbers(columns: Sequence[NumberColumn]) -> None:
    """Decide the decimal mark of every number column of one file.

    Raises:
        UnreadableFile: Some column can be read in two ways (`ambiguous_numbers`).
    """
    proven = {mark for column in columns if (mark := column.evidence()) is not None}
    for column in columns:
        column.settle(proven)
