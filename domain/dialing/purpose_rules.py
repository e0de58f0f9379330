"""One purpose, one call: a campaign leaves a person alone while one of a purpose that goes first waits for them.

Campaigns that wait for each other, in a circle of any length, do so only for those that are older: so somebody always goes first.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from domain.account import AccountState
from domain.call.state import CallState
from domain.campaign import CampaignState
from domain.dialing.agent_rules import agents_reason
from domain.dialing.callback_rules import CALLBACK_WAITS
from domain.dialing.declined_rules import DECLINED
from domain.dialing.judge import judge_person
from domain.dialing.lookup_rules import LOOKUP_FAILED
from domain.dialing.verdict import Reason, Verdict
from domain.instants import later
from domain.recipient.state import RecipientState

PURPOSE_WAITS = "purpose_waits"
WAITED_FOR_PAUSED_MAX = timedelta(hours=24)
WAITED_FOR_WISH_MAX = timedelta(hours=24)
"""Whoever wished to be called by a campaign later than this is called by others meanwhile."""
_ENDS_BY_ITSELF = frozenset({"open_attempt"})
_NOT_YET = frozenset({"not_started_yet"})

StateOf = Callable[[str], CampaignState | None]


class Beside(Struct, frozen=True):
    """Another campaign that has a person, and the person by the spelling that is enrolled there."""

    campaign: CampaignState
    recipient: RecipientState


def waits_for(campaign: CampaignState) -> frozenset[str]:
    """The purposes that go before this campaign's."""
    return frozenset(() if campaign.plan.policy is None else campaign.plan.policy.waits_for)


def purpose_of(campaign: CampaignState) -> str:
    """What a campaign is for: its policy's word, else the campaign alone."""
    policy = campaign.plan.policy
    return campaign.campaign_id if policy is None or policy.purpose is None else policy.purpose


def beside(campaign: CampaignState, spelled: Iterable[RecipientState], state_of: StateOf) -> tuple[Beside, ...]:
    """The other campaigns that a person, in each spelling, is in; none where the campaign waits for none."""
    if not waits_for(campaign):
        return ()
    found = []
    for person in spelled:
        for campaign_id, enrollment in person.enrollments.items():
            state = state_of(campaign_id) if campaign_id != campaign.campaign_id else None
            if state is not None and not enrollment.withdrawn and not enrollment.erased:
                found.append(Beside(state, person))
    return tuple(found)


def with_purposes(
    verdict: Verdict,
    campaign: CampaignState,
    others: Sequence[Beside],
    account: AccountState,
    calls: Mapping[str, CallState],
    now: datetime,
) -> Verdict:
    """A verdict with the campaign that goes first, where there is one."""
    waiting = [one for one in others if is_waiting(one, account, calls, now)]
    for first in goes_first(campaign, waiting):
        reason = Reason(
            rule=PURPOSE_WAITS,
            scope="recipient",
            inputs={"campaign_id": first.campaign.campaign_id, "purpose": purpose_of(first.campaign)},
        )
        return replace(verdict, reasons=(*verdict.reasons, reason))
    return verdict


def goes_first(campaign: CampaignState, others: Sequence[Beside]) -> list[Beside]:
    """Of campaigns that wait for a person those that go before this one; of those that wait for it as well, by whatever way round, only the older ones."""
    states = {one.campaign.campaign_id: one.campaign for one in others} | {campaign.campaign_id: campaign}
    return [
        one
        for one in others
        if purpose_of(one.campaign) in waits_for(campaign)
        and (_age(one.campaign) < _age(campaign) or not _reaches(one.campaign, campaign, states))
    ]


def is_waiting(other: Beside, account: AccountState, calls: Mapping[str, CallState], now: datetime) -> bool:
    """Whether a campaign will call a person by itself: it is able to, and nothing stands against that for good.

    What only somebody can end, such as a time zone that is not known, keeps nobody else from calling.
    """
    if not calls_by_itself(other.campaign, now):
        return False
    running = replace(other.campaign, phase="running", pause=None)
    free = replace(account, pause=None)
    reasons = judge_person(running, other.recipient, free, calls, now).reasons
    return not any(
        reason.final
        or reason.rule in _NOT_YET
        or (reason.scope == "recipient" and reason.until is None and reason.rule not in _ENDS_BY_ITSELF)
        or is_not_waited_for(reason.rule, reason.until, now)
        for reason in reasons
    )


def calls_by_itself(campaign: CampaignState, now: datetime) -> bool:
    """Whether a campaign runs, or was paused lately, and has a number to call from and word of its agents, where it needs these.

    One that is paused is not asked for agents: it need not know of any.
    """
    pool, pause = campaign.plan.caller_pool, campaign.pause
    if pool is not None and not pool.numbers:
        return False
    if campaign.phase == "paused" and pause is not None:
        return now < later(pause.at, WAITED_FOR_PAUSED_MAX)
    return campaign.phase == "running" and agents_reason(campaign, None, now) is None


def is_not_waited_for(rule: str | None, until: datetime | None, now: datetime) -> bool:
    """Whether a reason against a person's call may last although its end is known: a lookup that fails again and again, the rest of who declined, or a wish for a later day."""
    if rule == CALLBACK_WAITS:
        return until is not None and later(now, WAITED_FOR_WISH_MAX) < until
    return rule in {LOOKUP_FAILED, DECLINED}


def _age(campaign: CampaignState) -> tuple[datetime, str]:
    return campaign.created_at, campaign.campaign_id


def _reaches(begin: CampaignState, end: CampaignState, states: Mapping[str, CampaignState]) -> bool:
    """Whether one of these campaigns waits for another, also by way of others."""
    seen = {begin.campaign_id}
    waiting = [begin]
    while waiting:
        wanted = waits_for(waiting.pop())
        for campaign_id, one in states.items():
            if purpose_of(one) in wanted and campaign_id not in seen:
                if campaign_id == end.campaign_id:
                    return True
                seen.add(campaign_id)
                waiting.append(one)
    return False
