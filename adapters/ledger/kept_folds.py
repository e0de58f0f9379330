"""What the writer has folded, and how much of it is still all there is, though other processes write as well."""

from collections.abc import Mapping
from contextlib import suppress

from msgspec.structs import replace

from adapters.ledger.acknowledged import Decode
from adapters.ledger.recorder import Row, WriteSession
from adapters.ledger.transaction import BYTES_FOLDED_MAX, Fold, FoldCache, folded
from domain.identity import KEYS_STREAM
from domain.ledger_life import KeysDestroyed

CHANGED_READ_MAX = 500
"""Where others have written more than so many events since, or destroyed keys, all is let go: what is needed is read anew."""
DESTRUCTIONS_READ_MAX = 200
"""How many events that list destroyed keys are read at once."""


class KeptFolds(FoldCache):
    """A fold that `is_whole` is true up to the position at which was looked last, or that was appended last."""

    def __init__(self, entries_max: int, position: int) -> None:
        """It begins with nothing, at the ledger's end or before it."""
        super().__init__(entries_max)
        self._true_up_to = position
        self._destructions_known = 0

    def look(self, session: WriteSession, end: int, decode: Decode) -> None:
        """In a transaction, whose lock keeps all others out: with one question, not one a stream, take in what others have written.

        `end` is the ledger's last position.
        """
        if session.folds_stay_true or end <= self._true_up_to:
            return
        rows = session.read_feed(self._true_up_to, CHANGED_READ_MAX + 1)
        if not rows:
            return
        if len(rows) > CHANGED_READ_MAX or any(row[3] == KeysDestroyed.NAME for row in rows):
            self.clear()
            self._hear_destroyed(session, decode)
        for row in rows:
            if (fold := self.get(row[1])) is not None:
                self.put(row[1], _with(fold, row, decode))
        self._true_up_to = rows[-1][0]

    def _hear_destroyed(self, session: WriteSession, decode: Decode) -> None:
        """Know of all keys that were destroyed before anything is sealed: whoever decodes such an event uses them no more."""
        while rows := session.read_stream(
            KEYS_STREAM, self._destructions_known, DESTRUCTIONS_READ_MAX, BYTES_FOLDED_MAX
        ):
            for row in rows:
                decode(*row)
            self._destructions_known = rows[-1][2]

    def keep(self, folds: Mapping[str, Fold]) -> None:
        """Keep these, by their streams."""
        for stream, fold in folds.items():
            self.put(stream, fold)

    def appended(self, position: int) -> None:
        """What was folded last is with all that we have appended, up to a position."""
        self._true_up_to = position


def _with(fold: Fold, row: Row, decode: Decode) -> Fold:
    """A fold with a row of its stream that another wrote; not whole any more where it cannot be taken in."""
    if fold.is_whole and row[2] == fold.version + 1:
        with suppress(Exception):  # whoever needs the stream reads it, and hears what is wrong with it
            return folded(row[1], fold, [row], decode)
    return replace(fold, is_whole=False)
