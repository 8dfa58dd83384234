"""Measures how fast one API worker answers GET /v1/forecasts for one series, over loopback.

Against a running API: `python -m benchmarks.api_read --url http://127.0.0.1:8000` with an access
token in ORDERNIMBUS_BENCHMARK_TOKEN. Client and server share the machine's cores.
What belongs here: asking and counting. What stays out: judging the figures.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import threading
import time
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

_WARM_UP_SECONDS = 1.0


@dataclass(frozen=True)
class Target:
    """What is asked, and how."""

    address: str
    token: str
    path: str


def measure(target: Target, *, n_clients: int, seconds: float) -> dict[str, float]:
    """Ask from `n_clients` connections for `seconds` and return rates and latencies."""
    _ask_until(target, time.perf_counter() + _WARM_UP_SECONDS)
    latencies: list[list[float]] = [[] for _ in range(n_clients)]
    started = time.perf_counter()

    def run(place: int) -> None:
        latencies[place] = _ask_until(target, started + seconds)

    threads = [threading.Thread(target=run, args=(place,)) for place in range(n_clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - started
    every = sorted(latency for part in latencies for latency in part)
    return {
        "n_clients": n_clients,
        "requests_per_second": round(len(every) / elapsed, 1),
        "p50_ms": round(1000 * statistics.median(every), 2),
        "p95_ms": round(1000 * every[int(0.95 * len(every))], 2),
        "max_ms": round(1000 * every[-1], 2),
    }


def _ask_until(target: Target, end: float) -> list[float]:
    address = urlsplit(target.address)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    headers = {"Authorization": f"Bearer {target.token}"}
    latencies = []
    while (began := time.perf_counter()) < end:
        connection.request("GET", target.path, headers=headers)
        response = connection.getresponse()
        body = response.read()
        if response.status != http.HTTPStatus.OK:
            raise SystemExit(f"{target.path} answered {response.status}: {body[:300]!r}")
        latencies.append(time.perf_counter() - began)
    connection.close()
    return latencies


def first_series(address: str, token: str) -> str:
    """Return the path of the forecast of the tenant's most sold series."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.request("GET", "/v1/series?limit=1", headers={"Authorization": f"Bearer {token}"})
    page = json.loads(connection.getresponse().read())
    connection.close()
    return f"/v1/forecasts?series_id={quote(page['items'][0]['series_id'])}&levels=80"


def main() -> None:
    """Print one line of JSON per number of clients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8])
    options = parser.parse_args()
    token = os.environ["ORDERNIMBUS_BENCHMARK_TOKEN"]
    target = Target(options.url, token, first_series(options.url, token))
    for n_clients in options.clients:
        print(json.dumps(measure(target, n_clients=n_clients, seconds=options.seconds)))


if __name__ == "__main__":
    main()
