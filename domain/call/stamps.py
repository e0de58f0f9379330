"""A provider's time is a claim: which of them can be, and which of several counts."""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

from domain.instants import later

PROVIDER_SKEW_MAX = timedelta(seconds=60)
"""How far the provider's clock may be from ours before what it says is believed no more."""
POSSIBLE_FROM = datetime(2000, 1, 1, tzinfo=UTC)
POSSIBLE_BEFORE = datetime(2100, 1, 1, tzinfo=UTC)
TIMES_KEPT_MAX = 16


def can_be(said: datetime, learned_at: datetime) -> bool:
    """Whether a time that the provider said can be, given when we learned it: no telephone rings in the future.

    That it was before its call began is for the call to say.
    """
    is_past = said <= learned_at or said <= later(learned_at, PROVIDER_SKEW_MAX)
    return is_past and POSSIBLE_FROM <= said < POSSIBLE_BEFORE


class Stamps(Struct, frozen=True):
    """The times that were said of one thing, the earliest first, without those that cannot be.

    The first `TIMES_KEPT_MAX` are kept, so that the order in which they came does not matter.
    """

    times: tuple[datetime, ...] = ()

    def joined(self, said: datetime | None) -> "Stamps":
        """With one more."""
        if said is None or said in self.times:
            return self
        return Stamps(tuple(sorted((*self.times, said))[:TIMES_KEPT_MAX]))

    def first(self, not_before: datetime | None) -> datetime | None:
        """The earliest that is not before an instant; None where there is none."""
        if not_before is None:
            return self.times[0] if self.times else None
        return next((said for said in self.times if said >= not_before), None)
