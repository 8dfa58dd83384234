"""The one translation of OrderNimbus and `ml` errors into Dagster's terms.

A transient error asks for another try with growing, jittered pauses; a permanent one stops the
step for good, since a rerun with the same input cannot help. Anything unknown is a bug and fails
the step as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import psycopg

from ml.errors import ForecastingError
from ordernimbus.errors import PermanentError, TransientError

MAX_RETRIES = 3
_FIRST_PAUSE_SECONDS = 5.0


@contextmanager
def translated_failures(
    context: dg.OpExecutionContext | dg.AssetExecutionContext,
) -> Iterator[None]:
    """Turn errors inside the block into retries or final failures of this step.

    Raises:
        dagster.RetryRequested: The error may pass; at most `MAX_RETRIES` times.
        dagster.Failure: The error will not pass; no retry follows.
    """
    try:
        yield
    except (TransientError, psycopg.OperationalError) as error:
        pause = _FIRST_PAUSE_SECONDS * 3**context.retry_number
        raise dg.RetryRequested(max_retries=MAX_RETRIES, seconds_to_wait=pause) from error
    except (PermanentError, ForecastingError) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
