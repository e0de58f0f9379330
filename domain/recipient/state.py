"""A person as the ledger knows them: where they are enrolled, and what became of each attempt to call."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.recipient.attempt import Attempt, attempt_begun
from domain.recipient.callback import (
    CallbackEvent,
    RecipientCallbackDropped,
    RecipientCallbackSet,
    callback_after,
    said_after,
)
from domain.recipient.consent import NO_CONSENTS, ConsentGiven, ConsentRevoked, Consents, ConsentUsed
from domain.recipient.declined import NO_DECLINES, Declines, RecipientDeclined, RecipientDeclineLifted, declines_after
from domain.recipient.enrollment import Enrollment, all_erased, enrollment_of
from domain.recipient.erasure import (
    Erasure,
    LegalHoldLifted,
    LegalHoldSet,
    RecipientErased,
    RecipientErasureRequested,
)
from domain.recipient.events import (
    AttemptAbandoned,
    AttemptAccepted,
    AttemptEvent,
    AttemptRefused,
    AttemptResolved,
    AttemptStarted,
    AttemptUnresolved,
    RecipientEnrolled,
    RecipientEvent,
    RecipientReleased,
    RecipientSuppressed,
    RecipientWithdrawn,
)
from domain.recipient.lookups import LookupFailure, RecipientLookupFailed, failure_of
from domain.recipient.rang_back import RangBack, RecipientRangBack, with_rang_back
from domain.recipient.suppression import Suppression, longer

# On whose word, why, and until when.
SuppressionWord = tuple[str, str | None, datetime | None]


class RecipientState(Struct, frozen=True, kw_only=True):
    """All campaigns' view of one person. `attempts` are in the order in which they were started.

    `suppression` is the one that holds for longest, `suppressed_by` whatever was said since the last release, which was at
    `released_at`; `released_from` is what was said before it. `rang_back` are the last calls that came in from them.
    """

    number: str = ""
    enrollments: Mapping[str, Enrollment] = {}
    suppression: Suppression | None = None
    suppressed_by: frozenset[SuppressionWord] = frozenset()
    released_at: datetime | None = None
    released_from: frozenset[SuppressionWord] = frozenset()
    attempts: tuple[Attempt, ...] = ()
    rang_back: tuple[RangBack, ...] = ()
    lookup_failures: Mapping[str, LookupFailure] = {}
    declines: Declines = NO_DECLINES
    consents: Consents = NO_CONSENTS
    erasure: Erasure = Erasure()

    def attempt(self, attempt_id: str) -> Attempt | None:
        """One attempt by its id."""
        return next((a for a in self.attempts if a.attempt_id == attempt_id), None)

    def attempts_in(self, campaign_id: str) -> list[Attempt]:
        """A campaign's attempts, in order."""
        return [a for a in self.attempts if a.campaign_id == campaign_id]

    def attempts_counted(self, campaign_id: str) -> int:
        """How many of a campaign's attempts used up one of those allowed."""
        return sum(a.counts for a in self.attempts if a.campaign_id == campaign_id)

    def last_error_code(self, campaign_id: str) -> str | None:
        """The provider's code of a campaign's latest refusal that had one."""
        return next((a.code for a in reversed(self.attempts_in(campaign_id)) if a.code is not None), None)

    def refusal(self, campaign_id: str) -> Attempt | None:
        """The refusal that ended this recipient in the campaign, if there was one: the request for this person is wrong."""
        return next((a for a in self.attempts_in(campaign_id) if a.refuses_number), None)

    def suppression_at(self, now: datetime) -> Suppression | None:
        """The suppression that holds at `now`, if any."""
        suppression = self.suppression
        if suppression is None or (suppression.expires_at is not None and suppression.expires_at <= now):
            return None
        return suppression

    def open_attempts(self, ended_calls: Collection[str]) -> list[str]:
        """Ids of the attempts, of any campaign, that may have a call under way, given which calls have ended."""
        return [a.attempt_id for a in self.attempts if a.is_open(call_has_ended=a.call_id in ended_calls)]


INITIAL = RecipientState()


