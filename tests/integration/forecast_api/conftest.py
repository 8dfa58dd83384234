"""The world that this room's tests of this kind ask about."""

from tests.forecast_api_world import world

__all__ = ["world"]
