"""Commands that start, stop, forget and show the local stack.

What belongs here: arguments and words. What stays out: the stack (`operations.local_stack`).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from operations.local_stack import down as ending
from operations.local_stack import up as starting
from operations.local_stack.progress import Progress
from operations.local_stack.state import StateFolder

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def up() -> None:
    """Start the whole platform on this machine and keep it running until Ctrl-C."""
    raise typer.Exit(starting.up(StateFolder.of_environment(), Progress(Console())))


def down() -> None:
    """Stop the platform that `up` started, from any shell."""
    had_stack = ending.down(StateFolder.of_environment())
    typer.echo("OrderNimbus is stopped." if had_stack else "OrderNimbus does not run.")


def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,  # noqa: FBT002
) -> None:
    """Stop the platform and remove everything it kept: database, files, users, logs."""
    state = StateFolder.of_environment()
    if not yes:
        typer.confirm(f"Remove all data of the platform in {state.root}?", abort=True)
    ending.reset(state)
    typer.echo(f"All data in {state.root} is removed; `make run` begins anew.")


def status(as_json: AsJson = False) -> None:  # noqa: FBT002
    """Show what runs and whether it answers; status 1 where something does not."""
    found = ending.status(StateFolder.of_environment())
    if as_json:
        typer.echo(json.dumps([asdict(service) for service in found], indent=2))
    elif not found:
        typer.echo("OrderNimbus does not run: start it with `make run`.")
    else:
        table = Table("What", "Where", "State")
        for service in found:
            state = "runs" if service.is_healthy else "does not answer"
            table.add_row(service.title, service.url or "", state)
        Console().print(table)
    if not found or not all(service.is_healthy for service in found):
        raise typer.Exit(1)
