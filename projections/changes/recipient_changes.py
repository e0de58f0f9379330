"""What an event of a person's stream changes; and where they stand in each campaign after anything that concerns them."""

from collections.abc import Iterator, Mapping
from typing import cast, get_args

from domain import recipient
from domain.call import CallState
from domain.events import Recorded
from domain.number_kind import kind_of
from domain.recipient import Attempt, RecipientState
from domain.zones import zone_key
from projections.changes.changes import (
    AttemptChanged,
    DeclineFound,
    EnrollmentAdded,
    OutcomeChanged,
    PersonSuppressionChanged,
    RecipientChanged,
    SpellingFound,
    ViewChange,
)
from projections.changes.folds import PersonFold, person_after, person_before
from projections.changes.known import KnownSoFar
from projections.changes.standing import not_judged, standing_of
from projections.outcome import NOTHING_HEARD, heard_of

_ATTEMPT_EVENTS = get_args(recipient.AttemptEvent)


def recipient_changes(known: KnownSoFar, recorded: Recorded) -> list[ViewChange]:
    """What this event of a person's stream changes; they are kept as they are after it."""
    event, stream = recorded.event, recorded.stream
    if recorded.version == 1:
        person = person_before()
        known.people.put(stream, person)
    else:
        person = known.person(stream)
    before = person.state
    person_after(person, recorded)
    found: list[ViewChange] = []
    if recorded.version == 1:
        others = known.find_spellings(stream, person.state.number)
        found += [SpellingFound(recorded.position, recorded.recorded_at, stream, other) for other in others]
    if isinstance(event, recipient.RecipientEnrolled):
        campaign = known.campaigns.get(event.campaign_id)
        if campaign is not None:
            found.append(_enrollment(campaign.number, event, recorded))
            found += standing_changes(known, stream, recorded, only=event.campaign_id)
        return found
    was, holds = before.suppression, person.state.suppression
    if holds != was:
        number, at = person.state.number, recorded.counts_from
        found.append(PersonSuppressionChanged(recorded.position, at, stream, number, was, holds))
    if person.state.declines and not before.declines:
        found.append(DeclineFound(recorded.position, recorded.recorded_at, stream))
    if isinstance(event, _ATTEMPT_EVENTS):
        was_attempt, is_attempt = (state.attempt(event.attempt_id) for state in (before, person.state))
        known.take_attempt(person, was_attempt, is_attempt)
        found += _attempt_changes(known, person, was_attempt, is_attempt, recorded)
    found += standing_changes(known, stream, recorded)
    return found


def _enrollment(campaign: int, event: recipient.RecipientEnrolled, recorded: Recorded) -> EnrollmentAdded:
    return EnrollmentAdded(
        recorded.position,
        recorded.counts_from,
        campaign,
        recorded.stream,
        event.number,
        event.zone,
        zone_key(event.zone, event.number),
        event.variables,
        kind_of(event.number),
        event.reference,
    )


def standing_changes(known: KnownSoFar, stream: str, recorded: Recorded, only: str | None = None) -> list[ViewChange]:
    """Where a person stands elsewhere after this event, or more was heard of them, in all their campaigns or in one, in whichever spelling they are there."""
    own = known.person(stream)
    if not own.others:
        return _standing_changes(known, own, own.state, known.own_calls(own), recorded, only)
    found: list[ViewChange] = []
    for spelling in (stream, *own.others):
        whole, calls = known.whole_person(spelling), known.calls_of(spelling)
        found += _standing_changes(known, known.person(spelling), whole, calls, recorded, only)
    return found


def _standing_changes(
    known: KnownSoFar,
    person: PersonFold,
    whole: RecipientState,
    calls: Mapping[str, CallState],
    recorded: Recorded,
    only: str | None,
) -> list[ViewChange]:
    """Of one spelling; where it stands is kept as it is after the event."""
    found: list[ViewChange] = []
    at, position = recorded.counts_from, recorded.position
    for campaign_id, place in person.places.items():
        campaign = known.campaigns.get(campaign_id)
        if campaign is None or (only is not None and campaign_id != only):
            continue
        before, heard_before = person.standings.get(campaign_id), person.heard.get(campaign_id, NOTHING_HEARD)
        heard = heard_before
        try:
            after = standing_of(whole, campaign.state, calls, known.account, at, position, before)
            heard = heard_of(whole, campaign_id, calls)
        except Exception as error:  # noqa: BLE001 - one person that cannot be judged must not be shown as they were
            known.not_judged[position] = (recorded, type(error).__name__)
            after = not_judged(whole, campaign_id, at, position)
        stands_elsewhere = after is not before and after != before
        if stands_elsewhere or heard != heard_before:
            person.heard[campaign_id] = heard
            found.append(OutcomeChanged(position, at, campaign.number, place, heard, before is None))
        if stands_elsewhere:
            person.standings[campaign_id] = after
            key = zone_key(person.state.enrollments[campaign_id].zone, person.state.number)
            found.append(RecipientChanged(position, at, campaign.number, place, key, before, after))
    return found


def _attempt_changes(
    known: KnownSoFar, person: PersonFold, before: Attempt | None, after: Attempt | None, recorded: Recorded
) -> Iterator[AttemptChanged]:
    event = cast("recipient.AttemptEvent", recorded.event)
    campaign = known.campaigns.get(event.campaign_id)
    if after is None or campaign is None:
        return
    is_first = before is None and len(person.state.attempts_in(event.campaign_id)) == 1
    yield AttemptChanged(
        recorded.position,
        recorded.counts_from,
        campaign.number,
        recorded.stream,
        before,
        after,
        after.holds_slot(known.call_state(after.call_id)),
        is_first,
        isinstance(event, recipient.ATTEMPT_SENT) and before is not None and before.phase == "started",
        before is not None and before.holds_slot(known.call_state(before.call_id)),
        known.zone_key(recorded.stream, event.campaign_id),
    )
