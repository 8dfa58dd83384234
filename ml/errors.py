"""Errors the forecasting room raises.

Belongs here: exception classes a caller can act on. Stays out: HTTP codes, Dagster failures and
retry decisions, which other rooms derive from these classes.

    ForecastingError
    ├── InvalidFrame         a frame breaks its declared schema; fix the caller's data
    ├── InsufficientHistory  nothing can be learned or forecast; wait for more sales
    └── ArtifactCorrupted    stored model bytes do not match their recorded hash
"""


class ForecastingError(Exception):
    """Parent of every error this package raises on purpose."""


class InvalidFrame(ForecastingError):
    """A frame lacks a column, has a wrong dtype, or repeats a key."""


class InsufficientHistory(ForecastingError):
    """No observation at or before the cutoff, so no forecast can be made."""


class ArtifactCorrupted(ForecastingError):
    """Model bytes are damaged, truncated or were written by an unknown format version."""
