"""The trained model as bytes and back.

Belongs here: the format (JSON with the booster's text inside; no pickle, so loading runs no code)
and the hash check. Stays out: where bytes are kept.
"""

import hashlib
import json
from dataclasses import asdict
from datetime import date
from typing import Any

import lightgbm as lgb
import polars as pl

from ml.backtest import METRIC_SCHEMA, BacktestReport
from ml.config import EngineConfig
from ml.errors import ArtifactCorrupted
from ml.model import TrainedModel
from ml.panel import Encoding
from ml.quantiles import Calibration, RatioTable
from ml.schema import Covariates
from ml.spread import SpreadGroups
from ml.sum_calibration import SumCalibration, SumTable

FORMAT_VERSION = 3


def dump(model: TrainedModel) -> bytes:
    """Return the model as canonical JSON; equal models give equal bytes.

    Args:
        model: The model; the backtest's row-level forecasts are left out, its metrics kept.

    Returns:
        UTF-8 JSON.
    """
    report = model.backtest
    content = {
        "format": FORMAT_VERSION,
        "config": asdict(model.config),
        "covariates": asdict(model.covariates),
        "encoding": {
            "kinds": dict(model.encoding.kinds),
            "labels": {name: list(labels) for name, labels in model.encoding.labels.items()},
        },
        "cutoff": model.cutoff.isoformat(),
        "calibration": {
            "quantiles": model.calibration.quantiles,
            "groups": asdict(model.calibration.groups),
            "tables": {kind: asdict(table) for kind, table in model.calibration.tables.items()},
        },
        "sum_calibration": asdict(model.sum_calibration),
        "backtest": {
            "cutoffs": [day.isoformat() for day in report.cutoffs],
            "note": report.note,
            "metrics": report.metrics.rows(),
        },
        "n_series": model.n_series,
        "n_train_rows": model.n_train_rows,
        "booster": None if model.booster is None else model.booster.model_to_string(),
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def digest(content: bytes) -> str:
    """Return the SHA-256 of the bytes as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def load(content: bytes, *, sha256: str) -> TrainedModel:
    """Return the model of stored bytes, after they matched their recorded hash.

    Args:
        content: Bytes from `dump`.
        sha256: Hash recorded when they were stored.

    Returns:
        A model that forecasts exactly as the one dumped; its backtest has metrics but no
        row-level forecasts.

    Raises:
        ArtifactCorrupted: The hash differs, or the format version is unknown.
    """
    found = digest(content)
    # The hash comes first: LightGBM's text parser is native code and must not see foreign bytes.
    if found != sha256:
        raise ArtifactCorrupted(
            f"model bytes hash to {found}, recorded was {sha256}; restore them or train again"
        )
    stored: dict[str, Any] = json.loads(content)
    if stored["format"] != FORMAT_VERSION:
        raise ArtifactCorrupted(
            f"model format {stored['format']} is unknown, this code reads {FORMAT_VERSION}; "
            "train again"
        )
    text = stored["booster"]
    report = stored["backtest"]
    return TrainedModel(
        config=EngineConfig(**_with_tuples(stored["config"])),
        covariates=Covariates(**_with_tuples(stored["covariates"])),
        encoding=Encoding(
            kinds=stored["encoding"]["kinds"], labels=_with_tuples(stored["encoding"]["labels"])
        ),
        cutoff=date.fromisoformat(stored["cutoff"]),
        booster=None if text is None else lgb.Booster(model_str=text),
        calibration=Calibration(
            quantiles=tuple(stored["calibration"]["quantiles"]),
            groups=SpreadGroups(**_with_tuples(stored["calibration"]["groups"])),
            tables={
                kind: RatioTable(**_with_tuples(table))
                for kind, table in stored["calibration"]["tables"].items()
            },
        ),
        sum_calibration=SumCalibration(
            quantiles=tuple(stored["sum_calibration"]["quantiles"]),
            tables={
                kind: tuple(SumTable(**_with_tuples(table)) for table in tables)
                for kind, tables in stored["sum_calibration"]["tables"].items()
            },
        ),
        backtest=BacktestReport(
            cutoffs=tuple(date.fromisoformat(day) for day in report["cutoffs"]),
            note=report["note"],
            metrics=pl.DataFrame(report["metrics"], schema=METRIC_SCHEMA, orient="row"),
            forecasts=pl.DataFrame(),
        ),
        n_series=stored["n_series"],
        n_train_rows=stored["n_train_rows"],
    )


def _with_tuples(values: dict[str, Any]) -> dict[str, Any]:
    """Return the mapping with JSON's lists as the tuples they were, at every depth."""
    return {name: _as_tuple(value) for name, value in values.items()}


def _as_tuple(value: Any) -> Any:  # noqa: ANN401 - JSON values have no narrower type
    return tuple(_as_tuple(part) for part in value) if isinstance(value, list) else value
