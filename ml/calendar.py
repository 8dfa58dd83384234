"""Calendar facts of a day.

Belongs here: numbers derived from the date alone. Stays out: holidays and events, which arrive
as declared future covariates.
"""

from datetime import date, timedelta

import numpy as np

from ml.panel import FloatArray

CALENDAR_NAMES = ("weekday", "day_of_month", "week_of_year", "month", "week_of_month")


def calendar_features(first_day: date, n_days: int) -> dict[str, FloatArray]:
    """Return calendar numbers of consecutive days.

    Args:
        first_day: Day of position 0.
        n_days: Number of days.

    Returns:
        Name to float array of shape (n_days,); weekday 0 = Monday, weeks are ISO weeks.
    """
    days = [first_day + timedelta(days=offset) for offset in range(n_days)]
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
