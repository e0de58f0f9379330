"""Which place in a ledger goes with an instant, also where its clock was ahead and has been set right since."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from adapters.ledger.ledger_time import TICK
from domain.dialing import CLOCK_AHEAD_MAX_SECONDS
from domain.events import Recorded
from domain.set_right import SetRight

ReadFeed = Callable[[int, int], list[Recorded]]
_JUST_NOW = timedelta(seconds=CLOCK_AHEAD_MAX_SECONDS)
_NOTHING = timedelta()


def position_at(
    read_feed: ReadFeed, end: int, instant: datetime, now: datetime, acknowledged: Sequence[SetRight] = ()
) -> int:
    """The last position up to `end` that was recorded at an instant or before; 0 where there was none.

    Whatever comes before an acknowledgement, `acknowledged` up to `end`, was learned by then, whatever the clock said; and
    after it the ledger's time counts anew. Where the last event's time is still to come at `now`, the clock was ahead. All
    that is there was learned by now; of what was recorded since the clock was set right, its own reading says when.
    """
    begun = max((one.position for one in acknowledged if one.at <= instant), default=0)
    following = next((one.position for one in acknowledged if one.position > begun), None)
    if following is not None:
        return _last(read_feed, begun, following - 1, lambda one: _time(one, begun) <= instant)
    return _since(read_feed, begun, end, instant, now)


def _since(read_feed: ReadFeed, acknowledged: int, end: int, instant: datetime, now: datetime) -> int:
    """The same of what comes after the last acknowledgement."""
    known = _last(read_feed, acknowledged, end, lambda one: _time(one, acknowledged) <= instant)
    if known == end:
        return end
    [last] = read_feed(end - 1, 1)
    ahead = last.counts_from - now
    # What was recorded by a clock that was ahead was learned by now; nothing says when.
    if ahead > _NOTHING and instant >= (now - _JUST_NOW if ahead > _JUST_NOW else now):
        return end
    if last.clock_at is None:
        return known
    begun = _last(read_feed, known, end, lambda one: not _is_beside(one, last))
    if begun == known:
        return known
    found = _last(read_feed, begun, end, lambda one: one.counts_from <= instant)
    return known if found == begun else found


def _time(one: Recorded, acknowledged: int) -> datetime:
    """The ledger's time with an event; after an acknowledgement `recorded_at` may still be by a clock that was ahead."""
    return one.passed if acknowledged else one.recorded_at


def _is_beside(one: Recorded, last: Recorded) -> bool:
    """Whether the clock was behind from one event to the last: each commit is then recorded a tick after the one before."""
    return one.clock_at is not None and last.recorded_at - one.recorded_at <= TICK * (last.position - one.position)


def _last(read_feed: ReadFeed, known: int, end: int, holds: Callable[[Recorded], bool]) -> int:
    """The last position of `known` and those after it, up to `end`, for which it holds, as it does for all before it."""
    while known < end:
        middle = (known + end + 1) // 2
        found = read_feed(middle - 1, 1)
        if found and found[0].position <= end and holds(found[0]):
            known = found[0].position
        else:
            end = middle - 1
    return known
