"""Our own clock was ahead and was set right: what the instants mean that were recorded before somebody acknowledged that.

An acknowledgement belongs to the ledger, not to whoever's account it is recorded with. Whatever was recorded before it had
happened by then. So each instant counts as the clock said it, but never as later than an acknowledgement that came after
it, whatever the clock says since. Instants that were right are earlier anyway.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct


class SetRight(Struct, frozen=True):
    """An operator acknowledged at `position` of the ledger, `at` (UTC) by a clock that was right, what the clock had said before."""

    position: int
    at: datetime


def by_then(said: datetime, acknowledged: Iterable[SetRight]) -> datetime:
    """What an instant counts as, given the acknowledgements that came after it."""
    return min((said, *(one.at for one in acknowledged)))
