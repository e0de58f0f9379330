"""A ledger that was copied elsewhere: what stands in its own database about that."""

from typing import cast

from adapters.ledger.acknowledged import Decode
from adapters.ledger.recorder import LedgerRecorder
from domain.errors import LedgerMoved, LedgerUnusable
from domain.ledger_life import LedgerClosed

COPYING = "copying"
COPIED = "copied"


class Closed:
    """Whether a ledger was closed; `words` say so, None while it is open. Its last event is then `ledger.closed`."""

    def __init__(self, recorder: LedgerRecorder, decode: Decode) -> None:
        self.words: str | None = None
        self._recorder = recorder
        self._decode = decode
        last = recorder.max_notification_id()
        if last is not None:
            self.look_at(last, next((row[3] for row in recorder.read_feed(last - 1, 1)), ""))

    def look_at(self, last_position: int, name: str) -> None:
        """That is the last event now."""
        if name != LedgerClosed.NAME:
            return
        row = self._recorder.read_feed(last_position - 1, 1)[0]
        event = cast("LedgerClosed", self._decode(*row).event)
        self.words = (
            f"this ledger was closed at position {last_position}, when it was copied to {event.copied_to}: go on there. "
            "Here it can be read, and stores nothing more"
        )

    def require_open(self) -> None:
        """Raises `LedgerMoved` where it was closed."""
        if self.words is not None:
            raise LedgerMoved(self.words)


def require_whole(recorder: LedgerRecorder) -> None:
    """Raises `LedgerUnusable` where a copy into this ledger has not come to its end."""
    if recorder.read_meta(COPYING) is not None:
        raise LedgerUnusable(
            "a copy into this ledger is not complete: give the same `dialtrail copy` again, which goes on with it; to begin "
            "anew, empty it first"
        )
