"""What changes when an operator acknowledges that the clock had been ahead: whatever counted from a time that was wrong."""

from collections.abc import Callable, Collection, Iterator, Sequence

from domain.events import Recorded
from domain.identity import call_stream, recipient_stream_of
from domain.recipient import Attempt
from domain.set_right import SetRight
from projections.changes.call_changes import call_changed
from projections.changes.changes import AttemptChanged, ClockSetRight, ViewChange
from projections.changes.known import KnownSoFar
from projections.changes.recipient_changes import standing_changes

READ_AT_ONCE = 1_000

FindSince = Callable[[int], Collection[str]]
"""The streams of all enrolled whose row began at a position or later."""
ReadFeed = Callable[[int, int], Sequence[Recorded]]


def set_right_changes(
    known: KnownSoFar, read_feed: ReadFeed, find_since: FindSince, recorded: Recorded, set_right: SetRight
) -> Iterator[ViewChange]:
    """What this acknowledgement changes; all that is known counts from then on as it says.

    People are judged anew whose own stream has an event of that time, and those whom another event judged by that time.
    """
    begin, wrong = _recorded_since(read_feed, set_right)
    calls = sorted(stream for stream in wrong if stream.startswith(call_stream("")))
    people = {stream for stream in wrong if stream.startswith(recipient_stream_of(""))}
    people.update(find_since(begin))
    known.calls.load(calls, known.position)
    before = {stream: known.calls.get(stream, known.position) for stream in calls}
    people.update(claim.recipient for fold in before.values() if fold is not None for claim in fold.state.claims)
    for stream in people:
        known.person(stream)  # as they were before it
    own = sorted(stream for stream in wrong if stream in people)
    attempts = {stream: known.person(stream).state.attempts for stream in own}
    known.set_right(recorded.position)
    yield ClockSetRight(recorded.position, set_right.at)
    known.calls.load(calls, known.position)
    for stream in calls:
        after = known.calls.get(stream, known.position)
        if after is not None:
            yield call_changed(known, stream, recorded, before[stream], after)
            people.update(claim.recipient for claim in after.state.claims)
    for stream, were in attempts.items():
        yield from _refusals_set_right(known, stream, were, recorded)
    for stream in sorted(people):
        yield from standing_changes(known, stream, recorded)


def _refusals_set_right(
    known: KnownSoFar, stream: str, were: Sequence[Attempt], recorded: Recorded
) -> Iterator[AttemptChanged]:
    """The attempts that were refused at another time than was thought: they are counted by it."""
    for before, after in zip(were, known.person(stream).state.attempts, strict=True):
        campaign = known.campaigns.get(after.campaign_id)
        if campaign is not None and after.phase == "refused" and before.changed_at != after.changed_at:
            yield AttemptChanged(
                recorded.position,
                recorded.counts_from,
                campaign.number,
                stream,
                before,
                after,
                is_open=False,
                is_first=False,
                was_sent=False,
                was_open=False,
                zone_key=known.zone_key(stream, after.campaign_id),
            )


def _recorded_since(read_feed: ReadFeed, set_right: SetRight) -> tuple[int, set[str]]:
    """All events before the acknowledgement whose time is later than it: the first one's position, and their streams.

    `recorded_at` never goes back.
    """
    found: set[str] = set()
    first = set_right.position
    end = set_right.position - 1
    while end > 0:
        begin = max(0, end - READ_AT_ONCE)
        some = [one for one in read_feed(begin, READ_AT_ONCE) if one.position <= end]
        wrong = [one for one in some if one.recorded_at > set_right.at]
        found.update(one.stream for one in wrong)
        first = wrong[0].position if wrong else first
        if some and some[0].recorded_at <= set_right.at:
            break
        end = begin
    return first, found
