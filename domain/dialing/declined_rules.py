"""The rule that hangs on what a person declined: nobody calls them about that before its rest is over, or ever."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from domain.dialing.verdict import Reason
from domain.instants import later
from domain.policy import DeclineRules, Policy
from domain.recipient.declined import Declined, declines_concerning
from domain.recipient.state import RecipientState

DECLINED = "declined"
_DAY_SECONDS = 86_400
_FOR_GOOD = DeclineRules()


def declines_counted(policy: Policy, campaign_id: str, recipient: RecipientState) -> Sequence[Declined]:
    """What a campaign counts of what a person declined and did not lift, their rest over or not; the last said is last."""
    rules = policy.declined or _FOR_GOOD
    purpose = policy.purpose or campaign_id
    meant = (
        recipient.declines.values()
        if rules.per == "person"
        else declines_concerning(recipient.declines, campaign_id, purpose)
    )
    return sorted((one for one in meant if one.holds), key=lambda one: (one.at, one.purpose))


def declined_reasons(policy: Policy, campaign_id: str, recipient: RecipientState, now: datetime) -> Iterator[Reason]:
    """What a person declined says at `now`; without a word on it in the policy it holds for good, for the same purpose.

    What they said of this campaign counts, whatever purpose its policy named then.
    """
    rules = policy.declined or _FOR_GOOD
    held = declines_counted(policy, campaign_id, recipient)
    if not held:
        return
    last = held[-1]
    until = None if rules.rest_days is None else later(last.at, timedelta(seconds=rules.rest_days * _DAY_SECONDS))
    if until is not None and now >= until:
        return
    inputs = {
        "purpose": last.purpose,
        "declined_at": last.at.isoformat(),
        "campaign_id": last.campaign_id,
        "source": last.source,
        "rest_days": rules.rest_days,
        "per": rules.per,
    }
    yield Reason(rule=DECLINED, scope="recipient", final=until is None, until=until, inputs=inputs)
