"""One M5 store through the whole running platform: CSV in, forecasts read back from the API.

Belongs here: writing the store's sales as a generic CSV, timing the way through `ordernimbus
ingest`, Dagster and the API of a running local stack, watching memory, scoring what is served.
Stays out: forecasting, and the score's definition (`benchmarks/m5.py`).

Run beside `make run`: `make bench B=m5_end_to_end`.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import polars as pl
import psutil

from benchmarks import m5
from operations.local_stack.state import StateFolder, read_json
from ordernimbus.local_identity import LocalIdentity

ORIGIN = 1885
HORIZON = 28
# Levels whose keys name a store or less than a store; the others need all ten stores.
STORE_LEVELS = (3, 8, 9, 12)
POLL_SECONDS = 1.0


def main() -> None:
    """Run one store and print time, memory and accuracy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", default="CA_1")
    parser.add_argument("--data", type=Path, help="folder of the M5 files")
    parser.add_argument("--limit-minutes", type=float, default=15.0)
    arguments = parser.parse_args()
    folder = m5.data_folder(arguments.data)
    sales = m5.read_sales(folder, (arguments.store,))
    state = StateFolder.of_environment()
    tenant = f"m5-{arguments.store.lower().replace('_', '-')}-{int(time.time())}"
    with TemporaryDirectory() as temporary:
        path = Path(temporary) / f"{arguments.store}.csv"
        n_rows = write_generic_csv(sales, folder, path)
        megabytes = path.stat().st_size / 1e6
        print(f"{arguments.store}: {n_rows:,} rows, {megabytes:.0f} MB of CSV", flush=True)
        email, password = next(iter((read_json(state.demo_credentials) or {}).items()))
        subject = LocalIdentity(state.identity).subject_of(email)
        _ordernimbus("tenants", "add", tenant, "--currency", "USD", "--member", str(subject))
        with Merchant(_api_url(), email, password, tenant) as merchant, watched_memory() as peaks:
            began = time.monotonic()
            _ordernimbus("ingest", "--tenant", tenant, str(path))
            merchant.wait_for_vintage(arguments.limit_minutes * 60)
            seconds = time.monotonic() - began
            forecasts = merchant.read_forecasts()
            seconds_with_reading = time.monotonic() - began
    print(f"CSV to served forecast: {seconds:.0f} s; read back: {seconds_with_reading:.0f} s")
    print("peak memory by process:")
    for name, peak in sorted(peaks.items(), key=lambda item: -item[1]):
        print(f"  {peak / 2**20:8.0f} MiB  {name}")
    describe(forecasts, sales, folder)


def write_generic_csv(sales: pl.DataFrame, folder: Path, path: Path) -> int:
    """Write a store's days up to the origin as a till would export them; return the row count."""
    items = m5.read_items(folder).select("unique_id", "item_id", "cat_id", "store_id")
    rows = (
        sales.filter(pl.col("ds") <= m5.day(ORIGIN))
        .join(items, on="unique_id")
        .select(
            pl.col("ds").alias("date"),
            pl.col("item_id").alias("sku"),
            pl.col("store_id").alias("location"),
            pl.col("y").cast(pl.Int64).alias("quantity"),
            "price",
            pl.col("cat_id").alias("category"),
        )
        .sort("date", "sku")
    )
    rows.write_csv(path)
    return rows.height


class Merchant:
    """A logged-in merchant of one tenant, talking to the API over HTTP."""

    def __init__(self, url: str, email: str, password: str, tenant: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=30.0, headers={"X-Tenant": tenant})
        self._login = {"username": email, "password": password, "grant_type": "password"}
        self._token_until = 0.0

    def __enter__(self) -> "Merchant":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def _get(self, path: str, **query: str | int) -> httpx.Response:
        if time.monotonic() > self._token_until:
            token = self._http.post("/v1/token", data=self._login).raise_for_status().json()
            self._http.headers["Authorization"] = f"Bearer {token['access_token']}"
            self._token_until = time.monotonic() + float(token["expires_in"]) / 2
        return self._http.get(path, params=query)

    def wait_for_vintage(self, limit_seconds: float) -> None:
        """Return once forecasts are served.

        Raises:
            TimeoutError: They are not served within `limit_seconds`.
        """
        limit = time.monotonic() + limit_seconds
        while time.monotonic() < limit:
            answer = self._get("/v1/forecasts", limit=1)
            if answer.is_success and answer.json()["items"]:
                return
            time.sleep(POLL_SECONDS)
        message = f"no forecast was served within {limit_seconds:.0f} s: look into Dagster's runs"
        raise TimeoutError(message)

    def read_forecasts(self) -> pl.DataFrame:
        """Return every served forecast, page by page.

        Returns:
            One row per (unique_id, ds): `y_hat` and `q0.1`, `q0.9`, `q0.025`, `q0.975` units/day,
            `unique_id` as in M5.
        """
        parts: list[pl.DataFrame] = []
        query: dict[str, str | int] = {"limit": 200, "quantiles": "0.025,0.1,0.9,0.975"}
        while True:
            page = self._get("/v1/forecasts", **query).raise_for_status().json()
            parts.extend(_as_frame(item) for item in page["items"])
            if not page.get("next_cursor"):
                return pl.concat(parts)
            query["cursor"] = page["next_cursor"]


