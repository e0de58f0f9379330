"""The views in use: what is stored, and what writes it; opened, swapped for new ones, put away."""

from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from application.views.places import Places
from application.views.readers import ReaderGate
from domain.kept_numbers import forget_numbers
from projections.store import ViewStore, ViewsUnusable
from projections.store_errors import first_line, is_passing
from projections.views import VERSIONS, ViewWriter

log = structlog.get_logger("dialtrail.projector")

REBUILD_FAILED = "a rebuild failed, the views stayed as they were"
"""Said until one goes well; commands that wait for one look for it."""


class ViewsInUse:
    """Changed by the projector's thread alone. There is no `writer` where another process keeps the views.

    `gate` is told what may be read. `damage` is what somebody met while reading.
    """

    def __init__(self, places: Places, writer_on: Callable[[ViewStore], ViewWriter], gate: ReaderGate) -> None:
        self._places = places
        self._writer_on = writer_on
        self._gate = gate
        self._read_along_to = 0
        self.store: ViewStore | None = None
        self.writer: ViewWriter | None = None
        self.damage: Exception | None = None
        self.why_rebuilt: str | None = None

    @property
    def position(self) -> int:
        """The last event that the views have taken in."""
        return self._read_along_to if self.writer is None else self.writer.position

    def read_along(self) -> None:
        """Another process keeps them: open them to readers, or look how far they have come."""
        if self.store is None:
            self._open_to_read()
        else:
            self._read_along_to = self.store.progress(VERSIONS).position

    def _open_to_read(self) -> None:
        store = self._places.for_readers()
        try:
            self._read_along_to = store.progress(VERSIONS).position
        except BaseException:
            store.close()
            raise
        self.store = store
        self._gate.use(store)

    def open(self) -> None:
        """Open them to be written and read; what cannot be used is discarded, and begun with nothing."""
        if self.store is not None:
            self.writer = self._writer_on(self.store)
            return
        try:
            self._use(self._places.in_use())
        except (ViewsUnusable, SQLAlchemyError) as error:
            if is_passing(error):
                raise
            self.why_rebuilt = first_line(error)
            log.warning("the views are made anew from the ledger", why=self.why_rebuilt)
            self._places.discard()
            self._use(self._places.in_use())

    def _use(self, store: ViewStore) -> None:
        try:
            writer = self._writer_on(store)
        except BaseException:
            store.close()
            raise
        self.store, self.writer = store, writer
        self._gate.use(store)

    def swap(self, made: ViewWriter) -> None:
        """Put these in their place, while nobody reads."""
        old, self.store = self.store, None
        if old is not None:
            old.close()
        made.store.close()
        self._places.swap()
        self._use(self._places.in_use())
        if (self.why_rebuilt or "").startswith(REBUILD_FAILED):
            self.why_rebuilt = None
        forget_numbers()  # who read the old ones meanwhile may have asked about somebody who was erased
        log.info("the views were made anew", position=self.position)

    def put_away(self, error: Exception) -> None:
        """What is stored is of no use: the next look begins with nothing."""
        self._gate.shut()
        store, self.store, self.writer, self.damage = self.store, None, None, None
        self._read_along_to = 0
        self._gate.use(None)
        if store is not None:
            store.close()
        self.why_rebuilt = first_line(error)
        self._places.discard()

    def close(self) -> None:
        """Close what is open, and let another process keep them."""
        if self.store is not None:
            self.store.close()
            self.store = None
            self._places.release()
