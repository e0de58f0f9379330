"""`dialtrail rebuild`: the views once more from the ledger, beside those in use, which are then replaced."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from domain.counted import counted
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.options import AsJson
from entrypoints.cli.output import console, say, write, write_json, write_table

EPILOG = "Example: dialtrail rebuild, or: dialtrail rebuild call_index campaign_summary"
POLL_SECONDS = 0.25
FAILED = "a rebuild failed"
POLLS_MAX = 57_600  # four hours
POLLS_WITHOUT_PROGRESS_MAX = 480  # two minutes

Views = Annotated[
    list[str] | None,
    typer.Argument(metavar="[VIEW]…", help="These views, and what is made together with them; else all."),
]
Moved = Callable[[int, int], None]


def rebuild(views: Views = None, as_json: AsJson = False) -> None:
    """Make views anew from the ledger. Reads go on meanwhile, from the views as they are; nothing is lost.

    Ctrl-C ends the watching; a server that runs goes on.
    """
    wanted = list(dict.fromkeys(views or []))

    async def work(api: Api) -> tuple[Json, Json, float]:
        began = time.monotonic()
        started = await api.post_again(path_of("views", "rebuild"), {"views": wanted} if wanted else {})
        with _bar() as moved:
            done = await watched(api, started["position"], moved)
        return started, done, time.monotonic() - began

    started, done, seconds = with_api("rebuild", work)
    rebuilt = [one for one in done["items"] if one["name"] in started["views"]]
    position, pace = started["position"], round(started["position"] / seconds) if seconds else 0
    if as_json:
        write_json({"views": rebuilt, "position": position, "seconds": round(seconds, 3), "events_per_second": pace})
        return
    headers = ("view", "version", "position", "rows")
    write_table(
        headers, [(one["name"], *(one.get(name) for name in headers[1:])) for one in rebuilt], right=headers[1:]
    )
    write()
    write(
        f"{counted(len(rebuilt), 'view')} rebuilt from {counted(position, 'event')} in {seconds:.1f} s: "
        f"{counted(pace, 'event')} a second"
    )


async def watched(api: Api, position: int, moved: Moved) -> Json:
    """The views once they are rebuilt and have all up to `position`; `CommandFailed` where that fails or stands still."""
    import asyncio  # noqa: PLC0415 - help waits for nothing

    last: object = None
    unchanged = 0
    for _ in range(POLLS_MAX):
        found = await api.get_again(path_of("views"))
        under_way = found.get("rebuild")
        if under_way is None:
            if found.get("trouble"):
                raise CommandFailed(f"the rebuild failed: {found['trouble']}; see the server's log, and try again")
            if (found.get("made_anew") or "").startswith(FAILED):
                raise CommandFailed(f"{found['made_anew']}; see the server's log, and try again")
            if all(one["position"] >= position for one in found["items"]):
                return found
        else:
            moved(under_way["done"], under_way["of"])
        now = (under_way, [one["position"] for one in found["items"]])
        unchanged = unchanged + 1 if now == last else 0
        if unchanged >= POLLS_WITHOUT_PROGRESS_MAX:
            break
        last = now
        await asyncio.sleep(POLL_SECONDS)
    raise CommandFailed(
        f"nothing of the rebuild has moved for {POLLS_WITHOUT_PROGRESS_MAX * POLL_SECONDS:g} s; "
        "it is the server's to finish: see its log, and GET /v1/views"
        if unchanged
        else "the rebuild takes longer than this command watches; GET /v1/views shows how far it is"
    )


async def seen_rebuilt(api: Api, done: Json) -> None:
    """Wait for what a command has begun, if it has; where that fails it says so, and that the views are not rebuilt."""
    if done["views_rebuilt"]:  # a server that is this process would end before they are
        try:
            await watched(api, done["position"], lambda _done, _of: None)
        except CommandFailed as error:
            say(str(error))
            done["views_rebuilt"] = False


@contextmanager
def _bar() -> Iterator[Moved]:
    """On a terminal a bar on stderr; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    from rich.progress import (  # noqa: PLC0415 - for those who watch
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TextColumn("events"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console(talk=True), transient=True) as progress:
        task = progress.add_task("rebuilding", total=None)
        yield lambda done, of: progress.update(task, completed=done, total=of)
