"""When to send nothing at all for a while, as a pure state machine of a monotonic clock in seconds."""

from msgspec import Struct
from msgspec.structs import replace

CALM_AFTER_REFUSAL_SECONDS = 0.25
CALM_SECONDS_MAX = 30.0
CALM_VARIES_BY = 1.0
FULL_WAIT_SECONDS_MAX = 5.0
RETRY_AFTER_SECONDS_MAX = 300.0
TROUBLE_WAIT_SECONDS = 0.5
TROUBLE_WAIT_SECONDS_MAX = 30.0
IN_A_ROW_COUNTED_MAX = 16


class PaceHold(Struct, frozen=True, kw_only=True):
    """Closed until an instant, or until a call ends where the provider is full."""

    closed_until: float = 0.0
    full_until: float = 0.0
    refusals_in_a_row: int = 0
    troubles_in_a_row: int = 0

    def seconds(self, now: float) -> float:
        """How long it is closed from `now`; 0 where it is open."""
        return max(0.0, self.closed_until - now, self.full_until - now)


def calmed(hold: PaceHold, now: float, chance: float) -> PaceHold:
    """The provider refused for too many a second: a moment of calm, longer each time; `chance` is 0 to 1."""
    calm = min(CALM_SECONDS_MAX, CALM_AFTER_REFUSAL_SECONDS * 2**hold.refusals_in_a_row)
    until = now + calm * (1 + CALM_VARIES_BY * (chance - 0.5))
    in_a_row = min(hold.refusals_in_a_row + 1, IN_A_ROW_COUNTED_MAX)
    return replace(hold, closed_until=max(hold.closed_until, until), refusals_in_a_row=in_a_row)


def filled(hold: PaceHold, now: float) -> PaceHold:
    """The provider refused for too many calls at once: wait for one to end, but not for ever."""
    return replace(hold, full_until=now + FULL_WAIT_SECONDS_MAX)


def told_to_wait(hold: PaceHold, now: float, seconds: float | None) -> PaceHold:
    """The provider said after how long it may be asked again, if it did."""
    if seconds is None:
        return hold
    return replace(hold, closed_until=max(hold.closed_until, now + min(max(0.0, seconds), RETRY_AFTER_SECONDS_MAX)))


def troubled(hold: PaceHold, now: float) -> PaceHold:
    """The provider could not be reached, or did not say what became of a request: hold back, longer each time.

    What befell requests that were on their way before it held back counts as one.
    """
    if hold.troubles_in_a_row and now < hold.closed_until:
        return hold
    wait = min(TROUBLE_WAIT_SECONDS_MAX, TROUBLE_WAIT_SECONDS * 2**hold.troubles_in_a_row)
    in_a_row = min(hold.troubles_in_a_row + 1, IN_A_ROW_COUNTED_MAX)
    return replace(hold, closed_until=max(hold.closed_until, now + wait), troubles_in_a_row=in_a_row)


def understood(hold: PaceHold) -> PaceHold:
    """The provider answered so that we know what became of a request."""
    return replace(hold, troubles_in_a_row=0) if hold.troubles_in_a_row else hold


def accepted(hold: PaceHold) -> PaceHold:
    """The provider took a request."""
    if not hold.troubles_in_a_row and not hold.refusals_in_a_row:
        return hold
    return replace(hold, troubles_in_a_row=0, refusals_in_a_row=0)


def call_ended(hold: PaceHold, now: float) -> PaceHold:
    """A call ended: where the provider was full, there is room for one again."""
    return replace(hold, full_until=now) if hold.full_until > now else hold
