"""What an event of a call's stream changes: the call, the attempts that claim it, and where their people stand."""

from collections.abc import Iterator

from domain.call import CallState
from domain.events import Recorded
from projections.changes.changes import AttemptChanged, CallChanged, ViewChange
from projections.changes.folds import CallFold, PersonFold, call_after
from projections.changes.known import KnownSoFar
from projections.changes.recipient_changes import standing_changes


def call_changes(known: KnownSoFar, recorded: Recorded) -> Iterator[ViewChange]:
    """What this event of a call's stream changes; the call is kept as it is after it."""
    stream = recorded.stream
    before = None if recorded.version == 1 else known.calls.get(stream, known.position)
    after = call_after(before, recorded)
    was = CallState() if before is None else before.state
    is_told = was.claims != after.state.claims or _matters(before) != _matters(after) or _tells_more(was, after.state)
    owners = sorted({claim.recipient for claim in after.state.claims}) if is_told else []
    for owner in owners:
        known.person(owner)  # as they were before it: what was heard of them by then is told from their calls
    known.take_call(stream, after)
    call_id = stream.partition(":")[2]
    yield call_changed(known, stream, recorded, before, after)
    is_open = after.outcome is None and not after.state.given_up
    moved = is_open != (before is None or (before.outcome is None and not was.given_up))
    for owner in owners:
        if moved:
            yield from _attempt_changes(known, known.person(owner), owner, call_id, was, recorded)
        yield from standing_changes(known, owner, recorded)


def call_changed(
    known: KnownSoFar, stream: str, recorded: Recorded, before: CallFold | None, after: CallFold
) -> CallChanged:
    """That a call is another one after this event."""
    return CallChanged(
        recorded.position,
        recorded.counts_from,
        stream.partition(":")[2],
        before,
        after,
        _number_of(known, before),
        _number_of(known, after),
        _zone_key_of(known, before),
        _zone_key_of(known, after),
    )


def _attempt_changes(
    known: KnownSoFar, person: PersonFold, stream: str, call_id: str, was: CallState, recorded: Recorded
) -> Iterator[AttemptChanged]:
    for attempt in person.state.attempts:
        campaign = known.campaigns.get(attempt.campaign_id)
        if attempt.call_id == call_id and campaign is not None:
            yield AttemptChanged(
                recorded.position,
                recorded.counts_from,
                campaign.number,
                stream,
                attempt,
                attempt,
                attempt.holds_slot(known.call_state(attempt.call_id)),
                False,
                False,
                attempt.holds_slot(was),
            )


def _number_of(known: KnownSoFar, fold: CallFold | None) -> int | None:
    claim = None if fold is None else fold.claim
    campaign = None if claim is None else known.campaigns.get(claim.campaign_id)
    return None if campaign is None else campaign.number


def _zone_key_of(known: KnownSoFar, fold: CallFold | None) -> str:
    claim = None if fold is None else fold.claim
    return "" if claim is None else known.zone_key(claim.recipient, claim.campaign_id)


def _tells_more(was: CallState, now: CallState) -> bool:
    """Whether an outcome has other digits or seconds by it."""
    if was.gathers is now.gathers and was.created is now.created and was.answers is now.answers:
        return False
    return was.entered != now.entered or was.talk_seconds != now.talk_seconds


def _matters(fold: CallFold | None) -> tuple[object, ...]:
    """What of a call its recipient's standing hangs on."""
    if fold is None:
        return False, None, False
    state = fold.state
    if fold.outcome is None:
        return state.reached, None, state.given_up
    return state.reached, fold.outcome, state.given_up, state.ended_at, state.end_learned_at, state.served_at
