from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_READ = """
import resource, sys
from datetime import date
from pathlib import Path
from ingestion.contract import ParseContext
from ingestion.parsing import open_sales_file

context = ParseContext("UTC", "USD", date(2026, 6, 30))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open_sales_file(Path(sys.argv[1]), context) as file:
    for _ in file.parsed():
        pass
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(file.counts.n_read, (after - before) // 1024)
"""


def growth_mib(path: Path) -> tuple[int, int]:
    """Return the rows read and by how much a fresh process grew while reading them."""
    output = subprocess.run(
        [sys.executable, "-c", _READ, str(path)],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
    ).stdout
    n_read, mib = output.split()
    return int(n_read), int(mib)


@pytest.mark.parametrize("quote", ["", '"'])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, quote: str) -> None:
    n_rows = 600_000 if not quote else 300_000
    path = tmp_path / "big.csv"
    with path.open("w") as file:
        file.write("date,sku,location,quantity,price\n")
        file.writelines(
            f"2025-{n % 12 + 1:02d}-{n % 28 + 1:02d},{quote}SKU-{n % 5000}{quote},"
            f"store {n % 7},{n % 19},{n % 999 / 100:.2f}\n"
            for n in range(n_rows)
        )

    n_read, mib = growth_mib(path)

    assert n_read == n_rows
    assert mib < 260
