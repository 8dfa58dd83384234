"""The world that this room's tests of this kind ask about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forecast_api_world import World, few_series, open_world
from tests.throwaway_platform import ThrowawayCluster, ThrowawayPlatform


@pytest.fixture(scope="module")
def world(
    postgres_cluster: ThrowawayCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Give an API with tenants `alpha` (alice), `beta` (bob) and `empty` (eve); carol has two."""
    folder: Path = tmp_path_factory.mktemp("world")
    with postgres_cluster.copy() as name:
        platform = ThrowawayPlatform(postgres_cluster, name, folder / "objects")
        try:
            with open_world(platform, folder) as world:
                world.tenant("alpha", "alice", "carol", series=few_series("A"))
                world.tenant("beta", "bob", "carol", series=few_series("B"))
                world.tenant("empty", "eve")
                yield world
        finally:
            platform.close()
