"""How fast a large sales file is read and loaded, and how much memory that takes.

    python -m benchmarks.ingest --rows 5000000
    ORDERNIMBUS_DATABASE_URL=... python -m benchmarks.ingest --rows 1000000 --tenant acme

Without --tenant the file is only read. With it, the file is landed and loaded into that tenant's
ledger, next to a bare COPY of the same events into a temporary table, the speed of light here.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from ingestion.contract import ParseContext
from ingestion.ledger import load_upload
from ingestion.parsing import open_sales_file
from ingestion.staging import staging
from ordernimbus.database.sessions import Database
from ordernimbus.landing import land_file
from ordernimbus.settings import DatabaseSettings
from ordernimbus.storage import LocalObjectStore
from ordernimbus.tenancy import Tenant, find_tenant

_FIRST_DAY = date(2020, 1, 1)
_N_PRODUCTS = 3_000


def write_file(path: Path, n_rows: int) -> None:
    """Write a generic sales file with `n_rows` rows, one product after the other within a day."""
    ordinal = pl.int_range(n_rows, eager=True)
    pl.DataFrame({"ordinal": ordinal}).select(
        date=pl.lit(_FIRST_DAY) + pl.duration(days=pl.col("ordinal") // _N_PRODUCTS),
        sku=pl.format("SKU-{}", (pl.col("ordinal") % _N_PRODUCTS)),
        location=pl.lit("store_1"),
        quantity=pl.col("ordinal") % 17,
        price=(pl.col("ordinal") % 999) / 100,
        promotion=pl.col("ordinal") % 2,
        stock=pl.col("ordinal") % 100,
    ).write_csv(path, float_precision=2)


def report(step: str, n_rows: int, seconds: float) -> None:
    """Print rows per second of a step and the process's peak memory so far."""
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{step:<24}{n_rows / seconds:>12,.0f} rows/s{seconds:>9.2f} s  peak {peak_mib:,} MiB")


def read(path: Path, context: ParseContext) -> list[pl.DataFrame]:
    """Read the file to its end; return the first batch of events as a specimen."""
    begun = time.perf_counter()
    specimen: list[pl.DataFrame] = []
    with open_sales_file(path, context) as file:
        for _, parsed in file.parsed():
            specimen = specimen or [parsed.events]
        report("read (both passes)", file.counts.n_read, time.perf_counter() - begun)
    return specimen


def load(path: Path, tenant: Tenant, database: Database, folder: Path) -> None:
    """Land and load the file."""
    store = LocalObjectStore(folder / "objects")
    with path.open("rb") as stream:
        landing = land_file(
            database, store, tenant, file_name=path.name, stream=stream, max_bytes=2**40
        )
    begun = time.perf_counter()
    outcome = load_upload(
        database,
        store,
        tenant,
        landing.upload.upload_id,
        run_id="benchmark",
        today=datetime.now(UTC).date() + timedelta(days=3650),
    )
    report(f"load ({outcome.state})", outcome.n_rows_read or 0, time.perf_counter() - begun)


def bare_copy(events: pl.DataFrame, n_rows: int, tenant: Tenant, database: Database) -> None:
    """Copy about `n_rows` events into a temporary table and nothing more."""
    n_times = max(n_rows // events.height, 1)
    begun = time.perf_counter()
    with database.tenant_session(tenant.tenant_id) as session, staging(session) as copy:
        for _ in range(n_times):
            copy.add(events)
    report("bare COPY", n_times * events.height, time.perf_counter() - begun)


def main() -> int:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--tenant", help="slug of a tenant of its own; its ledger is written to")
    options = parser.parse_args()
    context = ParseContext("UTC", "USD", datetime.now(UTC).date() + timedelta(days=3650))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "sales.csv"
        write_file(path, options.rows)
        print(f"{options.rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB")
        specimen = read(path, context)
        if options.tenant is not None:
            with Database(DatabaseSettings()) as database:
                with database.platform_session() as session:
                    tenant = find_tenant(session, options.tenant)
                load(path, tenant, database, folder)
                bare_copy(specimen[0], options.rows, tenant, database)
    return 0


if __name__ == "__main__":
    sys.exit(main())
