"""Accuracy as a sentence that a merchant understands.

What belongs here: words for figures. What stays out: the figures' arithmetic and reading.
"""

from __future__ import annotations

from collections.abc import Sequence

from forecast_api.accuracy.schemas import AccuracyFigures

NOTHING_MEASURED = "Not measured yet: accuracy appears once forecasts can be compared with sales."


def accuracy_words(figures: Sequence[AccuracyFigures]) -> str:
    """Return the first figures, which are the best evidence, as a sentence or two."""
    if not figures:
        return NOTHING_MEASURED
    best = figures[0]
    sentences = [_error_sentence(best)]
    if best.coverage_80_pct is not None:
        sentences.append(f"80 % bands held {best.coverage_80_pct:.0f} % of days.")
    return " ".join(sentences)


def _error_sentence(figures: AccuracyFigures) -> str:
    days = "day" if figures.n_days == 1 else f"{figures.n_days} days"
    period = f"{figures.from_date:%-d %b %Y} to {figures.to_date:%-d %b %Y}"
    if figures.evidence == "served":
        opening = f"Over the last {days} ({period}), published forecasts were"
    else:
        opening = f"Tested on {days} it had not seen ({period}), the forecast was"
    if figures.wape_pct is None:
        return f"{opening} not comparable in percent, because nothing was sold."
    sentence = f"{opening} off by {figures.wape_pct:.0f} % of the units sold"
    if figures.seasonal_naive_wape_pct is not None:
        sentence += f" (repeating the week before: {figures.seasonal_naive_wape_pct:.0f} %)"
    return f"{sentence}."
