"""Prometheus counters of the API, labelled by route template, method and status only.

No label holds anything a caller sends (paths, tenants, identifiers): that bounds their number and
keeps one tenant's names out of a page that operators share.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram
from prometheus_client import generate_latest as render

router = APIRouter()

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LATENCY_BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 30.0)
UNMATCHED_ROUTE = "unmatched"


class RequestMetrics:
    """Counts and times the requests of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("route", "method", "status")
        self._requests = Counter(
            "ordernimbus_api_requests", "Requests answered.", labels, registry=self.registry
        )
        self._seconds = Histogram(
            "ordernimbus_api_request_seconds",
            "Time from a request's arrival to the end of its answer.",
            ("route", "method"),
            buckets=_LATENCY_BUCKETS_SECONDS,
            registry=self.registry,
        )

    def observe(self, *, route: str, method: str, status: int, seconds: float) -> None:
        """Record one answered request."""
        known_method = method if method in _METHODS else "other"
        self._requests.labels(route, known_method, str(status)).inc()
        self._seconds.labels(route, known_method).observe(seconds)


@router.get("/metrics", include_in_schema=False)
def read_metrics(request: Request) -> Response:
    """Counters in Prometheus' text format."""
    metrics: RequestMetrics = request.app.state.metrics
    return Response(render(metrics.registry), media_type=CONTENT_TYPE_LATEST)
