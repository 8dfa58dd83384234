"""Fixtures that tests of every room use: a throwaway PostgreSQL and a platform on it.

What belongs here: fixtures needed by more than one room. What stays out: everything else.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.embedded.postgres import Cluster
from tests.throwaway_platform import ThrowawayCluster, ThrowawayPlatform


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[ThrowawayCluster]:
    """Give a running, migrated cluster without durability; each test worker has its own."""
    # Not below tmp_path: that belongs to the caller alone, and root's PostgreSQL is another user.
    folder = Path(tempfile.mkdtemp(prefix="ordernimbus-test-"))
    folder.chmod(0o755)
    cluster = Cluster(folder, durable=False)
    try:
        throwaway = ThrowawayCluster(cluster.start())
        throwaway.prepare()
        yield throwaway
    finally:
        cluster.stop()
        shutil.rmtree(folder)


@pytest.fixture
def platform(postgres_cluster: ThrowawayCluster, tmp_path: Path) -> Iterator[ThrowawayPlatform]:
    """Give one test its own migrated database and object store."""
    with postgres_cluster.copy() as database_name:
        throwaway = ThrowawayPlatform(postgres_cluster, database_name, tmp_path / "objects")
        try:
            yield throwaway
        finally:
            throwaway.close()
