"""Settings of one training run.

Belongs here: every number a caller may tune, with its unit. Stays out: anything read from the
environment; callers pass an `EngineConfig`.
"""

from dataclasses import dataclass

from ml.grain import FREQS, GRAINS, Freq, Grain

DEFAULT_QUANTILES = (
    0.005, 0.025, 0.05, 0.1, 0.165, 0.25, 0.5, 0.75, 0.835, 0.9, 0.95, 0.975, 0.995,
)  # fmt: skip


@dataclass(frozen=True)
class EngineConfig:
    """How to train and forecast; equal configs and data give equal bytes.

    Attributes:
        horizon: Periods to forecast after the cutoff.
        freq: Calendar grain of `ds`: "D" days, "W" weeks named by any one weekday, "M" months named
            by their first day.
        quantiles: Probabilities in (0, 1), ascending.
        n_windows: Backtest windows wanted; fewer run when history is short.
        seed: Seed of row sampling and of the booster.
        n_threads: Boosters fitted at once; each is single-threaded, so results do not depend on it.
        max_history: Periods before the cutoff that are read.
        max_train_rows: Cap of sampled training rows, which bounds memory.
        rows_per_series: Training rows sampled for each series, on average.
        floor_train_rows: A tenant of few series may use this many rows all the same.
        min_train_rows: Fewer rows than this and every series takes a fallback.
        max_origins: Training origins before the cutoff.
        n_trees: Boosting rounds.
        n_leaves: Leaves of one tree.
        learning_rate: Shrinkage of one tree.
        tweedie_power: Variance power of the loss, in (1, 2).
        max_categories: Static columns with more values than this are not categorical features.
        min_bin_rows: Observations a calibration bin needs.
    """

    horizon: int = 28
    freq: Freq = "D"
    quantiles: tuple[float, ...] = DEFAULT_QUANTILES
    n_windows: int = 3
    seed: int = 20160424
    n_threads: int = 2
    max_history: int = 1_100
    max_train_rows: int = 1_200_000
    rows_per_series: int = 130
    floor_train_rows: int = 100_000
    min_train_rows: int = 1_000
    max_origins: int = 60
    n_trees: int = 150
    n_leaves: int = 63
    learning_rate: float = 0.07
    tweedie_power: float = 1.5
    max_categories: int = 64
    min_bin_rows: int = 300

    def __post_init__(self) -> None:
        """Refuse settings that cannot produce a forecast."""
        ascending = all(a < b for a, b in zip(self.quantiles, self.quantiles[1:], strict=False))
        if not ascending or not all(0.0 < q < 1.0 for q in self.quantiles):
            raise ValueError(f"quantiles {self.quantiles} must ascend within (0, 1)")
        if not 1 <= self.horizon <= 180:
            raise ValueError(f"horizon {self.horizon} must lie in 1..180 periods")
        if self.freq not in FREQS:
            raise ValueError(f"freq {self.freq!r} is unknown; use one of {FREQS}")
        if not 1.0 < self.tweedie_power < 2.0:
            raise ValueError(f"tweedie_power {self.tweedie_power} must lie in (1, 2)")
        if self.n_threads < 1 or self.max_train_rows < 1 or self.n_windows < 0:
            raise ValueError("n_threads and max_train_rows must be >= 1, n_windows >= 0")

    @property
    def grain(self) -> Grain:
        """Window lengths of the grain."""
        return GRAINS[self.freq]

    def train_rows(self, n_series: int) -> int:
        """Return the row budget of a tenant."""
        wanted = max(self.rows_per_series * n_series, self.floor_train_rows)
        return min(wanted, self.max_train_rows)
