"""Why the ledger cannot be written or followed just now, in words."""

from collections.abc import Callable

from adapters.event_mapper import EventMapper
from adapters.ledger.others import Listening
from adapters.ledger.recorder import LedgerRecorder


class Trouble:
    """What is wrong with the database, its line and the writer. `listening` is there once other processes are followed."""

    def __init__(self, recorder: LedgerRecorder, mapper: EventMapper, of_writer: Callable[[], str | None]) -> None:
        self._recorder = recorder
        self._mapper = mapper
        self._of_writer = of_writer
        self.listening: Listening | None = None

    @property
    def of_all(self) -> str | None:
        """The first of all there is; None while all is well."""
        return self._of_lost() or self._of_writer() or self._of_listening()

    @property
    def of_line(self) -> str | None:
        """Why the database is not there, or lacks what was stored; None while it is followed."""
        return self._of_lost() or self._of_listening()

    @property
    def went_back(self) -> tuple[int, str] | None:
        """Position and id of an event that was stored, and that the database lacks since; None where there is none."""
        lost = self._recorder.lost
        return None if lost is None else (lost[0], self._mapper.event_id(lost[1]))

    def _of_lost(self) -> str | None:
        lost = self.went_back
        if lost is None:
            return None
        return f"the database lacks the event at position {lost[0]}, which was stored: this process begins anew"

    def _of_listening(self) -> str | None:
        return None if self.listening is None else self.listening.trouble
