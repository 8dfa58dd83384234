"""`ordernimbus up`: start everything, seed the demo tenants once, and watch until told to stop.

What belongs here: the order of the steps. What stays out: each step itself.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from operations.embedded.postgres import Cluster
from operations.local_stack import (
    announcement,
    cleaning,
    dagster_home,
    database,
    demo,
    following,
    preflight,
)
from operations.local_stack.background import BackgroundStep
from operations.local_stack.child import Child
from operations.local_stack.environment import StackAddress
from operations.local_stack.progress import Progress
from operations.local_stack.services import first_services, pipeline_services
from operations.local_stack.state import Runtime, StateFolder
from operations.local_stack.supervisor import Keepable, Supervisor
from operations.processes import ProcessIdentity
from ordernimbus.database.sessions import Database
from ordernimbus.errors import ConfigurationError
from ordernimbus.storage import LocalObjectStore
from ordernimbus.tenancy import Tenant

_HEALTHY_SECONDS = 180.0
_WATCH_SECONDS = 0.5
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stack:
    """One start of the local stack, from preflight to the last process's end."""

    def __init__(self, state: StateFolder, progress: Progress) -> None:
        self._state = state
        self._progress = progress
        self._supervisor = Supervisor(report=progress.warn, on_start=self._record)
        self._steps: list[BackgroundStep] = []
        self._answered = {database.KeptCluster.name}
        self._runtime = Runtime(ProcessIdentity.current(), ports={})

    @property
    def _store(self) -> LocalObjectStore:
        return LocalObjectStore(self._state.objects)

    def run(self) -> None:
        """Start, announce and watch; returns only by an interrupt or an error.

        Raises:
            KeyboardInterrupt: Somebody asked the stack to stop.
            OrderNimbusError: A step failed; its message says what to do.
        """
        cluster, address = self._begin()
        manifest = self._background(
            "the dbt manifest", "orchestration.dbt_manifest", address.pipeline()
        )
        self._start_database(cluster, address)
        with database.open_database(address) as opened:
            tenants = demo.register(opened, self._state)
            sales = self._begin_sales(opened, address, tenants)
            with self._progress.step("dbt project parsed"):
                manifest.output()
            self._start_services(address)
            self._land_sales(opened, tenants, sales)
            following.until_published(
                opened, address, list(tenants.values()), self._progress, self._supervisor.tend
            )
        announcement.announce(address, self._progress)
        self._watch()

    def stop(self) -> None:
        """End every process, PostgreSQL last."""
        for step in self._steps:
            step.end()
        self._supervisor.stop()

    def _begin(self) -> tuple[Cluster, StackAddress]:
        self._state.prepare()
        preflight.check_disk(self._state.root)
        earlier = self._state.read_runtime()
        n_ended = cleaning.end_leftovers(self._state, earlier)
        if n_ended:
            self._progress.warn(
                f"processes ended that an earlier stack had left running: {n_ended}"
            )
        cluster = Cluster(self._state.postgres)
        # Before ports are chosen, so that the database keeps its own.
        cluster.clear_leftovers()
        chosen, remarks = preflight.choose_ports(earlier.ports if earlier else {})
        for remark in remarks:
            self._progress.warn(remark)
        self._runtime = replace(self._runtime, ports=chosen)
        self._state.write_runtime(self._runtime)
        return cluster, StackAddress(self._state, chosen, self._state.role_passwords())

    def _start_database(self, cluster: Cluster, address: StackAddress) -> None:
        kept = database.KeptCluster(cluster, address.ports["postgres"])
        with self._progress.step("PostgreSQL started"):
            self._supervisor.keep(kept)
        if kept.endpoint is None:
            raise ConfigurationError(f"PostgreSQL gave no address: see {cluster.log_path}")
        with self._progress.step("Roles, databases and tables up to date"):
            database.prepare(kept.endpoint, address)

    def _start_services(self, address: StackAddress) -> None:
        dagster_home.prepare_home(address)
        if dagster_home.needs_care(address):
            with self._progress.step("Dagster's tables ready, unfinished runs closed"):
                self._background(
                    "Dagster's tables",
                    "operations.local_stack.abandoned_runs",
                    address.pipeline(),
                ).output()
        with self._progress.step("All processes answer"):
            for wave in (first_services(address), pipeline_services(address)):
                for service in wave:
                    self._supervisor.keep(Child(service, self._state.logs))
                self._supervisor.wait_until_healthy(_HEALTHY_SECONDS, self._tell_healthy)
        self._runtime = replace(self._runtime, is_ready=True)
        self._state.write_runtime(self._runtime)

    def _begin_sales(
        self, opened: Database, address: StackAddress, tenants: dict[str, Tenant]
    ) -> dict[str, BackgroundStep]:
        """Start simulating sales for the demo tenants that have not sent any file yet.

        Files that a killed start had not landed any more are landed now.
        """
        steps = {}
        for merchant in demo.DEMO_TENANTS:
            tenant = tenants[merchant.slug]
            if not tenant.is_active:
                continue
            if unlanded := demo.unlanded(self._state, merchant.slug):
                demo.land(opened, self._store, self._state, tenant, unlanded)
            elif not demo.has_uploads(opened, tenant):
                yesterday = tenant.business_date(datetime.now(UTC)) - timedelta(days=1)
                steps[merchant.slug] = demo.simulation(address, merchant, yesterday)
        self._steps.extend(steps.values())
        return steps

    def _land_sales(
        self, opened: Database, tenants: dict[str, Tenant], steps: dict[str, BackgroundStep]
    ) -> None:
        for slug, step in steps.items():
            with self._progress.step(f"Demo sales of {slug} written and landed"):
                files = [Path(line) for line in step.output().splitlines()]
                demo.land(opened, self._store, self._state, tenants[slug], files)

    def _background(self, title: str, module: str, environment: dict[str, str]) -> BackgroundStep:
        step = BackgroundStep(title, [sys.executable, "-m", module], environment)
        self._steps.append(step)
        return step

    def _tell_healthy(self, child: Keepable, seconds: float) -> None:
        if child.name not in self._answered:
            self._answered.add(child.name)
            self._progress.say(f"✓ {child.title} ({seconds:.1f} s)")

    def _record(self, name: str, identity: ProcessIdentity) -> None:
        # PostgreSQL finds its own leftovers, and must not be ended like the others.
        if name != database.KeptCluster.name:
            children = {**self._runtime.children, name: identity}
            self._runtime = replace(self._runtime, children=children)
            self._state.write_runtime(self._runtime)

    def _watch(self) -> None:
        while True:
            self._supervisor.tend()
            if self._supervisor.has_given_up(database.KeptCluster.name):
                raise ConfigurationError("PostgreSQL does not stay up: see its log")
            time.sleep(_WATCH_SECONDS)


def up(state: StateFolder, progress: Progress) -> int:
    """Run the stack in the foreground until it is told to stop.

    Args:
        state: Its folder.
        progress: Shows what goes on.

    Returns:
        The exit status: 0 when it was stopped on purpose or runs already.

    Raises:
        OrderNimbusError: A step failed; everything that ran was stopped again.
    """
    with ExitStack() as stack:
        if not stack.enter_context(state.exclusive()):
            announcement.announce_running(state, progress)
            return 0
        stack.enter_context(_interruptible())
        local_stack = Stack(state, progress)
        try:
            local_stack.run()
        except KeyboardInterrupt:
            progress.say("Stopping …")
        finally:
            _ignore_further_signals()
            local_stack.stop()
        progress.say("✓ Everything is stopped; `make run` continues where this left off")
    return 0


@contextmanager
def _interruptible() -> Iterator[None]:
    """Turn every wish to stop into KeyboardInterrupt, also where a shell had them ignored."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in _STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore_further_signals() -> None:
    for number in _STOP_SIGNALS:
        signal.signal(number, lambda *_: None)
