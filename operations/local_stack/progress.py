"""What a person sees while the stack starts, and the table at the end.

What belongs here: words, lines and tables. What stays out: doing the steps.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table

_QUIET_SECONDS = 15.0


class Progress:
    """Prints steps as lines; on a terminal the current one moves."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def say(self, text: str) -> None:
        """Print one line."""
        self._console.print(f"  {text}", highlight=False, markup=False)

    def warn(self, text: str) -> None:
        """Print one line that asks for attention."""
        self._console.print(f"! {text}", highlight=False, markup=False, style="yellow")

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show that `title` goes on, and how long it took when it is done."""
        began = time.monotonic()
        with self._console.status(f"  {title} …"):
            yield
        self.say(f"✓ {title} ({time.monotonic() - began:.1f} s)")

    @contextmanager
    def following(self, title: str) -> Iterator[Following]:
        """Show a step whose state is told now and then."""
        with self._console.status(f"  {title} …") as status:
            yield Following(self, title, status.update)

    def table(self, table: Table) -> None:
        """Print a table."""
        self._console.print(table)

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks on, so that lines may move."""
        return self._console.is_terminal

    def plain(self, text: str) -> None:
        """Print text to be copied: never wrapped, never coloured."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)


class Following:
    """Tells the state of a long step: moving on a terminal, elsewhere a line for each change."""

    def __init__(self, progress: Progress, title: str, show: Callable[[str], None]) -> None:
        self._progress = progress
        self._title = title
        self._began = time.monotonic()
        self._show = show
        self._last_text = ""
        self._last_at = 0.0

    def tell(self, text: str) -> None:
        """Show the state if it changed, or if nothing was shown for a while."""
        now = time.monotonic()
        line = f"{self._title}: {text} ({now - self._began:.0f} s)"
        self._show(f"  {line}")
        if text != self._last_text or now - self._last_at > _QUIET_SECONDS:
            if not self._progress.is_terminal:
                self._progress.say(line)
            self._last_text, self._last_at = text, now


def stack_table(rows: Sequence[tuple[str, str, str]]) -> Table:
    """Return the table of what runs: title, address, how to log in."""
    table = Table(title="OrderNimbus is running", title_justify="left")
    for heading in ("What", "Where", "How to log in"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table
