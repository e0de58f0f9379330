"""What the writer has folded, and how much of it is still all there is, though other processes write as well."""

from collections.abc import Mapping

from msgspec.structs import replace

from adapters.ledger.recorder import WriteSession
from adapters.ledger.transaction import Fold, FoldCache

CHANGED_READ_MAX = 500
"""Where others have written more than so many events since, all is let go: what is needed is read anew."""


class KeptFolds(FoldCache):
    """A fold that `is_whole` is true up to the position at which was looked last, or that was appended last."""

    def __init__(self, entries_max: int, position: int) -> None:
        """It begins with nothing, at the ledger's end or before it."""
        super().__init__(entries_max)
        self._true_up_to = position

    def look(self, session: WriteSession) -> None:
        """In a transaction, whose lock keeps all others out: with one question, not one a stream, know which folds are not whole any more."""
        if session.folds_stay_true:
            return
        rows = session.read_feed(self._true_up_to, CHANGED_READ_MAX + 1)
        if not rows:
            return
        if len(rows) > CHANGED_READ_MAX:
            self.clear()
        for stream in {row[1] for row in rows}:
            if (fold := self.get(stream)) is not None:
                self.put(stream, replace(fold, is_whole=False))
        self._true_up_to = rows[-1][0]

    def keep(self, folds: Mapping[str, Fold]) -> None:
        """Keep these, by their streams."""
        for stream, fold in folds.items():
            self.put(stream, fold)

    def appended(self, position: int) -> None:
        """What was folded last is with all that we have appended, up to a position."""
        self._true_up_to = position
