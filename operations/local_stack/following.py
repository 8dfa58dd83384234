"""Waiting for the demo tenants' first forecasts, telling what goes on.

What belongs here: when to go on waiting and when to say that it failed.
What stays out: how the state is read (`pipeline_progress`).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from operations.local_stack.environment import StackAddress
from operations.local_stack.pipeline_progress import PipelineState, pipeline_state
from operations.local_stack.progress import Progress
from ordernimbus.database.sessions import Database
from ordernimbus.errors import TransientError
from ordernimbus.tenancy import Tenant

_POLL_SECONDS = 1.0
# A failed run is retried by Dagster's daemon, which looks twice a minute.
_SETTLED_SECONDS = 60.0
_LONGEST_SECONDS = 1_800.0


def until_published(
    database: Database,
    address: StackAddress,
    tenants: list[Tenant],
    progress: Progress,
    tend: Callable[[], None],
) -> None:
    """Wait until every tenant has a forecast, or until waiting makes no sense any more.

    Args:
        database: With a role that may read uploads and vintages.
        address: Where Dagster and its logs are.
        tenants: Whose forecasts are awaited; suspended ones are passed over.
        progress: Shows the state.
        tend: Called in between, so that processes are watched.
    """
    for tenant in tenants:
        if not tenant.is_active:
            continue
        with progress.following(f"Pipeline of {tenant.slug}") as shown:
            state = _wait(
                database,
                address,
                tenant,
                shown.tell,
                tend,
            )
        if state is not None and state.has_forecast:
            progress.say(f"✓ Forecast of {tenant.slug} is published")
        else:
            progress.warn(_trouble(address, tenant, state))


def _wait(
    database: Database,
    address: StackAddress,
    tenant: Tenant,
    tell: Callable[[str], None],
    tend: Callable[[], None],
) -> PipelineState | None:
    began = time.monotonic()
    settled_since: float | None = None
    state: PipelineState | None = None
    while time.monotonic() - began < _LONGEST_SECONDS:
        tend()
        try:
            state = pipeline_state(database, address.dagster_url, tenant)
        except TransientError as error:
            tell(str(error))
        else:
            tell(state.words())
            if state.has_forecast:
                return state
            if not state.is_settled:
                settled_since = None
            elif settled_since is None:
                settled_since = time.monotonic()
            elif time.monotonic() - settled_since > _SETTLED_SECONDS:
                return state
        time.sleep(_POLL_SECONDS)
    return state


def _trouble(address: StackAddress, tenant: Tenant, state: PipelineState | None) -> str:
    where = address.dagster_url
    if state is not None and state.run_id is not None:
        where = f"{where}/runs/{state.run_id}"
    words = state.words() if state is not None else "its state is not known"
    return f"{tenant.slug} has no forecast yet ({words}): look at {where}"
