"""`dialtrail capture`: the webhooks as they came, in a file that another system can replay."""

import asyncio
import gc
import os
import sys
from pathlib import Path
from time import monotonic
from typing import IO, TYPE_CHECKING, Annotated

import typer

from adapters.capture_file import Captured, captured_line
from domain.errors import DialtrailError, InvalidInput
from entrypoints.cli.api import Api
from entrypoints.cli.completion import complete_call
from entrypoints.cli.connection import with_api
from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.options import STDIN
from entrypoints.cli.output import say, visible_json

if TYPE_CHECKING:
    from entrypoints.cli.feed import Feed

EPILOG = (
    "Example: dialtrail capture webhooks.jsonl --follow --seconds 60, or: dialtrail capture call.jsonl --call call_123"
)
POLL_SECONDS = 0.25
FOLLOW_SECONDS_MAX = 86_400.0

OutFile = Annotated[Path, typer.Argument(metavar="FILE", help="Where they go, as JSON lines; - is standard output.")]
OfCall = Annotated[
    str | None, typer.Option("--call", metavar="CALL_ID", help="Only this call's.", autocompletion=complete_call)
]
After = Annotated[int, typer.Option("--after", metavar="POSITION", min=0, help="Only those after this position.")]
Follow = Annotated[
    bool, typer.Option("--follow", help="Go on with those that come, until Ctrl-C; beside a running dialtrail up.")
]
Seconds = Annotated[
    float | None,
    typer.Option(
        "--seconds", metavar="N", min=0, max=FOLLOW_SECONDS_MAX, help="With --follow: for so long; else for a day."
    ),
]


def capture(
    file: OutFile, call_id: OfCall = None, after: After = 0, follow: Follow = False, seconds: Seconds = None
) -> None:
    """Write the webhooks that are in the ledger, as they came, into a file that another system can replay.

    With --follow also those that still come. The file is readable by you alone (mode 0600): it has phone numbers in it.
    """
    if seconds is not None and not follow:
        raise InvalidInput("--seconds", "goes with --follow")
    out = _Out(file)
    capturing = _Capturing(out, call_id, after)

    async def work(api: Api) -> None:
        await capturing.run(api, (FOLLOW_SECONDS_MAX if seconds is None else seconds) if follow else None)

    try:
        with_api("capture", work)
    except KeyboardInterrupt:
        if not out.is_whole:
            raise
    except DialtrailError:
        if out.is_whole:
            say(capturing.told())
        raise
    finally:
        out.close()
    if not (out.deliveries or follow):
        raise CommandFailed("no deliveries are there to capture")
    say(capturing.told())


class _Out:
    """The file, or standard output. A file is written aside and put in its place with all that there was; what is
    added after that goes to its end, whole lines at a time."""

    def __init__(self, file: Path) -> None:
        self.deliveries = 0
        self.is_whole = False
        self._file = None if file == STDIN else file
        self._part = file.with_name(f".{file.name}.part")
        self._to: IO[bytes] = sys.stdout.buffer
        if self._file is not None:
            self._part.unlink(missing_ok=True)
            self._to = os.fdopen(os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def write(self, deliveries: list[Captured]) -> None:
        """Add them."""
        lines = b"".join(captured_line(one) for one in deliveries)
        self._to.write(visible_json(lines.decode()).encode() if self._to.isatty() else lines)
        self._to.flush()
        self.deliveries += len(deliveries)

    def put_in_place(self) -> None:
        """All that there was has been written."""
        if self._file is not None:
            self._part.replace(self._file)
        self.is_whole = True

    def close(self) -> None:
        """Leave nothing half done behind."""
        if self._file is not None:
            self._to.close()
            self._part.unlink(missing_ok=True)


class _Capturing:
    """What has been captured so far."""

    def __init__(self, out: _Out, call_id: str | None, after: int) -> None:
        self._out = out
        self._call_id = call_id
        self._position = after

    async def run(self, api: Api, follow_seconds: float | None) -> None:
        """Write all that there is; then, for so long, what comes."""
        from entrypoints.cli.feed import Feed  # noqa: PLC0415 - this knows every event, and help would wait for it

        if follow_seconds is not None and api.in_process:
            raise CommandFailed("--follow: no webhooks come in here while nothing runs; start it with: dialtrail up")
        feed = Feed(api, self._call_id, self._position)
        while await self._write_page(feed):
            pass
        if not (self._out.deliveries or follow_seconds is not None):
            return
        self._out.put_in_place()
        if follow_seconds is None:
            return
        say(f"{self._counted()} so far; waiting for more, end it with Ctrl-C")
        deadline = monotonic() + follow_seconds
        while monotonic() < deadline:
            if not await self._write_page(feed):
                await asyncio.sleep(POLL_SECONDS)

    async def _write_page(self, feed: "Feed") -> bool:
        """Write the next page; whether there is more already."""
        found, is_more = await feed.more()
        self._out.write(found)
        self._position = feed.position
        # An answer of a server in this process is a cycle of objects, and those are looked for rarely there.
        gc.collect(0)
        return is_more

    def told(self) -> str:
        """What is said in the end."""
        return (
            f"{self._counted()} captured, up to position {self._position}; "
            "they hold phone numbers: keep them as you keep those"
        )

    def _counted(self) -> str:
        return "1 delivery" if self._out.deliveries == 1 else f"{self._out.deliveries} deliveries"
