"""The views made anew beside the ones in use, in a thread of its own."""

from collections.abc import Callable, Collection
from datetime import datetime
from threading import Condition, Thread

import structlog
from msgspec import Struct

from adapters.turns import Bell
from application.views.apply_batch import apply_batch
from application.views.places import LedgerReads, Places
from application.views.shared import SharedMaking
from domain.errors import Conflict, InvalidInput
from projections.store import ViewStore
from projections.store_errors import first_line
from projections.views import VERSIONS, ViewWriter

REBUILD_BATCH_EVENTS_MAX = 20_000

log = structlog.get_logger("dialtrail.projector")


def known_views(views: Collection[str]) -> list[str]:
    """The views that are rebuilt where these are named. Raises `InvalidInput` for one that there is not."""
    unknown = sorted(set(views) - VERSIONS.keys())
    if unknown:
        raise InvalidInput("views", f"{unknown[0]} is none of {', '.join(VERSIONS)}")
    return list(VERSIONS)


class RebuildAsked(Struct, frozen=True):
    """The last rebuild that somebody asked this process for: who (role and name), when, and which views by name; none is all."""

    by: str
    at: datetime
    views: tuple[str, ...]


class Rebuilding(Struct):
    """A rebuild under way: how many events it has taken in, of how many, since when."""

    done: int
    of: int
    started_at: datetime


class Rebuilder:
    """One rebuild at a time. What it `made` waits until it is taken; `is_made` is called then, `failed` where it fails."""

    def __init__(
        self,
        ledger: LedgerReads,
        places: Places,
        writer_on: Callable[[ViewStore], ViewWriter],
        clock: Callable[[], datetime],
        stopping: Bell,
        is_made: Callable[[], None],
        failed: Callable[[Exception], None],
        shared: SharedMaking | None = None,
    ) -> None:
        """With `shared`, several processes make what a long ledger has by then."""
        self.rebuilding: Rebuilding | None = None
        self.made: ViewWriter | None = None
        self._ledger = ledger
        self._places = places
        self._writer_on = writer_on
        self._clock = clock
        self._stopping = stopping
        self._is_made = is_made
        self._failed = failed
        self._shared = shared
        self._state = Condition()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin. Raises `Conflict` where one is under way."""
        with self._state:
            if self.rebuilding is not None:
                raise Conflict("the views are being made anew already; `GET /v1/views` shows how far that is")
            self.rebuilding = Rebuilding(done=0, of=self._ledger.position, started_at=self._clock())
            self._thread = Thread(target=self._run, name="dialtrail-rebuild", daemon=True)
            self._thread.start()

    def pays_at_first(self) -> bool:
        """Whether to make views in this way where there are none yet."""
        return self._shared is not None and self._shared.pays(self._ledger.position)

    def _begun(self) -> ViewStore:
        """The views as far as several can make them; else empty ones."""
        rebuilding, shared = self.rebuilding, self._shared
        if shared is not None and rebuilding is not None and shared.pays(rebuilding.of):

            def come_to(position: int) -> None:
                rebuilding.done = position

            try:
                return shared.make(come_to, self._stopping)
            except Exception as error:  # noqa: BLE001 - whatever it is, one process meets it as well, and knows what to do
                log.info("the views are made by one process", why=first_line(error))
        return self._places.in_the_making()

    def take(self) -> None:
        """What was made is in use, or of no use: wait for nobody any more."""
        with self._state:
            self.made = None
            self._state.notify_all()

    def stop(self, seconds_max: float) -> None:
        """Wait for the thread to end, which was told to by `stopping`."""
        with self._state:
            self._state.notify_all()
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(seconds_max)

    def catch_up(self, made: ViewWriter) -> ViewWriter:
        """Take in all that there is by now; the writer to go on with."""
        while batch := self._ledger.read_feed(made.position, REBUILD_BATCH_EVENTS_MAX):
            made = apply_batch(made, batch, self._writer_on)
        return made

    def _run(self) -> None:
        store: ViewStore | None = None
        try:
            store = self._begun()
            writer = self._writer_on(store)
            rebuilding = self.rebuilding
            while not self._stopping.is_set() and rebuilding is not None:
                batch = self._ledger.read_feed(writer.position, REBUILD_BATCH_EVENTS_MAX)
                if batch:
                    writer = apply_batch(writer, batch, self._writer_on)
                rebuilding.done, rebuilding.of = writer.position, self._ledger.position
                if len(batch) < REBUILD_BATCH_EVENTS_MAX:
                    break
            if not self._stopping.is_set():
                with self._state:
                    self.made = writer
                    self._is_made()
                    self._state.wait_for(lambda: self.made is None or self._stopping.is_set())
        except Exception as error:  # noqa: BLE001 - the views in use go on, and say why there are no new ones
            self._failed(error)
        finally:
            if store is not None:
                store.close()
                self._places.give_up()
            self.rebuilding = None
