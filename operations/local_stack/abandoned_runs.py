"""Make Dagster's tables, and close runs whose processes an earlier stack took along.

Run as `python -m operations.local_stack.abandoned_runs` before Dagster's own processes start: a run
that still counts as running would keep its tenant's place in the queue for ever.
What belongs here: just that. What stays out: retrying (each job's own policy decides).
"""

from __future__ import annotations

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

_UNFINISHED = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]


def close_abandoned_runs() -> int:
    """Report every unfinished run as failed and return how many there were."""
    with DagsterInstance.get() as instance:
        runs = instance.get_runs(RunsFilter(statuses=_UNFINISHED))
        for run in runs:
            instance.report_run_failed(run, "The local stack was stopped while this run went on.")
        return len(runs)


if __name__ == "__main__":
    close_abandoned_runs()
