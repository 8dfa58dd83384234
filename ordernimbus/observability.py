"""Structured logs that carry tenant and run identifiers.

What belongs here: log configuration and the context that every line carries.
What stays out: metrics of a single room, and anything that decides.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from ordernimbus.settings import platform_settings


def configure_logging() -> None:
    """Send every log line of this process to standard error in the configured format."""
    settings = platform_settings()
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def get_logger(room: str) -> structlog.typing.FilteringBoundLogger:
    """Return a logger whose lines name the room they come from."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(room=room)
    return logger


@contextmanager
def log_context(**values: object) -> Iterator[None]:
    """Add `values` (for example tenant and run id) to every log line inside the block."""
    with structlog.contextvars.bound_contextvars(**values):
        yield