def _as_frame(item: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "unique_id": f"{item['sku']}_{item['location_key']}",
            "ds": item["dates"],
            "y_hat": item["mean_units"],
            **{f"q{found['quantile']:g}": found["units"] for found in item["quantiles"]},
        }
    ).with_columns(pl.col("ds").str.to_date())


@contextmanager
def watched_memory() -> Iterator[dict[str, int]]:
    """Watch the local stack's processes and give the peak resident bytes of each, by what it is."""
    peaks: dict[str, int] = {}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.5):
            for process in psutil.process_iter(["cmdline", "memory_info", "environ"]):
                label = _label(process)
                memory = process.info["memory_info"]
                if label and memory:
                    peaks[label] = max(peaks.get(label, 0), memory.rss)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peaks
    finally:
        done.set()
        watcher.join()


def _label(process: psutil.Process) -> str | None:
    command = " ".join(process.info["cmdline"] or [])
    for needle, label in (
        # The code server runs each pipeline in a process of its own.
        ("multiprocessing.spawn", "Dagster run"),
        ("dagster api grpc", "Dagster code server"),
        ("dagster-daemon", "Dagster daemon"),
        ("dagster-webserver", "Dagster webserver"),
        ("dbt build", "dbt"),
        ("forecast_api", "forecast API"),
        ("mlflow", "MLflow"),
        ("postgres", "PostgreSQL (one process)"),
    ):
        if needle in command:
            return label
    return None


def describe(forecasts: pl.DataFrame, sales: pl.DataFrame, folder: Path) -> None:
    """Print the accuracy of what was served, against seasonal naive on the same days."""
    days = [m5.day(number) for number in range(ORIGIN + 1, ORIGIN + HORIZON + 1)]
    actual = sales.filter(pl.col("ds").is_in(days)).select("unique_id", "ds", "y")
    # A series that had not sold anything by the origin is not served: it counts as forecast 0.
    served = actual.join(forecasts, on=["unique_id", "ds"], how="left").with_columns(
        pl.col("y_hat").fill_null(0.0)
    )
    week = sales.filter(pl.col("ds").is_between(m5.day(ORIGIN - 6), m5.day(ORIGIN)))
    naive = (
        actual.select("unique_id", "ds")
        .with_columns(pl.col("ds").dt.weekday().alias("weekday"))
        .join(
            week.select("unique_id", pl.col("ds").dt.weekday().alias("weekday"), y_hat="y"),
            on=["unique_id", "weekday"],
            how="left",
        )
        .with_columns(pl.col("y_hat").fill_null(0.0))
    )
    for name, frame in (("served", served), ("seasonal naive", naive)):
        scored = frame.select("unique_id", "ds", "y_hat")
        score = m5.wrmsse(scored, sales, folder, ORIGIN, STORE_LEVELS)
        error = scored.join(actual, on=["unique_id", "ds"])
        sold = float(error["y"].sum())
        wape = float((error["y_hat"] - error["y"]).abs().sum()) / sold
        bias = 100.0 * (float(error["y_hat"].sum()) / sold - 1.0)
        levels = ", ".join(f"level {level} {value:.3f}" for level, value in score.by_level.items())
        print(f"{name}: WAPE {wape:.3f}, bias {bias:+.1f} %, WRMSSE {score.overall:.3f} ({levels})")
    known = served.drop_nulls()
    for level, low, high in ((80, "q0.1", "q0.9"), (95, "q0.025", "q0.975")):
        inside = known.select(pl.col("y").is_between(pl.col(low), pl.col(high)).mean()).item()
        print(f"{level} % bands held {100 * inside:.1f} % of days")


def _api_url() -> str:
    services = json.loads(_ordernimbus("status", "--json"))
    return str(next(service["url"] for service in services if "API" in service["title"]))


def _ordernimbus(*arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("ordernimbus")), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
