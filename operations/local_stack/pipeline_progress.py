"""How far a tenant's data has come: its files, its pipeline run, its published forecast.

What belongs here: reading that state from the database and from Dagster's GraphQL interface.
What stays out: changing any of it.
"""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from ordernimbus.database.sessions import Database
from ordernimbus.errors import TransientError
from ordernimbus.tenancy import Tenant

_TENANT_TAG = "ordernimbus/tenant"
_RUNS_QUERY = """
query LatestRun($filter: RunsFilter!) {
  runsOrError(filter: $filter, limit: 1) {
    __typename
    ... on Runs { results { runId status } }
  }
}
"""
_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class PipelineState:
    """One tenant's progress.

    Attributes:
        uploads: Number of files by state, for example `landed`.
        run_id: The latest run, if there is one.
        run_status: Dagster's word for its state, for example `STARTED`.
        has_forecast: Whether a forecast is published.
    """

    uploads: dict[str, int]
    run_id: str | None
    run_status: str | None
    has_forecast: bool

    @property
    def is_settled(self) -> bool:
        """Whether nothing goes on: the latest run has ended, or every file was refused."""
        if self.run_status is None:
            return set(self.uploads) == {"refused"}
        return self.run_status in {"SUCCESS", "FAILURE", "CANCELED"}

    def words(self) -> str:
        """Return the state in a few words."""
        if self.has_forecast:
            return "forecast published"
        files = ", ".join(f"{count} {state}" for state, count in sorted(self.uploads.items()))
        run = f"run {self.run_status.lower()}" if self.run_status else "waiting for a run"
        return f"files: {files or 'none'}; {run}"


def pipeline_state(database: Database, dagster_url: str, tenant: Tenant) -> PipelineState:
    """Return how far a tenant has come.

    Args:
        database: With a role that may read the tenant's uploads and vintages.
        dagster_url: Address of Dagster's web server.
        tenant: Whose state.

    Raises:
        TransientError: Dagster or the database did not answer.
    """
    with database.tenant_read_session(tenant.tenant_id) as session:
        uploads = session.execute("SELECT state, count(*) FROM core.upload GROUP BY state")
        counts: dict[str, int] = dict(uploads.fetchall())
        vintage = session.execute("SELECT 1 FROM serving.current_vintage").fetchone()
    run = latest_run(dagster_url, tenant.slug)
    return PipelineState(
        uploads=counts,
        run_id=run[0] if run else None,
        run_status=run[1] if run else None,
        has_forecast=vintage is not None,
    )


def latest_run(dagster_url: str, slug: str) -> tuple[str, str] | None:
    """Return id and status of a tenant's latest run, or None before the first.

    Raises:
        TransientError: Dagster did not answer, or not as expected.
    """
    variables = {"filter": {"tags": [{"key": _TENANT_TAG, "value": slug}]}}
    body = json.dumps({"query": _RUNS_QUERY, "variables": variables})
    address = urlsplit(dagster_url)
    connection = http.client.HTTPConnection(
        address.hostname or "", address.port, timeout=_TIMEOUT_SECONDS
    )
    try:
        connection.request(
            "POST", "/graphql", body=body, headers={"Content-Type": "application/json"}
        )
        answer = json.loads(connection.getresponse().read())
        results = answer["data"]["runsOrError"]["results"]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        message = f"Dagster at {dagster_url} did not tell its runs of {slug!r}: {error!r}"
        raise TransientError(message) from error
    finally:
        connection.close()
    return (results[0]["runId"], results[0]["status"]) if results else None
