"""The M5 data kit and its official score.

Belongs here: loading the M5 files, WRMSSE over its twelve levels, at any origin of the kit.
Stays out: forecasting; scores take a forecast frame.

The data are never part of this project; pass their folder or set ORDERNIMBUS_SHARED_DATA.
Source: "The M5 Competition: Competitors' Guide", MOFC, 2020 (WRMSSE, levels and weights).
"""

import os
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

FIRST_DAY = date(2011, 1, 29)
KIT_DAY = 1913
LEVELS: tuple[tuple[str, ...], ...] = (
    (),
    ("state_id",),
    ("store_id",),
    ("cat_id",),
    ("dept_id",),
    ("state_id", "cat_id"),
    ("state_id", "dept_id"),
    ("store_id", "cat_id"),
    ("store_id", "dept_id"),
    ("item_id",),
    ("item_id", "state_id"),
    ("item_id", "store_id"),
)


def data_folder(given: Path | None) -> Path:
    """Return the folder of the M5 files: the argument, or the shared data folder."""
    shared = Path(os.environ.get("ORDERNIMBUS_SHARED_DATA", "../shared"))
    folder = given if given is not None else shared / "data" / "m5"
    if not (folder / "m5_wrmsse_kit.parquet").exists():
        raise FileNotFoundError(f"{folder} holds no m5_wrmsse_kit.parquet; pass the M5 folder")
    return folder


def day(number: int) -> date:
    """Return the calendar day of M5's d_<number>."""
    return FIRST_DAY + timedelta(days=number - 1)
