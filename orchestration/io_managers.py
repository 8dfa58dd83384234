"""Frames between assets live in the object store, so that any step can be rerun alone."""

import io

import dagster as dg
import polars as pl

from orchestration.resources import Platform, PlatformResource
from ordernimbus.errors import PermanentError
from ordernimbus.storage import object_key


class TenantFrameIOManager(dg.ConfigurableIOManagerFactory[dg.IOManager]):
    """Keeps one Parquet object per asset and tenant; the newest run's frame replaces it whole."""

    platform: dg.ResourceDependency[PlatformResource]

    def create_io_manager(self, context: dg.InitResourceContext) -> dg.IOManager:  # noqa: ARG002
        """Return the manager over the run's opened platform."""
        return _TenantFrameIOManager(self.platform)  # type: ignore[arg-type]  # opened by Dagster


class _TenantFrameIOManager(dg.IOManager):
    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def _key(self, context: dg.InputContext | dg.OutputContext) -> str:
        tenant = self._platform.active_tenant(context.partition_key)
        return object_key("frames", tenant.tenant_id, f"{'.'.join(context.asset_key.path)}.parquet")

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        if not isinstance(obj, pl.DataFrame):
            message = f"{context.asset_key.to_user_string()} gave {type(obj)}: a frame is expected"
            raise PermanentError(message)
        buffer = io.BytesIO()
        obj.write_parquet(buffer)
        buffer.seek(0)
        self._platform.store.write(self._key(context), buffer)

    def load_input(self, context: dg.InputContext) -> pl.DataFrame:
        with self._platform.store.open(self._key(context)) as stream:
            return pl.read_parquet(stream)
