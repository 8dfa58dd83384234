"""Figures show what they were given."""

from __future__ import annotations

import numpy as np
import polars as pl

from ml.plots import calibration_chart, fan_chart
from tests.sales_frames import day, series


def _forecasts() -> pl.DataFrame:
    values = {"y": [3.0, 4.0], "y_hat": [3.0, 3.0], "q0.1": [1.0, 1.0], "q0.9": [3.5, 6.0]}
    return pl.DataFrame({"ds": [day(0), day(1)], **values})


def test_a_fan_draws_only_the_bands_it_has() -> None:
    figure = fan_chart(series("a", [3.0, 4.0]), _forecasts(), (0.1, 0.9))

    assert [band.get_label() for band in figure.axes[0].collections] == ["80 %"]


def test_calibration_plots_the_share_at_or_below_each_quantile() -> None:
    figure = calibration_chart(_forecasts(), (0.1, 0.9))

    assert np.asarray(figure.axes[0].lines[1].get_ydata()).tolist() == [0.0, 1.0]
