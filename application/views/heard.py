"""Up to where this process has heard which keys were destroyed: what it folds from then on is without what they sealed."""

from application.views.places import LedgerReads

HEARD_EVENTS_MAX = 2_000


class HeardOf:
    """A process that has just begun keeps no keys; one that runs may keep some of which it is still to read that they are gone."""

    def __init__(self, ledger: LedgerReads) -> None:
        """Asked first before anything of the ledger is read here."""
        self._ledger = ledger
        self._position: int | None = None

    def come_to(self, position: int) -> None:
        """The feed was read up to there."""
        if self._position is not None and position > self._position:
            self._position = position

    def come_to_end(self) -> int:
        """Read what is missing, and where the ledger's end was. Raises `LedgerError`."""
        end = self._ledger.position
        at = end if self._position is None else self._position
        while at < end and (batch := self._ledger.read_feed(at, HEARD_EVENTS_MAX)):
            at = batch[-1].position
        self._position = at
        return at
