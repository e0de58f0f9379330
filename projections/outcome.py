"""What calling somebody for a campaign has come to, in one flat row: what the user's own systems are told."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from domain.call import CallState
from domain.recipient import RecipientState
from domain.status import RecipientStatus, Status


class Heard(Struct, frozen=True, kw_only=True):
    """What was heard in the call that tells most: the last that was answered, else the last there was.

    `digits` are what was pressed at each question, in order; `seconds` how long was talked, where both ends are known.
    """

    call_id: str | None = None
    answered: bool = False
    digits: tuple[str, ...] = ()
    seconds: float | None = None


NOTHING_HEARD = Heard()
_NOTHING = CallState()


class OutcomeRow(Struct, frozen=True, kw_only=True):
    """Where a recipient of a campaign stands, and what was heard of them.

    `attempts` counts those that used up one; `code` is the provider's latest refusal of them; `position` is that of the
    last event that changed any of it, `changed_at` (UTC) when that was recorded.
    """

    campaign_id: str
    number: str
    reference: str | None
    status: Status
    reason: str | None
    attempts: int
    call_id: str | None
    answered: bool
    digits: tuple[str, ...]
    seconds: float | None
    code: str | None
    changed_at: datetime
    position: int


def heard_of(person: RecipientState, campaign_id: str, calls: Mapping[str, CallState]) -> Heard:
    """What was heard of a person for a campaign. `calls` are theirs by id; one that is not among them was not heard of."""
    found = [
        (attempt.call_id, calls.get(attempt.call_id, _NOTHING))
        for attempt in person.attempts
        if attempt.campaign_id == campaign_id and attempt.call_id is not None
    ]
    if not found:
        return NOTHING_HEARD
    call_id, call = next((one for one in reversed(found) if one[1].reached), found[-1])
    return Heard(call_id=call_id, answered=call.reached, digits=call.entered, seconds=call.talk_seconds)


def outcome_row(
    campaign_id: str,
    person: RecipientState,
    status: RecipientStatus,
    calls: Mapping[str, CallState],
    *,
    changed_at: datetime,
    position: int,
) -> OutcomeRow:
    """A recipient's row, from the folded person, their status in the campaign and their folded calls by id."""
    heard = heard_of(person, campaign_id, calls)
    return OutcomeRow(
        campaign_id=campaign_id,
        number=person.number,
        reference=person.enrollments[campaign_id].reference,
        status=status.status,
        reason=status.reason,
        attempts=status.attempts,
        call_id=heard.call_id,
        answered=heard.answered,
        digits=heard.digits,
        seconds=heard.seconds,
        code=person.last_error_code(campaign_id),
        changed_at=changed_at,
        position=position,
    )
