"""The `ordernimbus` command.

What belongs here: which commands there are, and turning errors into one line and an exit status:
1 where the command could not do its work, 2 where it was called wrongly.
What stays out: the commands themselves (`operations.commands`).
"""

from __future__ import annotations

import os
from typing import Any

import typer
from typer.core import TyperGroup

from operations.commands import ingest, pipeline, stack, tenants
from ordernimbus.errors import OrderNimbusError
from ordernimbus.observability import configure_logging


class _OneLineErrors(TyperGroup):
    """Shows the platform's own errors as one line in place of a traceback."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401
        """Run the command."""
        try:
            return super().invoke(ctx)
        except OrderNimbusError as error:
            typer.echo(f"ordernimbus: {error}", err=True)
            raise typer.Exit(1) from error


app = typer.Typer(
    cls=_OneLineErrors,
    help="OrderNimbus: sales forecasts for many merchants.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(stack.up)
app.command()(stack.down)
app.command()(stack.reset)
app.command()(stack.status)
app.command()(ingest.ingest)
app.add_typer(tenants.app, name="tenants")
app.command()(pipeline.migrate)
app.command(context_settings={**pipeline.PASS_ALL_ARGUMENTS, "help_option_names": []})(
    pipeline.backtest
)


@app.callback()
def configure() -> None:
    """Log for people, unless the environment says otherwise."""
    os.environ.setdefault("ORDERNIMBUS_LOG_FORMAT", "console")
    configure_logging()


if __name__ == "__main__":
    app()
