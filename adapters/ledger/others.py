"""What other processes commit to the same ledger, for those here who listen. All of it is the writer's thread's."""

from collections.abc import Callable, Container, Sequence
from typing import Protocol

from adapters.event_mapper import EventMapper
from adapters.ledger.listeners import Listeners
from adapters.ledger.recorder import RESUMPTION, LastEvent, LedgerRecorder
from domain.events import Recorded

READ_AT_ONCE_MAX = 1_000
"""Where others were faster, whoever listens finds a gap, and reads the feed by itself."""


class Listening(Protocol):
    """Is told when another process may have committed. `trouble` says why it is not known, None while it is."""

    trouble: str | None

    def start(self, heard: Callable[[], None], own_sessions: Container[int]) -> None:
        """Call `heard`, in any thread, whenever another process may have committed: in another session than these of ours."""

    def stop(self) -> None:
        """Listen no further."""


class Others:
    """Those who listen have heard of everything up to `told_to`; `has_more` is whether the last look left something."""

    def __init__(self, recorder: LedgerRecorder, mapper: EventMapper, listeners: Listeners, position: int) -> None:
        self.told_to = position
        self.has_more = False
        self._recorder = recorder
        self._mapper = mapper
        self._listeners = listeners

    def tell(self, known: Callable[[LastEvent], None]) -> None:
        """Tell of the next events, as far as they are read at once; of the last of them first `known`. Raises `PersistenceError`."""
        self._tell(READ_AT_ONCE_MAX, None, known)

    def tell_before(self, recorded: Sequence[Recorded]) -> None:
        """Of these, which were committed just now, they are about to hear: tell what others have committed before.

        Where that cannot be read now, whoever listens notices the gap.
        """
        if not recorded:
            return
        between = recorded[0].position - self.told_to - 1
        try:
            if between > 0:
                self._tell(min(between, READ_AT_ONCE_MAX), recorded[0].position, lambda _: None)
        except Exception as error:  # noqa: BLE001 - what these were asked for by is on disk, and has to hear of it
            self._listeners.say_failed(f"what another process wrote could not be read: {error!r}")
        finally:
            self.told_to = recorded[-1].position

    def _tell(self, rows_max: int, before: int | None, known: Callable[[LastEvent], None]) -> None:
        rows = self._recorder.read_feed(self.told_to, rows_max)
        self.has_more = len(rows) == rows_max
        rows = [row for row in rows if before is None or row[0] < before]
        if not rows:
            return
        self.told_to = rows[-1][0]
        try:
            recorded = [self._mapper.decode(*row) for row in rows]
        except Exception as error:  # noqa: BLE001 - it must end neither the writer nor a commit that is on disk
            # Damaged, or a newer Dialtrail's. Whoever needs it finds a gap, reads the feed, and says so by itself.
            self._listeners.say_failed(f"what another process wrote could not be told: {error!r}")
            return
        # Whoever listens may be reading the feed to its end just now: what it is told is not past that end.
        resumed_at = max((row[0] for row in rows if row[3] == RESUMPTION), default=0)
        known(LastEvent(self.told_to, rows[-1][4], rows[-1][3], resumed_at))
        self._listeners.announce_others(recorded)
