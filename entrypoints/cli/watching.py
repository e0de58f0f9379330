"""What is shown again and again, for whoever watches it."""

import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from domain.errors import InvalidInput
from entrypoints.cli.api import Api, Json
from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.output import console, write

EVERY_SECONDS_DEFAULT = 2.0
EVERY_SECONDS_MIN, EVERY_SECONDS_MAX = 0.5, 3_600.0
CHANGES_BY_ITSELF = ("position", "judged_at")

Watch = Annotated[
    bool, typer.Option("--watch", help="Show it again as it changes, until the campaign is over or Ctrl-C.")
]
Every = Annotated[
    float | None,
    typer.Option(
        "--every",
        metavar="SECONDS",
        min=EVERY_SECONDS_MIN,
        max=EVERY_SECONDS_MAX,
        help=f"With --watch: how often to look; else every {EVERY_SECONDS_DEFAULT:g} s.",
    ),
]


def seconds_to_watch(every: float | None, *, watch: bool, of_the_past: bool) -> float | None:
    """How often to look; None for once. `InvalidInput` for what does not go together."""
    if every is not None and not watch:
        raise InvalidInput("--every", "goes with --watch")
    if watch and of_the_past:
        raise InvalidInput("--watch", "is of what is known now: leave out --as-of, for the past does not change")
    return (every or EVERY_SECONDS_DEFAULT) if watch else None


async def watch_over(
    api: Api,
    seconds: float,
    ask: Callable[[], Awaitable[Json]],
    show: Callable[[Json], Awaitable[None]],
    *,
    as_lines: bool,
) -> None:
    """Ask and show, until what is asked about is over. On a terminal in one place, elsewhere one below the other.

    Off a terminal only what has changed is shown, parted by an empty line unless they are lines for programs.
    """
    import asyncio  # noqa: PLC0415

    if api.in_process:
        raise CommandFailed("--watch: nothing moves while nothing runs here; start it with: dialtrail up")
    on_terminal = sys.stdout.isatty()
    before: Json | None = None
    while True:
        found = await ask()
        now = {name: value for name, value in found.items() if name not in CHANGES_BY_ITSELF}
        if on_terminal:
            console().clear()
        if on_terminal or now != before:
            if before is not None and not (on_terminal or as_lines):
                write()
            await show(found)
            sys.stdout.flush()
        if is_over(found):
            return
        before = now
        await asyncio.sleep(seconds)


def is_over(found: Json) -> bool:
    """Whether a campaign has ended, and nobody of it is on the phone. A recipient is watched on: others may call them."""
    under_way = found.get("recipients") or {}
    return found.get("state") in {"completed", "canceled"} and not any(
        under_way.get(status) for status in ("dialing", "in_progress")
    )
