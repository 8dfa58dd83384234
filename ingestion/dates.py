"""Dates as people write them, read the same way down a whole column or not at all.

`03/04/2026` is read only when some other value of the column shows which part is the day.
Belongs here: that decision, times and offsets, and the business day they fall on.
Stays out: which dates are plausible for a sale (formats/).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from ingestion.contract import ROW_NUMBER
from ordernimbus.errors import UnreadableFile

_TIME = (
    r"(?:[T\s,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"\s*(?P<half>[AaPp])?(?:\.?[Mm]\.?)?)?"
    r"\s*(?P<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2})?$"
)
_YEAR_FIRST = rf"^(?P<year>\d{{4}})(?:[-/.](?P<a>\d{{1,2}})[-/.](?P<b>\d{{1,2}})){_TIME}"
_COMPACT = rf"^(?P<year>\d{{4}})(?P<a>\d{{2}})(?P<b>\d{{2}}){_TIME}"
_YEAR_LAST = rf"^(?P<a>\d{{1,2}})[-/.](?P<b>\d{{1,2}})[-/.](?P<year>\d{{4}}){_TIME}"
_DAY_NAME_YEAR = (
    rf"^(?P<b>\d{{1,2}})[-\s](?P<a>[A-Za-z]{{3}})[a-z]*\.?[-\s,]+(?P<year>\d{{4}}){_TIME}"
)
_NAME_DAY_YEAR = rf"^(?P<a>[A-Za-z]{{3}})[a-z]*\.?\s(?P<b>\d{{1,2}}),?\s(?P<year>\d{{4}}){_TIME}"
_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {name: f"{number:02d}" for number, name in enumerate(_MONTH_NAMES.split(), start=1)}


@dataclass
class DateColumn:
    """How one column of a file writes dates.

    Attributes:
        role: Name of the column in raw frames.
        title: Name of the column in the file.
        time_zone: IANA zone of the business days, and of times without an offset.
        is_day_first: Whether `03/04/2026` is 3 April, once settled.
    """

    role: str
    title: str
    time_zone: str
    is_day_first: bool = False
    _seen: dict[str, str] = field(default_factory=dict)

    def inspect(self, frame: pl.DataFrame) -> None:
        """Note which ways of writing occur in this batch of raw cells."""
        values = (
            frame.select(ROW_NUMBER, text=pl.col(self.role).str.strip_chars())
            .unique("text", keep="first", maintain_order=True)
            .with_columns(parts=pl.col("text").str.extract_groups(_YEAR_LAST))
        )
        first = pl.col("parts").struct.field("a").cast(pl.Int64)
        second = pl.col("parts").struct.field("b").cast(pl.Int64)
        kinds = {
            "day_first": first.is_between(13, 31) & second.is_between(1, 12),
            "month_first": first.is_between(1, 12) & second.is_between(13, 31),
            "unclear": first.is_between(1, 12) & second.is_between(1, 12) & (first != second),
        }
        for kind, condition in kinds.items():
            if kind not in self._seen:
                found = values.filter(condition).head(1)
                if not found.is_empty():
                    self._seen[kind] = f"'{found['text'][0][:40]}' in line {found[ROW_NUMBER][0]}"

    def settle(self) -> None:
        """Decide whether the day or the month comes first.

        Raises:
            UnreadableFile: Both do, or nothing tells which (`ambiguous_dates`).
        """
        day, month = self._seen.get("day_first"), self._seen.get("month_first")
        advice = "write dates as year-month-day, for example 2026-03-31"
        if day is not None and month is not None:
            message = (
                f"column {self.title!r} has the day first in {day} but the month first in {month}: "
                f"{advice}"
            )
            raise UnreadableFile("ambiguous_dates", message)
        if day is None and month is None and (unclear := self._seen.get("unclear")) is not None:
            message = (
                f"column {self.title!r}: {unclear} may have the day or the month first, and no "
                f"value of the column is above 12 to tell which: {advice}"
            )
            raise UnreadableFile("ambiguous_dates", message)
        self.is_day_first = day is not None

    def values(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the business day and the moment in each raw cell.

        Args:
            frame: A raw frame with the column `role`.

        Returns:
            In the frame's order, `business_date` (Date, null where the cell holds no date) and
            `occurred_at` (UTC, null where the cell holds no time of day, or one that the zone's
            clocks skipped).
        """
        text = frame.select(text=pl.col(self.role).str.strip_chars())
        read = self._read(text.unique())
        joined = text.join(read, on="text", how="left", maintain_order="left")
        return joined.select("business_date", "occurred_at")

    def _read(self, distinct: pl.DataFrame) -> pl.DataFrame:
        fields = ("year", "a", "b", "hour", "minute", "second", "half", "offset")
        ways = (_YEAR_FIRST, _COMPACT, _YEAR_LAST, _DAY_NAME_YEAR, _NAME_DAY_YEAR)
        matches = [pl.col("text").str.extract_groups(way).struct for way in ways]
        parts = distinct.with_columns(
            *(pl.coalesce(match.field(name) for match in matches).alias(name) for name in fields),
            is_year_last=matches[2].field("year").is_not_null(),
        )
        is_swapped = pl.col("is_year_last") & pl.lit(self.is_day_first)
        month = pl.when(is_swapped).then("b").otherwise("a").str.to_lowercase()
        day = pl.when(is_swapped).then("a").otherwise("b")
        parts = parts.with_columns(
            date_text=pl.concat_str(
                "year",
                month.replace(_MONTHS).str.zfill(2),
                day.str.zfill(2),
                separator="-",
            ),
            hour=self._hour(),
            offset_minutes=_offset_minutes(),
        )
        clock = pl.concat_str(
            pl.col("date_text"),
            pl.lit(" "),
            pl.col("hour").cast(pl.String).str.zfill(2),
            pl.lit(":"),
            pl.col("minute"),
            pl.lit(":"),
            pl.col("second").fill_null("00"),
        ).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
        moments = parts.select(
            "text",
            "hour",
            "offset_minutes",
            day=pl.col("date_text").str.to_date("%Y-%m-%d", strict=False),
            clock=clock,
        ).with_columns(
            local=pl.col("clock")
            .dt.replace_time_zone(self.time_zone, ambiguous="earliest", non_existent="null")
            .dt.convert_time_zone("UTC"),
            exact=(pl.col("clock") - pl.duration(minutes="offset_minutes")).dt.replace_time_zone(
                "UTC"
            ),
        )
        has_time = pl.col("hour").is_not_null()
        has_offset = pl.col("offset_minutes").is_not_null()
        return moments.select(
            "text",
            business_date=pl.when(has_time & has_offset)
            .then(pl.col("exact").dt.convert_time_zone(self.time_zone).dt.date())
            .when(has_time & pl.col("clock").is_null())
            .then(None)
            .otherwise("day"),
            occurred_at=pl.when(has_offset).then("exact").otherwise("local"),
        )

    @staticmethod
    def _hour() -> pl.Expr:
        hour, half = pl.col("hour").cast(pl.Int64), pl.col("half").str.to_lowercase()
        is_twelve_hour = half.is_not_null() & hour.is_between(1, 12)
        return (
            pl.when(half.is_null())
            .then(hour)
            .when(is_twelve_hour)
            .then(hour % 12 + pl.when(half == "p").then(12).otherwise(0))
            .otherwise(99)
        )


def _offset_minutes() -> pl.Expr:
    offset = pl.col("offset")
    digits = offset.str.replace_all("[^0-9]", "")
    minutes = digits.str.slice(0, 2).cast(pl.Int64, strict=False) * 60 + digits.str.slice(
        2, 2
    ).cast(pl.Int64, strict=False)
    signed = pl.when(offset.str.starts_with("-")).then(-minutes).otherwise(minutes)
    return pl.when(offset.is_in(["Z", "UTC", "GMT"])).then(0).otherwise(signed)
