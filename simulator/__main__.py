"""Command line of the simulator: write a demo merchant's files and the truth behind them.

Belongs here: arguments and file names. Stays out: everything simulated. There is no clock inside;
the caller says on which day the history ends.
"""

import argparse
import dataclasses
import sys
from datetime import date
from pathlib import Path

from simulator.demand import simulate
from simulator.demos import DEMOS, TWO_YEARS_DAYS
from simulator.generic_csv import write_generic_csv
from simulator.scenario import Scenario
from simulator.shopify_csv import write_shopify_csvs
from simulator.shopify_orders import build_orders


def write_scenario(scenario: Scenario, directory: Path) -> list[Path]:
    """Write a merchant's sales files and truth into a folder, which is created when missing.

    Args:
        scenario: The merchant.
        directory: Folder for `sales.csv`, or `orders_export_<n>.csv` and `orders_truth.parquet`
            for a merchant with order habits; always `truth.parquet`, the frame of
            `demand.simulate`.

    Returns:
        The sales files to upload, oldest first.
    """
    directory.mkdir(parents=True, exist_ok=True)
    demand = simulate(scenario)
    demand.write_parquet(directory / "truth.parquet")
    if scenario.orders is None:
        path = directory / "sales.csv"
        write_generic_csv(demand, path)
        return [path]
    simulated = build_orders(scenario, demand)
    simulated.truth().write_parquet(directory / "orders_truth.parquet")
    return write_shopify_csvs(scenario, simulated, directory)


def main(arguments: list[str] | None = None) -> int:
    """Run the command and print the files to upload, one per line.

    Args:
        arguments: Command-line arguments; the process's own when None.

    Returns:
        The exit status, 0.

    Raises:
        SystemExit: With status 2 when the arguments make no scenario or the folder is unusable.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    settings = {"n_days": options.days, "n_products": options.products, "seed": options.seed}
    given = {name: value for name, value in settings.items() if value is not None}
    try:
        scenario = DEMOS[options.scenario](options.end_date, **given)
        if options.files is not None and scenario.orders is not None:
            orders = dataclasses.replace(scenario.orders, n_files=options.files)
            scenario = dataclasses.replace(scenario, orders=orders)
        paths = write_scenario(scenario, options.output_dir)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    for path in paths:
        sys.stdout.write(f"{path}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator", description="Write a simulated merchant's sales files."
    )
    parser.add_argument("scenario", choices=sorted(DEMOS), help="which merchant")
    parser.add_argument("--output-dir", type=Path, required=True, help="folder to write into")
    parser.add_argument(
        "--end-date", type=date.fromisoformat, required=True, help="last day, YYYY-MM-DD"
    )
    parser.add_argument("--days", type=int, help=f"days of history (default {TWO_YEARS_DAYS})")
    parser.add_argument("--products", type=int, help="number of products")
    parser.add_argument("--seed", type=int, help="root of the random streams")
    parser.add_argument("--files", type=int, help="number of Shopify export files")
    return parser


if __name__ == "__main__":
    sys.exit(main())
