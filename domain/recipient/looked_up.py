"""What follows from a lookup's answer, or from none: what is recorded, what a call may say, and whether to ask again."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from domain.instants import later
from domain.recipient.events import RecipientEvent, RecipientWithdrawn
from domain.recipient.lookups import LookupAnswer, RecipientLookupFailed, WithdrawnCause
from domain.recipient.state import RecipientState

HELD_SECONDS_MIN = 60
HELD_SECONDS_MAX = 900
DOUBLINGS_MAX = 10
NO_VARIABLES: Mapping[str, str] = {}


def lookup_failed(state: RecipientState, campaign_id: str, host: str, why: str, now: datetime) -> list[RecipientEvent]:
    """Hold somebody until the next try: for a minute, then twice as long each time, up to a quarter of an hour."""
    if not _takes_part(state, campaign_id):
        return []
    tries = 1
    before = state.lookup_failures.get(campaign_id)
    own = state.attempts_in(campaign_id)
    if before is not None and not (own and own[-1].started_at > before.at):
        tries = before.tries + 1
    seconds = min(HELD_SECONDS_MIN * 2 ** min(tries - 1, DOUBLINGS_MAX), HELD_SECONDS_MAX)
    until = later(now, timedelta(seconds=seconds))
    return [RecipientLookupFailed(campaign_id=campaign_id, host=host, why=why, until=until, tries=tries)]


def withdraw(
    state: RecipientState, campaign_id: str, cause: WithdrawnCause, reason: str | None
) -> list[RecipientEvent]:
    """Take somebody out of a campaign, once."""
    if not _takes_part(state, campaign_id):
        return []
    return [RecipientWithdrawn(campaign_id=campaign_id, reason=reason, cause=cause)]


def variables_for(state: RecipientState, campaign_id: str, attempt_id: str) -> Mapping[str, str]:
    """What a call of this attempt may say: the enrolment's variables, under what the lookup answered for it."""
    enrollment = state.enrollments.get(campaign_id)
    own = NO_VARIABLES if enrollment is None else enrollment.variables
    attempt = state.attempt(attempt_id)
    told = None if attempt is None else attempt.lookup
    return own if told is None or not told.variables else {**own, **told.variables}


def answered_before(state: RecipientState, campaign_id: str) -> LookupAnswer | None:
    """What the campaign's last attempt went by; None where that was no answer."""
    own = state.attempts_in(campaign_id)
    told = own[-1].lookup if own else None
    return None if told is None or told.failed is not None else told


def _takes_part(state: RecipientState, campaign_id: str) -> bool:
    enrollment = state.enrollments.get(campaign_id)
    return enrollment is not None and not enrollment.withdrawn
