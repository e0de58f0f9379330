"""How the campaign goes, while it goes: one live table on a terminal, elsewhere a line whenever something has moved."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.live import Live
from rich.table import Table
from rich.text import Text

from domain.status import STATUSES
from entrypoints.cli.api import Json
from entrypoints.cli.output import console, say

LINE_SECONDS = 1.0
BAR_CELLS = 40


class Progress:
    """Shown on stderr from `__enter__` to `__exit__`."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._began = monotonic()
        self._live = Live(console=console(talk=True), auto_refresh=False) if sys.stderr.isatty() else None
        self._said = ""
        self._said_at = -LINE_SECONDS

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return self._monotonic() - self._began

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def tell(self, text: str) -> None:
        """One sentence about what has just happened; it stays above the table."""
        say(f"{self.seconds:4.0f} s  {text}")

    def show(self, campaign: Json) -> None:
        """Where the campaign stands now."""
        counts: dict[str, int] = campaign["recipients"]
        seconds = self.seconds
        if self._live is not None:
            self._live.update(_table(seconds, campaign["state"], counts), refresh=True)
            return
        said = ", ".join(f"{counts[name]} {name}" for name in STATUSES if counts.get(name))
        if said != self._said and seconds - self._said_at >= LINE_SECONDS:
            say(f"{seconds:4.0f} s  ({said})")
            self._said, self._said_at = said, seconds

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()


def _table(seconds: float, state: str, counts: dict[str, int]) -> Table:
    everybody = sum(counts.values()) or 1
    table = Table(box=None, show_header=False, title=f"{state}, {seconds:.0f} s", title_justify="left")
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_column(width=BAR_CELLS)
    for name in STATUSES:
        if counts.get(name):
            table.add_row(name, str(counts[name]), Text("█" * max(1, counts[name] * BAR_CELLS // everybody)))
    return table
