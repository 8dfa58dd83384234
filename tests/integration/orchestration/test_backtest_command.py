"""The evaluation command, run as its users run it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from orchestration.backtest_command import declare_covariates, main
from tests.sales_frames import day, store, traits

CUTOFF = day(119)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    long = store(4, 148)
    long.select("unique_id", "ds", "y").write_parquet(tmp_path / "long.parquet")
    long.drop("y").write_parquet(tmp_path / "future.parquet")
    traits(long).write_parquet(tmp_path / "static.parquet")
    return tmp_path


def _arguments(folder: Path, *more: str) -> list[str]:
    return [
        *("--input", str(folder / "long.parquet")),
        *("--cutoff", CUTOFF.isoformat()),
        *("--output", str(folder / "forecasts.parquet")),
        *("--freq", "D", "--horizon", "28"),
        *more,
    ]


def _with_covariates(folder: Path) -> list[str]:
    return _arguments(
        folder,
        *("--future", str(folder / "future.parquet")),
        *("--static", str(folder / "static.parquet")),
        *("--seed", "7", "--threads", "1"),
    )


def test_the_output_has_points_and_quantiles_for_every_day(files: Path) -> None:
    assert main(_with_covariates(files)) == 0

    found = pl.read_parquet(files / "forecasts.parquet")
    assert found.columns[:4] == ["unique_id", "ds", "y_hat", "q0.005"]
    assert found.height == 4 * 28
    assert found["ds"].min() == day(120)


def test_rows_after_the_cutoff_are_never_read(files: Path) -> None:
    main(_with_covariates(files))
    before = pl.read_parquet(files / "forecasts.parquet")
    long = pl.read_parquet(files / "long.parquet")
    long.with_columns(
        pl.when(pl.col("ds") > CUTOFF).then(pl.lit(1e6)).otherwise("y").alias("y")
    ).write_parquet(files / "long.parquet")

    main(_with_covariates(files))

    assert pl.read_parquet(files / "forecasts.parquet").equals(before)


def test_the_report_names_time_and_memory(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(_arguments(files))

    report = capsys.readouterr().err
    assert "0% reading history" in report
    assert "seasonal naive" in report
    assert "s CPU, peak" in report


def test_csv_files_are_read_and_written(files: Path) -> None:
    pl.read_parquet(files / "long.parquet").write_csv(files / "long.csv")

    code = main(
        [
            *("--input", str(files / "long.csv")),
            *("--cutoff", CUTOFF.isoformat()),
            *("--output", str(files / "new" / "forecasts.csv")),
        ]
    )

    assert code == 0
    assert pl.read_csv(files / "new" / "forecasts.csv").height == 4 * 28


def test_a_missing_column_is_named(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pl.read_parquet(files / "long.parquet").drop("y").write_parquet(files / "long.parquet")

    assert main(_arguments(files)) == 2
    assert "lacks ['y']" in capsys.readouterr().err


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(_arguments(tmp_path)) == 2
    assert "does not exist" in capsys.readouterr().err


def test_a_file_that_is_not_parquet_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "long.parquet").write_text("not parquet")

    assert main(_arguments(tmp_path)) == 2
    assert "cannot forecast" in capsys.readouterr().err


def test_columns_of_the_future_file_are_known_ahead() -> None:
    history = store(1, 5).with_columns(pl.lit(3).alias("visits"), pl.lit("x").alias("remark"))

    found = declare_covariates(history, history.select("unique_id", "ds", "price"), None)

    assert found.future == ("price",)
    assert found.historical == ("promotion", "visits")


def test_the_command_starts_without_dagster() -> None:
    code = "import sys, orchestration.backtest_command; sys.exit('dagster' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
