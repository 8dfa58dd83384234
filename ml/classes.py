"""Demand classes: how a series sells decides how it is forecast.

Belongs here: the classification rules. Stays out: the forecasts each class receives.

Source: A. Syntetos, J. Boylan, "On the categorization of demand patterns", JORS 56, 2005
(ADI 1.32, CV2 0.49); `new` and `dead` come before those four.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from ml.features import FeatureSource

SMOOTH: Final = "smooth"
ERRATIC: Final = "erratic"
INTERMITTENT: Final = "intermittent"
LUMPY: Final = "lumpy"
NEW: Final = "new"
DEAD: Final = "dead"
CLASSES = (SMOOTH, ERRATIC, INTERMITTENT, LUMPY, NEW, DEAD)

ADI_LIMIT = 1.32
CV2_LIMIT = 0.49

TextArray = npt.NDArray[np.str_]


def classify(source: FeatureSource, column: int) -> TextArray:
    """Return the demand class of every series as seen at an origin.

    Args:
        source: The panel and its running sums.
        column: Origin; no `y` after it is read.

    Returns:
        Shape (n_series,), one of `CLASSES`. Periods of unknown demand count neither as sales
        nor as periods without one, so a stock-out does not make a product dead.
    """
    totals, panel, grain = source.totals, source.panel, source.panel.grain
    age = column + 1 - panel.first
    share = np.nan_to_num(totals.sale_share(column, grain.year))
    n_sales = share * totals.known_periods(column, grain.year)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = totals.mean(column, grain.year) / share
        square = totals.mean_square(column, grain.year) / share
        variation = np.nan_to_num(square / size**2 - 1.0)
        interval = np.where(share > 0, 1.0 / share, np.inf)
    rare, uneven = interval >= ADI_LIMIT, variation >= CV2_LIMIT
    found = np.where(rare, np.where(uneven, LUMPY, INTERMITTENT), np.where(uneven, ERRATIC, SMOOTH))
    found = np.where((age < grain.new_below) | (n_sales < grain.new_below_sales), NEW, found)
    return np.where(_is_dead(source, column), DEAD, found)


def _is_dead(source: FeatureSource, column: int) -> npt.NDArray[np.bool_]:
    """True where the last `dead_after` known periods hold no sale."""
    known = source.totals.known
    since = np.where(
        source.totals.last_sale[:, column] < 0, 0, source.totals.last_sale[:, column] + 1
    )
    quiet = known[:, column + 1] - np.take_along_axis(known, since[:, None], axis=1)[:, 0]
    truncated = (column + 1 > source.panel.first) & (quiet >= source.panel.grain.dead_after)
    return np.asarray(truncated, dtype=np.bool_)
