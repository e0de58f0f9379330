"""What an event of a call's stream changes: the call, the attempts that claim it, and where their people stand."""

from collections.abc import Iterator

from domain.call import CallState
from domain.call.facts import Claim
from domain.events import Recorded
from projections.changes.changes import AttemptChanged, CallChanged, ViewChange
from projections.changes.folds import CallFold, PersonFold, call_after
from projections.changes.known import KnownSoFar
from projections.changes.recipient_changes import standing_changes

NOTHING_KNOWN = CallState()


def call_changes(known: KnownSoFar, recorded: Recorded) -> list[ViewChange]:
    """What this event of a call's stream changes; the call is kept as it is after it."""
    stream = recorded.stream
    before = None if recorded.version == 1 else known.calls.get(stream, known.position)
    after = call_after(before, recorded)
    owners = _who_is_told(before, after)
    for owner in owners:
        known.person(owner)  # as they were before it: what was heard of them by then is told from their calls
    known.take_call(stream, after)
    found: list[ViewChange] = [call_changed(known, stream, recorded, before, after)]
    if owners:
        was = NOTHING_KNOWN if before is None else before.state
        is_open = after.outcome is None and not after.state.given_up
        moved = is_open != (before is None or (before.outcome is None and not was.given_up))
        call_id = stream.partition(":")[2]
        for owner in owners:
            if moved:
                found += _attempt_changes(known, known.person(owner), owner, call_id, was, recorded)
            found += standing_changes(known, owner, recorded)
    return found


def call_changed(
    known: KnownSoFar, stream: str, recorded: Recorded, before: CallFold | None, after: CallFold
) -> CallChanged:
    """That a call is another one after this event."""
    campaign, key = _whose(known, after.claim)
    is_same = before is not None and before.claim is after.claim
    was_campaign, was_key = (campaign, key) if is_same else _whose(known, None if before is None else before.claim)
    return CallChanged(
        recorded.position,
        recorded.counts_from,
        stream.partition(":")[2],
        before,
        after,
        was_campaign,
        campaign,
        was_key,
        key,
    )


def _who_is_told(before: CallFold | None, after: CallFold) -> list[str]:
    """The streams of the people who may stand elsewhere by it, or of whom more is heard."""
    state = after.state
    if not state.claims.size:
        return []
    was = NOTHING_KNOWN if before is None else before.state
    if was.claims is state.claims or was.claims == state.claims:
        if _is_as_it_was(was, state) or (_matters(before) == _matters(after) and not _tells_more(was, state)):
            return []
    elif _is_blank(was) and _is_blank(state):
        return []
    return sorted({claim.recipient for claim in state.claims})


def _is_as_it_was(was: CallState, now: CallState) -> bool:
    """Whether nothing has come that a standing, or what was heard of somebody, can hang on: most reports say again what is known."""
    return (
        was.proofs is now.proofs
        and was.ends is now.ends
        and was.answers is now.answers
        and was.created is now.created
        and was.gathers is now.gathers
        and was.served_at is now.served_at
        and was.given_up == now.given_up
    )


def _is_blank(state: CallState) -> bool:
    """Whether a standing is the same as if nothing had been heard of the call."""
    return not (state.proofs or state.ends or state.gathers.size or state.given_up or state.served_at)


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


def _whose(known: KnownSoFar, claim: Claim | None) -> tuple[int | None, str]:
    """The number of the campaign that a call belongs to, and by what its person's clock is judged."""
    if claim is None:
        return None, ""
    campaign = known.campaigns.get(claim.campaign_id)
    return None if campaign is None else campaign.number, known.zone_key(claim.recipient, claim.campaign_id)


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
