"""What an event of a person's stream changes; and where they stand in each campaign after anything that concerns them."""

from collections.abc import Iterator
from typing import cast, get_args

from domain import recipient
from domain.events import Recorded
from domain.number_kind import kind_of
from domain.recipient import Attempt
from domain.zones import zone_key
from projections.changes.changes import (
    AttemptChanged,
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


def recipient_changes(known: KnownSoFar, recorded: Recorded) -> Iterator[ViewChange]:
    """What this event of a person's stream changes; they are kept as they are after it."""
    event, stream = recorded.event, recorded.stream
    if recorded.version == 1:
        person = person_before()
        known.people.put(stream, person)
    else:
        person = known.person(stream)
    before = person.state
    person_after(person, recorded)
    if recorded.version == 1:
        for other in known.find_spellings(stream, person.state.number):
            yield SpellingFound(recorded.position, recorded.recorded_at, stream, other)
    if isinstance(event, recipient.RecipientEnrolled):
        campaign = known.campaigns.get(event.campaign_id)
        if campaign is not None:
            yield EnrollmentAdded(
                recorded.position,
                recorded.counts_from,
                campaign.number,
                stream,
                event.number,
                event.zone,
                zone_key(event.zone, event.number),
                event.variables,
                kind_of(event.number),
                event.reference,
            )
            yield from standing_changes(known, stream, recorded, only=event.campaign_id)
        return
    was, holds = before.suppression, person.state.suppression
    if holds != was:
        yield PersonSuppressionChanged(recorded.position, recorded.counts_from, stream, person.state.number, was, holds)
    if isinstance(event, _ATTEMPT_EVENTS):
        was_attempt, is_attempt = (state.attempt(event.attempt_id) for state in (before, person.state))
        known.take_attempt(person, was_attempt, is_attempt)
        yield from _attempt_changes(known, person, was_attempt, is_attempt, recorded)
    yield from standing_changes(known, stream, recorded)


def standing_changes(
    known: KnownSoFar, stream: str, recorded: Recorded, only: str | None = None
) -> Iterator[RecipientChanged | OutcomeChanged]:
    """Where a person stands elsewhere after this event, or more was heard of them, in all their campaigns or in one, in whichever spelling they are there."""
    for spelling in (stream, *known.person(stream).others):
        yield from _standing_changes(known, spelling, recorded, only)


def _standing_changes(
    known: KnownSoFar, stream: str, recorded: Recorded, only: str | None
) -> Iterator[RecipientChanged | OutcomeChanged]:
    """Of one spelling; where it stands is kept as it is after the event."""
    person, whole = known.person(stream), known.whole_person(stream)
    calls = known.calls_of(stream)
    for campaign_id, place in person.places.items():
        campaign = known.campaigns.get(campaign_id)
        if campaign is None or (only is not None and campaign_id != only):
            continue
        before, heard_before = person.standings.get(campaign_id), person.heard.get(campaign_id, NOTHING_HEARD)
        heard = heard_before
        try:
            after = standing_of(
                whole,
                campaign.state,
                calls,
                known.account,
                recorded.counts_from,
                recorded.position,
                before,
            )
            heard = heard_of(whole, campaign_id, calls)
        except Exception as error:  # noqa: BLE001 - one person that cannot be judged must not be shown as they were
            known.not_judged[recorded.position] = (recorded, type(error).__name__)
            after = not_judged(whole, campaign_id, recorded.counts_from, recorded.position)
        if after != before or heard != heard_before:
            person.heard[campaign_id] = heard
            yield OutcomeChanged(recorded.position, recorded.counts_from, campaign.number, place, heard, before is None)
        if after != before:
            person.standings[campaign_id] = after
            key = zone_key(person.state.enrollments[campaign_id].zone, person.state.number)
            yield RecipientChanged(recorded.position, recorded.counts_from, campaign.number, place, key, before, after)


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
