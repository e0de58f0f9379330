"""What is recorded of a person: each decision gives the new events, none if there is nothing new."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Raw

from domain.call.state import STRENGTH
from domain.errors import Conflict, NotFound
from domain.recipient.attempt import Attempt, AttemptPhase
from domain.recipient.events import (
    AttemptAbandoned,
    AttemptAccepted,
    AttemptRefused,
    AttemptResolved,
    AttemptStarted,
    AttemptUnresolved,
    Concerns,
    RecipientEnrolled,
    RecipientEvent,
    RecipientReleased,
    RecipientSuppressed,
    Resolution,
)
from domain.recipient.lookups import LookupAnswer
from domain.recipient.state import RecipientState


def enroll(
    state: RecipientState,
    campaign_id: str,
    number: str,
    *,
    zone: str | None = None,
    variables: Mapping[str, str] | None = None,
    import_id: str | None = None,
    line: int | None = None,
    reference: str | None = None,
) -> list[RecipientEvent]:
    """Enrol a person, once per campaign."""
    if campaign_id in state.enrollments:
        return []
    return [
        RecipientEnrolled(
            campaign_id=campaign_id,
            number=number,
            zone=zone,
            variables=variables or {},
            import_id=import_id,
            line=line,
            reference=reference,
        )
    ]


def suppress(
    state: RecipientState,
    number: str,
    source: str,
    *,
    reason: str | None = None,
    expires_at: datetime | None = None,
) -> list[RecipientEvent]:
    """Let no campaign call this person; the same word again changes nothing, also where another one holds for longer."""
    if (source, reason, expires_at) in state.suppressed_by:
        return []
    return [RecipientSuppressed(number=number, source=source, reason=reason, expires_at=expires_at)]


def opt_out(state: RecipientState, source: str, reason: str, said_at: datetime | None) -> list[RecipientEvent]:
    """The person's own word, given by the keys of a call, of which `reason` names just this one.

    A word that the person was released from does not come back by itself: only where it was said again, at `said_at`,
    after the release; None where it is not known to have been said again.
    """
    was_released = (source, reason, None) in state.released_from
    is_new = said_at is not None and (state.released_at is None or said_at > state.released_at)
    if was_released and not is_new:
        return []
    return suppress(state, state.number, source, reason=reason)


def release(state: RecipientState, reason: str | None = None) -> list[RecipientEvent]:
    """Lift the suppression, if there is one."""
    return [] if state.suppression is None else [RecipientReleased(reason=reason)]


def start_attempt(
    state: RecipientState,
    attempt_id: str,
    campaign_id: str,
    *,
    request: str,
    epoch: str,
    verdict: Raw,
    purpose: str | None = None,
    probe: bool = False,
    caller_number: str | None = None,
    lookup: LookupAnswer | None = None,
) -> list[RecipientEvent]:
    """Mean to place a call. The verdict has allowed it; a taken id, or an attempt that is not settled, is a `Conflict`."""
    if state.attempt(attempt_id) is not None:
        raise Conflict(f"attempt {attempt_id} was started before")
    unsettled = next((a for a in state.attempts if a.is_unsettled), None)
    if unsettled is not None:
        raise Conflict(
            f"attempt {unsettled.attempt_id} of this recipient is {unsettled.phase}; it must be settled first"
        )
    return [
        AttemptStarted(
            attempt_id=attempt_id,
            campaign_id=campaign_id,
            request=request,
            epoch=epoch,
            verdict=verdict,
            purpose=purpose,
            probe=probe,
            caller_number=caller_number,
            lookup=lookup,
        )
    ]


def accept(state: RecipientState, attempt_id: str, *, call_id: str, status: int, response: str) -> list[RecipientEvent]:
    """MiniVoice took the call. Its answer to our own request is the best evidence, whatever was thought meanwhile."""
    attempt = _known(state, attempt_id)
    if attempt.phase == "accepted" and attempt.call_id == call_id:
        return []
    if attempt.evidence == "response":
        raise Conflict(f"attempt {attempt_id} is {attempt.phase}, not started, and its call is {attempt.call_id}")
    return [
        AttemptAccepted(
            attempt_id=attempt_id,
            campaign_id=attempt.campaign_id,
            call_id=call_id,
            status=status,
            response=response,
        )
    ]


def refuse(
    state: RecipientState,
    attempt_id: str,
    *,
    status: int,
    code: str | None,
    body: str,
    concerns: Concerns,
    counts: bool,
) -> list[RecipientEvent]:
    """MiniVoice said no, also where it was thought that the request was not sent; of an attempt in doubt that proves nothing."""
    attempt = _known(state, attempt_id)
    known = (attempt.phase, attempt.status, attempt.code, attempt.concerns, attempt.counts)
    if known == ("refused", status, code, concerns, counts):
        return []
    _require(attempt, "started", "abandoned")
    return [
        AttemptRefused(
            attempt_id=attempt_id,
            campaign_id=attempt.campaign_id,
            status=status,
            code=code,
            body=body,
            concerns=concerns,
            counts=counts,
        )
    ]


def abandon(state: RecipientState, attempt_id: str, why: str) -> list[RecipientEvent]:
    """The request certainly was not sent; the recipient goes back."""
    attempt = _known(state, attempt_id)
    if attempt.phase == "abandoned":
        return []
    _require(attempt, "started")
    return [AttemptAbandoned(attempt_id=attempt_id, campaign_id=attempt.campaign_id, why=why)]


def leave_unresolved(
    state: RecipientState, attempt_id: str, why: str, *, status: int | None = None, body: str | None = None
) -> list[RecipientEvent]:
    """Nobody knows whether there is a call; it is not dialled again until that is settled.

    That holds for one that was taken for abandoned, too: who sent its request knows better.
    """
    attempt = _known(state, attempt_id)
    if attempt.phase == "unresolved":
        return []
    _require(attempt, "started", "abandoned")
    return [
        AttemptUnresolved(attempt_id=attempt_id, campaign_id=attempt.campaign_id, why=why, status=status, body=body)
    ]


def resolve(
    state: RecipientState,
    attempt_id: str,
    how: Resolution,
    by: str,
    *,
    call_id: str | None = None,
    redial: bool = False,
    call_is_lost: bool = False,
) -> list[RecipientEvent]:
    """Settle an attempt by its call, or, without `call_id`, by a person's word that there is none.

    `call_is_lost` says that the attempt has a call whose end cannot be found out: a person's word ends that, too.

    An unresolved attempt takes any evidence. One that is settled takes better evidence, which replaces what it had, and
    evidence as good for another call, which is kept beside it; worse is a `Conflict`. The same again changes nothing.
    """
    attempt = _known(state, attempt_id)
    if call_id is None:
        if (attempt.phase, attempt.counts) == ("settled_without_call", not redial):
            return []
        if not (call_is_lost and attempt.phase == "accepted"):
            _require(attempt, "unresolved")
    elif call_id in (attempt.call_id, *attempt.other_calls) and STRENGTH[how] <= _strength(attempt):
        return []
    elif attempt.phase == "started" or (attempt.phase != "unresolved" and STRENGTH[how] < _least_strength(attempt)):
        raise Conflict(f"attempt {attempt_id} is {attempt.phase}, not unresolved, and {how} is no better evidence")
    return [
        AttemptResolved(
            attempt_id=attempt_id,
            campaign_id=attempt.campaign_id,
            how=how,
            by=by,
            call_id=call_id,
            redial=redial,
        )
    ]


def lose_call(state: RecipientState, attempt_id: str, call_id: str, why: str) -> list[RecipientEvent]:
    """The call that was taken for this attempt's is shown to be another's: nobody knows again whether there is one."""
    attempt = _known(state, attempt_id)
    if (attempt.phase, attempt.call_id) != ("accepted", call_id):
        return []
    return [AttemptUnresolved(attempt_id=attempt_id, campaign_id=attempt.campaign_id, why=why)]


def _known(state: RecipientState, attempt_id: str) -> Attempt:
    attempt = state.attempt(attempt_id)
    if attempt is None:
        raise NotFound(f"no attempt {attempt_id} of this recipient")
    return attempt


def _strength(attempt: Attempt) -> int:
    """How good the evidence is that settled an attempt; where it was no call's, as good as a person's word."""
    return STRENGTH[attempt.evidence or "person"]


def _least_strength(attempt: Attempt) -> int:
    """How good evidence of a call must be; the provider's word that there is none takes more than a person's."""
    return _strength(attempt) + (attempt.phase in {"refused", "abandoned"})


def _require(attempt: Attempt, *phases: AttemptPhase) -> None:
    if attempt.phase not in phases:
        raise Conflict(f"attempt {attempt.attempt_id} is {attempt.phase}, not {' or '.join(phases)}")