def evolve(state: RecipientState, event: RecipientEvent, at: datetime) -> RecipientState:
    """The person after one more event, recorded `at`."""
    match event:
        case RecipientEnrolled():
            enrollments = {**state.enrollments, event.campaign_id: enrollment_of(event)}
            return replace(state, number=event.number, enrollments=enrollments)
        case RecipientWithdrawn():
            taken_out = state.enrollments.get(event.campaign_id, Enrollment()).taken_out(event)
            return replace(state, enrollments={**state.enrollments, event.campaign_id: taken_out})
        case RecipientLookupFailed():
            failures = {**state.lookup_failures, event.campaign_id: failure_of(event, at)}
            return replace(state, lookup_failures=failures)
        case RecipientCallbackSet() | RecipientCallbackDropped():
            return _wished(state, event, at)
        case ConsentUsed():
            return state
        case ConsentGiven() | ConsentRevoked():
            return replace(state, number=event.number, consents=state.consents.after(event, at))
        case RecipientDeclined() | RecipientDeclineLifted():
            return replace(state, declines=declines_after(state.declines, event, at))
        case RecipientSuppressed() | RecipientReleased():
            return _suppressed(state, event, at)
        case RecipientRangBack():
            return replace(state, rang_back=with_rang_back(state.rang_back, event, at))
        case RecipientErased() | RecipientErasureRequested() | LegalHoldSet() | LegalHoldLifted():
            kept = all_erased(state.enrollments) if isinstance(event, RecipientErased) else state.enrollments
            return replace(state, erasure=state.erasure.after(event, at), enrollments=kept)
        case _:
            return _attempted(state, event, at)


def _suppressed(state: RecipientState, event: RecipientSuppressed | RecipientReleased, at: datetime) -> RecipientState:
    if isinstance(event, RecipientReleased):
        return replace(
            state,
            suppression=None,
            suppressed_by=frozenset(),
            released_at=at,
            released_from=state.released_from | state.suppressed_by,
        )
    suppression = Suppression(source=event.source, reason=event.reason, expires_at=event.expires_at, since=at)
    return replace(
        state,
        number=event.number,
        suppression=longer(state.suppression, suppression),
        suppressed_by=state.suppressed_by | {(event.source, event.reason, event.expires_at)},
    )


def _wished(state: RecipientState, event: CallbackEvent, at: datetime) -> RecipientState:
    known = state.enrollments.get(event.campaign_id, Enrollment())
    said_at = said_after(known.callback_said_at, event, at)
    enrollment = replace(known, callback=callback_after(event, at), callback_said_at=said_at)
    return replace(state, enrollments={**state.enrollments, event.campaign_id: enrollment})


def _attempted(state: RecipientState, event: AttemptEvent, at: datetime) -> RecipientState:
    attempt_id = event.attempt_id
    match event:
        case AttemptStarted():
            return replace(state, attempts=(*state.attempts, attempt_begun(event, at)))
        case AttemptAccepted():
            return _change(
                state,
                attempt_id,
                at,
                phase="accepted",
                call_id=event.call_id,
                status=event.status,
                evidence="response",
                counts=True,
            )
        case AttemptRefused():
            return _refused(state, event, at)
        case AttemptAbandoned():
            return _change(state, attempt_id, at, phase="abandoned", why=event.why, counts=False)
        case AttemptUnresolved():
            return _change(
                state,
                attempt_id,
                at,
                phase="unresolved",
                why=event.why,
                status=event.status,
                call_id=None,
                evidence=None,
                counts=True,
            )
        case AttemptResolved():
            return _resolved(state, event, at)
        case _:
            assert_never(event)


def _refused(state: RecipientState, event: AttemptRefused, at: datetime) -> RecipientState:
    return _change(
        state,
        event.attempt_id,
        at,
        phase="refused",
        status=event.status,
        code=event.code,
        concerns=event.concerns,
        counts=event.counts,
    )


def _resolved(state: RecipientState, event: AttemptResolved, at: datetime) -> RecipientState:
    attempt = state.attempt(event.attempt_id)
    if event.call_id is None:
        return _change(
            state,
            event.attempt_id,
            at,
            phase="settled_without_call",
            evidence=event.how,
            counts=not event.redial,
        )
    if attempt is not None and attempt.call_id is not None and attempt.evidence == event.how:
        return _change(state, event.attempt_id, at, other_calls=(*attempt.other_calls, event.call_id))
    return _change(
        state, event.attempt_id, at, phase="accepted", call_id=event.call_id, evidence=event.how, counts=True
    )


def without_attempt(state: RecipientState, attempt_id: str) -> RecipientState:
    """The person as if that attempt had not been started: what the verdict on it was given for."""
    return replace(state, attempts=tuple(a for a in state.attempts if a.attempt_id != attempt_id))


def _change(state: RecipientState, attempt_id: str, at: datetime, **changes: object) -> RecipientState:
    attempts = state.attempts
    for place in range(len(attempts) - 1, -1, -1):  # it is nearly always one of the last, however many there are
        if attempts[place].attempt_id == attempt_id:
            changed = replace(attempts[place], changed_at=at, **changes)
            return replace(state, attempts=(*attempts[:place], changed, *attempts[place + 1 :]))
    return state
