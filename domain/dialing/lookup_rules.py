"""The rules that hang on a campaign's lookup: it did not answer, or has not been asked for this call."""

from datetime import datetime, timedelta

from domain.campaign import Plan
from domain.dialing.verdict import Reason
from domain.instants import later
from domain.recipient.lookups import LookupAnswer
from domain.recipient.state import RecipientState

LOOKUP_FAILED = "lookup_failed"
LOOKUP_DUE = "lookup_due"
SENT_WITHIN_SECONDS = 30
"""An answer is good for the call that it was asked for at least for so long, however short its time to live."""


def lookup_reason(recipient: RecipientState, campaign_id: str, now: datetime) -> Reason | None:
    """What a failed lookup says: nobody is called before the next try, whatever the plan says by then."""
    failure = recipient.lookup_failures.get(campaign_id)
    if failure is None or now >= failure.until:
        return None
    inputs: dict[str, str | int | bool | None] = {
        "host": failure.host,
        "why": failure.why,
        "tries": failure.tries,
        "failed_at": failure.at.isoformat(),
    }
    return Reason(rule=LOOKUP_FAILED, scope="recipient", until=failure.until, inputs=inputs)


def due_reason(plan: Plan, told: LookupAnswer | None, now: datetime) -> Reason | None:
    """Why an attempt must not begin on what was `told`: nothing, by another lookup, or too long ago."""
    lookup = plan.asked_first
    if lookup is None:
        return None
    seconds = max(lookup.ttl_seconds, SENT_WITHIN_SECONDS)
    if told is not None and told.url == lookup.url and now <= later(told.at, timedelta(seconds=seconds)):
        return None
    return Reason(rule=LOOKUP_DUE, scope="recipient")
