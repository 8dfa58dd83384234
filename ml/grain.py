"""The calendar grain: what one period is, and how far back a season, a quarter and a year lie.

Belongs here: the numbers that differ between daily, weekly and monthly sales, and the arithmetic
between calendar days and period numbers. Stays out: everything computed from sales. Other modules
count in periods and read their window lengths here.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

import polars as pl

from ml.errors import InvalidFrame

Freq = Literal["D", "W", "M"]
FREQS: tuple[Freq, ...] = get_args(Freq)
EPOCH = date(1970, 1, 1)
WEEK_DAYS = 7
MONTHS = 12


@dataclass(frozen=True)
class Grain:
    """Window lengths of one grain, in periods.

    Attributes:
        freq: "D", "W" or "M".
        unit: What sentences call one period, plural.
        season: Length of the rhythm that repeats: a week of days, a year of weeks or months.
        year: One year, a whole number of seasons.
        year_halo: Periods averaged on either side of the same period a year ago.
        short: A recent level.
        medium: A level three times as long.
        long: About half a year.
        means: Windows whose means become features.
        season_counts: Numbers of past seasons whose means by position become features.
        rhythm_seasons: Seasons behind the rhythm of groups and fallbacks; at least the second.
        flag_seasons: Past seasons whose majority fills an unknown flag.
        n_lags: Latest single periods that become features.
        stride: Distance of training origins; for days not a multiple of 7, so that a step is seen
            on every weekday and a daily refresh needs no retraining.
        min_age: Age from which a series contributes training rows.
        new_below: A series younger than this is `new`.
        new_below_sales: A series with fewer periods of sales than this is `new`.
        dead_after: A series without a sale for this long is `dead`.
    """

    freq: Freq
    unit: str
    season: int
    year: int
    year_halo: int
    short: int
    medium: int
    long: int
    means: tuple[int, ...]
    season_counts: tuple[int, ...]
    rhythm_seasons: tuple[int, int]
    flag_seasons: int
    n_lags: int
    stride: int
    min_age: int
    new_below: int
    new_below_sales: int
    dead_after: int

    @property
    def pad(self) -> int:
        """Unknown periods kept before the first observation, so past seasons stay in range."""
        return self.season * self.flag_seasons


DAILY = Grain(
    freq="D",
    unit="days",
    season=7,
    year=364,
    year_halo=3,
    short=28,
    medium=91,
    long=182,
    means=(7, 14, 28, 56, 91, 182, 364),
    season_counts=(1, 4, 8, 13, 26),
    rhythm_seasons=(8, 3),
    flag_seasons=8,
    n_lags=7,
    stride=5,
    min_age=28,
    new_below=56,
    new_below_sales=10,
    dead_after=182,
)
WEEKLY = Grain(
    freq="W",
    unit="weeks",
    season=52,
    year=52,
    year_halo=1,
    short=4,
    medium=13,
    long=26,
    means=(2, 4, 8, 13, 26, 52),
    season_counts=(1, 2, 3),
    rhythm_seasons=(3, 2),
    flag_seasons=1,
    n_lags=4,
    stride=1,
    min_age=8,
    new_below=8,
    new_below_sales=4,
    dead_after=26,
)
MONTHLY = Grain(
    freq="M",
    unit="months",
    season=12,
    year=12,
    year_halo=0,
    short=2,
    medium=4,
    long=6,
    means=(2, 3, 6, 12, 24),
    season_counts=(1, 2, 3),
    rhythm_seasons=(3, 2),
    flag_seasons=1,
    n_lags=3,
    stride=1,
    min_age=4,
    new_below=4,
    new_below_sales=3,
    dead_after=9,
)
GRAINS: dict[Freq, Grain] = {grain.freq: grain for grain in (DAILY, WEEKLY, MONTHLY)}


@dataclass(frozen=True)
class Periods:
    """Numbers of consecutive periods and the days that name them.

    Attributes:
        freq: "D", "W" or "M".
        anchor: Days from the epoch's weekday (Thursday) to the one that names weeks, 0..6.
    """

    freq: Freq
    anchor: int = 0

    def number(self, day: date) -> int:
        """Return the number of the latest period named by this or an earlier day."""
        if self.freq == "M":
            return day.year * MONTHS + day.month - 1
        days = (day - EPOCH).days
        return (days - self.anchor) // WEEK_DAYS if self.freq == "W" else days

    def day(self, number: int) -> date:
        """Return the day that names a period: itself, the anchored weekday, the month's first."""
        if self.freq == "M":
            return date(number // MONTHS, number % MONTHS + 1, 1)
        days = number * WEEK_DAYS + self.anchor if self.freq == "W" else number
        return EPOCH + timedelta(days=days)

    def numbers(self, days: pl.Series, frame: str) -> pl.Series:
        """Return the period number of every day.

        Args:
            days: Date, no nulls.
            frame: What the error calls the frame.

        Returns:
            Int64, in the order of `days`.

        Raises:
            InvalidFrame: A day lies inside a period instead of naming one.
        """
        unique = days.unique().sort().to_list()
        strays = [day for day in unique if self.day(self.number(day)) != day]
        if strays:
            raise InvalidFrame(
                f"{frame} has ds {strays[0]} ({strays[0]:%A}), which names no {_NAMED[self.freq]} "
                "like the rest; sum sales to one row per period or declare another freq"
            )
        numbers = [self.number(day) for day in unique]
        return days.replace_strict(unique, numbers, return_dtype=pl.Int64)


_NAMED = {"D": "day", "W": "week", "M": "month"}


def periods_of(freq: Freq, first_day: date) -> Periods:
    """Return the numbering in which `first_day` names a period; weeks may begin on any weekday."""
    return Periods(freq, anchor=(first_day - EPOCH).days % WEEK_DAYS if freq == "W" else 0)


def detect_freq(days: pl.Series) -> Freq:
    """Return the coarsest grain whose periods all the days name.

    Args:
        days: Date, at least one; repeated days are welcome.

    Returns:
        "M" if all are firsts of a month, "W" if all share a weekday, else "D"; "D" too for a
        single day, which tells nothing.
    """
    unique = days.unique().drop_nulls()
    if unique.len() < 2:
        return "D"
    if (unique.dt.day() == 1).all():
        return "M"
    return "W" if unique.dt.weekday().n_unique() == 1 else "D"
