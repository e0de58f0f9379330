"""Calls and outcomes, and what is judged of them, for the tests of the rules about attempts."""

from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from domain.call import CallState
from domain.campaign import CampaignStarted
from domain.dialing import Reason, Verdict, judge_person
from domain.policy import Policy, Retry, RetryOutcome
from domain.recipient import RecipientEvent, RecipientState
from tests.domain.given import PLAN, account_after, at, call_told, campaign_after, enrolled, recipient_after, report

DAY = 86_400
A_MINUTE_LATER = at(60)
TALKED = call_told([report("call.created"), report("call.answered", 3), report("call.completed", 9)]).state
TALKING = call_told([report("call.created"), report("call.answered", 3)]).state
RANG_OUT = call_told([report("call.created"), report("call.completed", 9)]).state
FAILED = call_told([report("call.created"), report("call.failed", 9)]).state
CANCELED = call_told([report("call.created"), report("call.canceled", 9)]).state
EVERY_OUTCOME: Mapping[RetryOutcome, Retry] = {
    "not_reached": Retry(after_seconds=100),
    "failed": Retry(after_seconds=200),
    "canceled": Retry(after_seconds=300),
    "originate_failed": Retry(after_seconds=400),
}
THREE = Policy(attempts_max=3, retry=EVERY_OUTCOME)


def judged(
    policy: Policy,
    *events: RecipientEvent,
    now: datetime = A_MINUTE_LATER,
    calls: Mapping[str, CallState] | None = None,
) -> Verdict:
    known = {} if calls is None else calls
    recipient = recipient_after(enrolled(), *events)
    return verdict_on(policy, recipient, known, now)


def verdict_on(policy: Policy, recipient: RecipientState, calls: Mapping[str, CallState], now: datetime) -> Verdict:
    campaign = campaign_after(CampaignStarted())
    return judge_person(replace(campaign, plan=replace(PLAN, policy=policy)), recipient, account_after(), calls, now)


def reasons(policy: Policy, *events: RecipientEvent, **given: object) -> tuple[Reason, ...]:
    return judged(policy, *events, **given).reasons  # type: ignore[arg-type]


def rules(verdict: Verdict) -> list[str]:
    return [reason.rule for reason in verdict.reasons]
