"""The one translation of OrderNimbus and `ml` errors into Dagster's terms.

A transient error asks for another try with growing, jittered pauses; a permanent one stops the
step for good, since a rerun with the same input cannot help. Anything unknown is a bug and fails
the step as it is. Repeating whole runs is the job's matter (jobs.py).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import psycopg

from ml.errors import ForecastingError
from ordernimbus.errors import ConfigurationError, ContractError, PermanentError, TransientError

MAX_RETRIES = 3
FIRST_PAUSE_SECONDS = 5.0
_LONGEST_JITTER = 1.5


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
        # Tenants that failed together shall not all come back at the same moment.
        jitter = random.uniform(1.0, _LONGEST_JITTER)  # noqa: S311 - no secret
        pause = FIRST_PAUSE_SECONDS * 3**context.retry_number * jitter
        raise dg.RetryRequested(max_retries=MAX_RETRIES, seconds_to_wait=pause) from error
    except (PermanentError, ContractError, ConfigurationError, ForecastingError) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
