"""Commands about the schema and the models.

What belongs here: handing over to the kernel's migrations and to the backtest's own program.
What stays out: what they do.
"""

from __future__ import annotations

import subprocess
import sys

import typer

from operations.connections import migration_url
from ordernimbus.database import migrate as migrations

PASS_ALL_ARGUMENTS = {"allow_extra_args": True, "ignore_unknown_options": True}


def migrate() -> None:
    """Bring the database to the newest schema; safe to repeat."""
    migrations.upgrade(migration_url())
    typer.echo(f"The database is at revision {migrations.head_revision()}.")


def backtest(context: typer.Context) -> None:
    """Forecast the past of a file of sales; `ordernimbus backtest --help` shows the options."""
    command = [sys.executable, "-m", "orchestration.backtest_command", *context.args]
    raise typer.Exit(subprocess.run(command, check=False).returncode)
