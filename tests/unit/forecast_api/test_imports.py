from __future__ import annotations

import subprocess
import sys

_HEAVY = ("dagster", "lightgbm", "polars", "mlflow", "pandas", "numpy", "plotly", "ingestion", "ml")


def test_service_loads_nothing_of_the_pipeline() -> None:
    program = (
        "import sys, forecast_api.app\n"
        f"print(sorted(set({_HEAVY!r}) & {{name.split('.')[0] for name in sys.modules}}))"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    assert loaded.stdout.strip() == "[]"
