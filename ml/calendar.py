"""Calendar facts of the day that names a period.

Belongs here: numbers derived from the date alone. Stays out: holidays and events, which arrive
as declared future covariates.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np

from ml.panel import FloatArray

CALENDAR_NAMES = ("weekday", "day_of_month", "week_of_year", "month", "week_of_month")


def calendar_features(days: Sequence[date]) -> dict[str, FloatArray]:
    """Return calendar numbers of days.

    Args:
        days: Any days; a grain on which a number never varies is served by it all the same.

    Returns:
        Name to float array of shape (len(days),); weekday 0 = Monday, weeks are ISO weeks.
    """
    columns = (
        [day.weekday() for day in days],
        [day.day for day in days],
        [day.isocalendar().week for day in days],
        [day.month for day in days],
        [(day.day - 1) // 7 for day in days],
    )
    return {
        name: np.array(values, dtype=np.float32)
        for name, values in zip(CALENDAR_NAMES, columns, strict=True)
    }
