"""A tenant's whole pipeline in a process of its own, so that a drill can kill it.

What belongs here: running it. What stays out: when to kill it, and what must hold afterwards.
Run as `python pipeline_process.py <tenant>`, with the project on PYTHONPATH.
"""

from __future__ import annotations

import sys

import dagster as dg

from orchestration.definitions import build_defs
from orchestration.partitions import TENANTS

_FAST = {"ops": {"forecast__model": {"config": {"n_windows": 1}}}}


def main(slug: str) -> int:
    """Run the pipeline of one tenant; return 0 if every step succeeded."""
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(TENANTS.name or "", [slug])
        result = (
            build_defs()
            .resolve_job_def("tenant_pipeline")
            .execute_in_process(
                partition_key=slug, instance=instance, run_config=_FAST, raise_on_error=False
            )
        )
    return 0 if result.success else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
