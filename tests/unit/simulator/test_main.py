"""The simulator's command line."""

from pathlib import Path

import polars as pl
import pytest

from simulator.__main__ import main


def run(scenario: str, directory: Path, *extra: str) -> None:
    small = ["--days", "60", "--products", "10"]
    main([scenario, "--output-dir", str(directory), "--end-date", "2026-10-31", *small, *extra])


def test_grocer_gets_one_sales_file_and_the_truth(tmp_path: Path) -> None:
    run("corner_grocer", tmp_path / "new" / "folder")

    written = {path.name for path in (tmp_path / "new" / "folder").iterdir()}
    assert written == {"sales.csv", "truth.parquet"}


def test_merchant_gets_the_asked_number_of_exports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("shopify_merchant", tmp_path, "--files", "2")

    expected = [tmp_path / "orders_export_1.csv", tmp_path / "orders_export_2.csv"]
    assert capsys.readouterr().out.split() == [str(path) for path in expected]
    truth = pl.read_parquet(tmp_path / "truth.parquet")
    orders = pl.read_parquet(tmp_path / "orders_truth.parquet")
    assert orders["sold_units"].sum() == truth["sold_units"].sum() > 0


@pytest.mark.parametrize("scenario", ["corner_grocer", "shopify_merchant"])
def test_two_runs_write_the_same_bytes(scenario: str, tmp_path: Path) -> None:
    run(scenario, tmp_path / "first")
    run(scenario, tmp_path / "second")

    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("first", "second")
    )
    assert first == second


def test_another_seed_writes_other_sales(tmp_path: Path) -> None:
    run("corner_grocer", tmp_path / "first", "--seed", "1")
    run("corner_grocer", tmp_path / "second", "--seed", "2")

    first, second = ((tmp_path / name / "sales.csv").read_bytes() for name in ("first", "second"))
    assert first != second


def test_end_date_is_required(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["corner_grocer", "--output-dir", str(tmp_path)])

    assert "--end-date" in capsys.readouterr().err


def test_impossible_size_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        run("corner_grocer", tmp_path, "--days", "0")

    assert "n_days is 0" in capsys.readouterr().err
