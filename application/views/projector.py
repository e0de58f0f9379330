"""Keeps the views at the ledger's end, in turns of its own; rebuilds them beside the ones in use, and swaps them."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from time import monotonic

import structlog

from adapters.turns import IN_THREADS, Rest, Work, WorkDriver, Working
from application.views.apply_batch import apply_batch, writers
from application.views.gathering import BATCH_EVENTS_MAX, gather_seconds
from application.views.heard import HeardOf
from application.views.in_use import REBUILD_FAILED, ViewsInUse
from application.views.places import LedgerReads, Places
from application.views.readers import ReaderGate, Readers, Waiters
from application.views.rebuilding import RebuildAsked, Rebuilder, Rebuilding, known_views
from application.views.shared import SharedMaking
from domain.errors import Conflict
from domain.events import Recorded
from projections.store import ViewsUnusable
from projections.store_errors import first_line, is_damage
from projections.views import ViewsSnapshot, ViewWriter

IDLE_SECONDS_MAX = 1.0
READ_ALONG_SECONDS = 0.1
RETRY_SECONDS = 0.5
RETRY_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 30.0

log = structlog.get_logger("dialtrail.projector")


class Projector:
    """One per process; reads go on at all times but for the moment of a swap. Where another process keeps the views, they
    are read as it leaves them, and neither written nor discarded.

    With `gate`, those who read are elsewhere: it is told what they may read, and asked to keep them out. With `shared`,
    several processes make the views of a long ledger.
    """

    def __init__(
        self,
        ledger: LedgerReads,
        places: Places,
        fingerprint: str | None,
        clock: Callable[[], datetime],
        gate: ReaderGate | None = None,
        shared: SharedMaking | None = None,
        turns: WorkDriver = IN_THREADS,
    ) -> None:
        self._ledger = ledger
        self._places = places
        self._heard = HeardOf(ledger)
        self._writer_on = writers(ledger, fingerprint, self._heard)
        self._clock = clock
        self._keeps = True
        self._readers = Readers(lambda: self.trouble, self._damaged)
        self._gate: ReaderGate = self._readers if gate is None else gate
        self._in_use = ViewsInUse(places, self._writer_on, self._gate)
        self._waiters = Waiters(self._has_come_to)
        self._turns = turns
        self._working: Working | None = None
        self._committed, self._stopping = turns.bell(), turns.bell()
        self._tried_again = False
        self._failed_at = float("-inf")
        self._listeners: list[Callable[[bool], None]] = []
        self._rebuilder = Rebuilder(
            ledger, places, self._writer_on, clock, self._stopping, self._committed.set, self._say_failed, shared
        )
        self.trouble: str | None = "the views are not open yet"
        self.behind_since: datetime | None = None
        self.rebuild_asked: RebuildAsked | None = None

    @property
    def position(self) -> int:
        """The last event that the views have taken in."""
        return self._in_use.position

    @property
    def rebuilding(self) -> Rebuilding | None:
        """The rebuild that is under way."""
        return self._rebuilder.rebuilding

    @property
    def why_rebuilt(self) -> str | None:
        """Why the views were made anew, or could not be; None where neither was so."""
        return self._in_use.why_rebuilt

    @why_rebuilt.setter
    def why_rebuilt(self, why: str) -> None:
        self._in_use.why_rebuilt = why

    @property
    def left_out(self) -> str | None:
        """What the views could not apply, and what to do; None where there is nothing."""
        writer = self._in_use.writer
        return None if writer is None else writer.left_out

    def behind(self) -> tuple[int, float]:
        """How many events the views are behind the ledger, and for how many seconds they have been behind at all."""
        events = max(0, self._ledger.position - self.position)
        since = self.behind_since
        seconds = 0.0 if not events or since is None else (self._clock() - since).total_seconds()
        return events, max(0.0, seconds)

    def start(self) -> None:
        """Begin to follow."""
        self._working = self._turns.begin(self._run, "dialtrail-projector")

    def stop(self) -> None:
        """Follow no further, and close."""
        self._stopping.set()
        self._committed.set()
        self._gate.use(None)
        if self._working is not None:
            self._working.join(STOP_SECONDS_MAX)
        self._rebuilder.stop(STOP_SECONDS_MAX)
        self._gate.use(None)
        if self._working is None or not self._working.is_alive():
            self._in_use.close()

    def pushed(self, _: Sequence[Recorded]) -> None:
        """Hear of a commit; from any thread."""
        if not self._committed.is_set():
            self._committed.set()

    def reading(self) -> AbstractContextManager[ViewsSnapshot]:
        """Read the views: every query within sees the same moment. Raises `ViewsUnusable` where there are none yet."""
        return self._readers.reading()

    async def wait_for(self, position: int, timeout_seconds: float) -> bool:
        """Wait until the views have come to a position; whether they have within the time."""
        return await self._waiters.wait_for(position, timeout_seconds)

    def add_waiter(self, moved: Callable[[], None]) -> None:
        """Call `moved` in this loop whenever the views have moved."""
        self._waiters.add(moved)

    def add_listener(self, told: Callable[[bool], None]) -> None:
        """Be told in this projector's thread whenever it has moved or looked, and whether it waits for a commit."""
        self._listeners.append(told)

    def _has_come_to(self, position: int) -> bool:
        return self._in_use.store is not None and self.position >= position

    def rebuild(self, views: Collection[str] = (), by: str | None = None) -> list[str]:
        """Begin to rebuild the views beside the ones in use; which ones. They hang together: naming one makes all of them.

        Who it is `by` is remembered.
        """
        known = known_views(views)
        if self.rebuilding is None and self._in_use.store is None:
            raise ViewsUnusable(self.trouble or "the views are closed")
        if not self._keeps:
            raise Conflict("another process keeps the views of this database; let it rebuild them, or stop it first")
        self._rebuilder.start()
        if by is not None:
            self.rebuild_asked = RebuildAsked(by, self._clock(), tuple(views))
        return known

    def _run(self) -> Work:
        wait = RETRY_SECONDS
        while not self._stopping.is_set():
            began = monotonic()
            try:
                yield from self._follow()
            except Exception as error:  # noqa: BLE001 - the views stand still and say why, and try again
                self.trouble = f"the views cannot go on ({type(error).__name__}: {first_line(error)})"
                log.warning("the views cannot go on", error=first_line(error), kind=type(error).__name__)
                if self._keeps and (isinstance(error, ViewsUnusable) or is_damage(error)):
                    self._in_use.put_away(error)
                self._tell()
                wait = RETRY_SECONDS if monotonic() - began > RETRY_SECONDS_MAX else wait
                yield Rest(self._stopping, wait)
                wait = min(RETRY_SECONDS_MAX, wait * 2)

    def _read_along(self) -> Work:
        """Another process keeps the views: follow it, until it is over and they are ours."""
        self._in_use.writer = None
        while not self._stopping.is_set() and not self._places.take():
            try:
                self._in_use.read_along()
            except ViewsUnusable as error:
                self.trouble = (
                    f"{first_line(error)}: they wait for a process that keeps them, `dialtrail project` or `up`"
                )
                self._tell()
                yield Rest(self._stopping, RETRY_SECONDS)
                continue
            self.trouble = None
            is_behind = self.position < self._ledger.position
            self.behind_since = (self.behind_since or self._clock()) if is_behind else None
            self._tell(is_idle=True)
            self._committed.clear()
            yield Rest(self._stopping, READ_ALONG_SECONDS)

    def _follow(self) -> Work:
        self._keeps = self._places.take()
        if not self._keeps:
            yield from self._read_along()
            return
        self._in_use.open()
        self._try_left_out_again()
        yield from self._make_first()
        while not self._stopping.is_set() and self._places.take():
            self._swap_if_wanted()
            self._make_anew_if_due()
            if self._in_use.damage is not None:
                raise ViewsUnusable(f"they are damaged ({first_line(self._in_use.damage)})")
            if not self._places.are_in_place():
                raise ViewsUnusable("their file was removed, or another was put in its place")
            writer = self._in_use.writer
            if writer is None:
                raise ViewsUnusable("the views are not open")
            self._committed.clear()
            batch = self._ledger.read_feed(writer.position, BATCH_EVENTS_MAX)
            if not batch:
                self.trouble = None
                self.behind_since = None
                writer.store.shorten_wal()
                self._tell(is_idle=True)
                yield Rest(self._committed, IDLE_SECONDS_MAX)
                continue
            if self.behind_since is None:
                self.behind_since = batch[0].counts_from
            self._heard.come_to(batch[-1].position)
            writer = self._in_use.writer = apply_batch(writer, batch, self._writer_on)
            self.trouble = None
            self.behind_since = None if writer.position >= self._ledger.position else batch[-1].counts_from
            self._tell()
            if gathering := gather_seconds(len(batch)):
                yield Rest(self._stopping, gathering)

    def _try_left_out_again(self) -> None:
        """Once in a process's life: the code may be newer than that which left something out."""
        if self.left_out is not None and not self._tried_again and self.rebuilding is None:
            self._rebuilder.start()
        self._tried_again = True

    def _make_first(self) -> Work:
        """Where there are no views yet of a long ledger, wait for those who make them together."""
        if self.position or not self._rebuilder.pays_at_first():
            return
        with suppress(Conflict):  # they are at it already
            self._rebuilder.start()
        while self.rebuilding is not None and self._rebuilder.made is None and not self._stopping.is_set():
            self._tell()
            yield Rest(self._stopping, RETRY_SECONDS)

    def _make_anew_if_due(self) -> None:
        """Where something was erased since they were begun, by whomever: they are made anew, and again where that fails."""
        writer = self._in_use.writer
        if writer is None or not writer.erasures.is_due or self.rebuilding is not None:
            return
        if monotonic() - self._failed_at > RETRY_SECONDS_MAX:
            with suppress(Conflict):  # somebody asked for it just now
                self._rebuilder.start()

    def _damaged(self, error: Exception) -> None:
        """Somebody met this while reading."""
        if is_damage(error):
            self._in_use.damage = error
            self._committed.set()

    def _tell(self, is_idle: bool = False) -> None:
        self._waiters.tell()
        for told in self._listeners:
            told(is_idle)

    def _swap_if_wanted(self) -> None:
        """In the thread that writes, and with no reader: the new views come to the end and take the old ones' place."""
        made = self._rebuilder.made
        if made is None:
            return
        try:
            made = self._rebuilder.catch_up(made)
        except Exception as error:  # noqa: BLE001 - the views in use go on, and say why there are no new ones
            self._say_failed(error)
        else:
            self._swap(made)
        finally:
            self._rebuilder.take()

    def _swap(self, made: ViewWriter) -> None:
        if not self._gate.shut():
            if self._stopping.is_set():
                return
            self._gate.open_again()
            self._say_failed(TimeoutError("somebody reads the views for too long"))
            return
        self._in_use.swap(made)

    def _say_failed(self, error: Exception) -> None:
        self._failed_at = monotonic()
        self.why_rebuilt = f"{REBUILD_FAILED}: {first_line(error)}"
        log.warning("a rebuild of the views failed", error=first_line(error), kind=type(error).__name__)
