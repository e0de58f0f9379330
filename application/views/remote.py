"""The projector in a process of its own: what keeps the views takes nothing from what answers and dials.

The two talk by lines of JSON. To the child: `Orders`, then `Knock`s. From it: `ProjectorReport`, each time something moved. Where the
child has to put other views in the place of those in use, it asks, and waits until nobody reads here.
"""

import subprocess
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from threading import Event, Lock, Thread
from typing import IO

import msgspec
import structlog

from application.log_report import LogReport
from application.views.messages import Knock, Orders, ProjectorReport
from application.views.places import LedgerReads, Places
from application.views.projector import Projector
from application.views.readers import Readers, Waiters
from application.views.rebuilding import RebuildAsked, Rebuilding, known_views
from domain.errors import Conflict
from domain.events import Recorded
from projections.store import ViewStore, ViewsUnusable
from projections.store_errors import first_line
from projections.views import ViewsSnapshot

RESTART_SECONDS = 1.0
RESTART_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 10.0
LINE_BYTES_MAX = 64 * 1024

log = structlog.get_logger("dialtrail.projector")


class RemoteProjector:
    """The same face as the projector's, in front of its process, which is started again where it ends.

    `start_process` starts it, with its standard input and output as unbuffered pipes.
    """

    def __init__(
        self,
        ledger: LedgerReads,
        places: Places,
        orders: Orders,
        clock: Callable[[], datetime],
        start_process: Callable[[], subprocess.Popen[bytes]],
    ) -> None:
        self._ledger = ledger
        self._places = places
        self._orders = orders
        self._clock = clock
        self._start_process = start_process
        self._told = ProjectorReport(trouble="the views are not open yet")
        self._readers = Readers(lambda: self.trouble, lambda _: None)
        self._waiters = Waiters(lambda position: self._readers.are_open and self._told.position >= position)
        self._store: ViewStore | None = None
        self._opened = 0
        self._rebuilds_asked = 0
        self._is_knocked = False
        self.rebuild_asked: RebuildAsked | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._writing = Lock()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="dialtrail-views", daemon=True)

    @property
    def position(self) -> int:
        """The last event that the views have applied."""
        return self._told.position

    @property
    def trouble(self) -> str | None:
        """What keeps the views from going on; None where nothing does."""
        return self._told.trouble

    @property
    def why_rebuilt(self) -> str | None:
        """Why the views were last rebuilt by themselves."""
        return self._told.why_rebuilt

    @property
    def left_out(self) -> str | None:
        """What the views could not apply, and what to do; None where there is nothing."""
        return self._told.left_out

    @property
    def rebuilding(self) -> Rebuilding | None:
        """The rebuild that is under way."""
        return self._told.rebuilding

    @property
    def log_report(self) -> LogReport:
        """How far the verifiable log is, which the child keeps as well."""
        return self._told.log

    def start_log(self) -> None:
        """The child begins by itself."""

    def keep_log(self, *, keeps: bool) -> None:
        """Have the child keep it, or stand by."""
        self._say(Knock(keeps_log=keeps))

    def stop_log(self) -> None:
        """The child signs what there is when it ends."""

    def behind(self) -> tuple[int, float]:
        """How many events the views are behind the ledger, and for how many seconds they have been behind at all."""
        events = max(0, self._ledger.position - self.position)
        since = self._told.behind_since
        seconds = 0.0 if not events or since is None else (self._clock() - since).total_seconds()
        return events, max(0.0, seconds)

    def start(self) -> None:
        """Start the process."""
        self._thread.start()

    def stop(self) -> None:
        """End it, and close."""
        self._stopping.set()
        self._end()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS_MAX)
        self._readers.use(None)
        self._close_store()

    def pushed(self, _: Sequence[Recorded]) -> None:
        """Hear of a commit; from any thread. Only a child that waits for one is told."""
        if self._told.is_idle and not self._is_knocked:
            self._is_knocked = True
            self._say(Knock(committed=True))

    def reading(self) -> AbstractContextManager[ViewsSnapshot]:
        """Read the views: every query within sees the same moment. Raises `ViewsUnusable` where there are none yet."""
        return self._readers.reading()

    async def wait_for(self, position: int, timeout_seconds: float) -> bool:
        """Wait until the views have come to a position; whether they have within the time."""
        return await self._waiters.wait_for(position, timeout_seconds)

    def add_waiter(self, moved: Callable[[], None]) -> None:
        """Call `moved` in this loop whenever the views have moved."""
        self._waiters.add(moved)

    def rebuild(self, views: Collection[str] = (), by: str | None = None) -> list[str]:
        """Begin to rebuild the views beside the ones in use; which ones. Who it is `by` is remembered."""
        known = known_views(views)
        if not self._readers.are_open:
            raise ViewsUnusable(self.trouble or "the views are closed")
        if self.rebuilding is not None:
            raise Conflict("the views are being made anew already; `GET /v1/views` shows how far that is")
        begun = Rebuilding(done=0, of=self._ledger.position, started_at=self._clock())
        self._told = msgspec.structs.replace(self._told, rebuilding=begun)
        self._rebuilds_asked += 1
        if by is not None:
            self.rebuild_asked = RebuildAsked(by, begun.started_at, tuple(views))
        self._say(Knock(rebuild=True))
        return known

    def _run(self) -> None:
        wait = RESTART_SECONDS
        while not self._stopping.is_set():
            began = self._clock()
            ended = self._how_it_ended()
            if self._stopping.is_set():
                return
            self._readers.shut()
            self._close_store()
            self._told = msgspec.structs.replace(
                self._told,
                trouble=f"the process that keeps the views {ended}; it is started again",
                rebuilding=None,
                is_idle=False,
            )
            log.warning("the process that keeps the views ended", how=ended)
            lived = (self._clock() - began).total_seconds()
            wait = RESTART_SECONDS if lived > RESTART_SECONDS_MAX else min(RESTART_SECONDS_MAX, wait * 2)
            self._stopping.wait(wait)

    def _how_it_ended(self) -> str:
        """One life of the child, and what ended it; whatever that was, there is a next one."""
        try:
            return f"ended with code {self._live()}"
        except Exception as error:  # noqa: BLE001 - such as a machine that has no room for another process
            self._end()
            return f"failed ({type(error).__name__}: {first_line(error)})"

    def _live(self) -> int:
        """One life of the child; its exit code."""
        with self._start_process() as process:
            if process.stdin is None or process.stdout is None:
                raise RuntimeError("a child without pipes")
            self._process = process
            self._opened = 0
            self._rebuilds_asked = 0
            self._say_line(msgspec.json.encode(self._orders))
            decoder = msgspec.json.Decoder(ProjectorReport)
            with suppress(OSError, ValueError):
                for line in _lines(process.stdout):
                    self._heard(decoder.decode(line))
            self._end()
            return process.wait()

    def _heard(self, told: ProjectorReport) -> None:
        if told.wants_shut:
            self._readers.shut()
            self._close_store()
            self._say(Knock(shut=True))
            return
        if told.opened != self._opened and told.is_open:
            self._store = self._places.for_readers()
            self._readers.use(self._store)
            self._opened = told.opened
        if told.rebuilds < self._rebuilds_asked:  # it was said before the child heard of the rebuild
            told = msgspec.structs.replace(told, rebuilding=self._told.rebuilding)
        self._told = told
        if told.is_idle:
            self._is_knocked = False
            if told.position < self._ledger.position:
                self._is_knocked = True
                self._say(Knock(committed=True))
        self._waiters.tell()

    def _close_store(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            store.close()

    def _say(self, knock: Knock) -> None:
        self._say_line(msgspec.json.encode(knock))

    def _say_line(self, line: bytes) -> None:
        """Write to the child. One that has ended hears nothing; its next life begins at what is on disk."""
        process = self._process
        if process is not None and process.stdin is not None:
            with self._writing, suppress(OSError, ValueError):
                process.stdin.write(line + b"\n")

    def _end(self) -> None:
        """Close its ear: it ends by itself, or is ended."""
        process = self._process
        if process is None:
            return
        with suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Lines as they come; a line that grows beyond its bound is the end."""
    rest = b""
    while chunk := stream.read(LINE_BYTES_MAX):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
        if len(rest) > LINE_BYTES_MAX:
            return


Views = Projector | RemoteProjector
"""What keeps the views, by the face that its readers see."""
