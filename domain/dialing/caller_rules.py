"""The rules on a campaign's caller numbers: whether one of its pool may be used now, and which one that is."""

from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from domain.caller_pool import CallerChoice, CallerUse, choose_caller, day_counted, day_ends_at, day_of, usable
from domain.campaign import CampaignState
from domain.dialing.verdict import Reason, Verdict
from domain.recipient.state import RecipientState

CAPPED, REMOVED = "caller_numbers_capped", "caller_numbers_removed"
Inputs = Mapping[str, str | int | bool | None]


def caller_reason(campaign: CampaignState, use: CallerUse, now: datetime) -> Reason | None:
    """Why nobody can be called from any number of the pool at `now`; None where somebody can, or there is no pool."""
    pool = campaign.plan.caller_pool
    if pool is None or usable(pool, use, now):
        return None
    if not pool.numbers:
        return Reason(rule=REMOVED, scope="campaign", inputs={"removed": len(campaign.removed_callers)})
    day = day_counted(pool, use, now)
    return Reason(
        rule=CAPPED,
        scope="campaign",
        until=day_ends_at(pool, day),
        inputs={
            "numbers": len(set(pool.numbers)),
            "calls_a_day_max": pool.calls_a_day_max,
            "day": day.isoformat(),
            "zone": pool.zone or "UTC",
        },
    )


def with_caller(
    verdict: Verdict, campaign: CampaignState, recipient: RecipientState, use: CallerUse, now: datetime
) -> Verdict:
    """A verdict with the number that the call is made from, or why there is none."""
    reason = caller_reason(campaign, use, now)
    if reason is not None:
        return replace(verdict, reasons=(*verdict.reasons, reason))
    return replace(verdict, caller=_choice(campaign, recipient, use, now))


def caller_gone(campaign: CampaignState, choice: CallerChoice | None, now: datetime) -> str | None:
    """Why a number that was chosen may not be used any more: it was taken out, or the day that it was counted on is over."""
    pool = campaign.plan.caller_pool
    if choice is None:
        return None
    if pool is None or choice.number not in pool.numbers:
        return "caller_number_removed"
    counted_on = choice.use.day
    if pool.calls_a_day_max is not None and (counted_on is None or counted_on < day_of(pool, now)):
        return "caller_number_day_over"
    return None


def callers_looked_at(
    campaign: CampaignState, recipient: RecipientState, use: CallerUse | None, now: datetime
) -> Mapping[str, Inputs]:
    """What the rules on caller numbers go by where they say nothing."""
    pool = campaign.plan.caller_pool
    if pool is None:
        return {CAPPED: {"numbers": None}, REMOVED: {"numbers": None}}
    choice = None if use is None else _choice(campaign, recipient, use, now)
    chosen = {
        "from": None if choice is None else choice.number,
        "why": None if choice is None else choice.why,
        "numbers": len(set(pool.numbers)),
    }
    return {
        CAPPED: {
            **chosen,
            "usable": None if use is None else len(set(usable(pool, use, now))),
            "calls_a_day_max": pool.calls_a_day_max,
            "zone": pool.zone or "UTC",
        },
        REMOVED: {**chosen, "removed": len(campaign.removed_callers)},
    }


def _choice(campaign: CampaignState, recipient: RecipientState, use: CallerUse, now: datetime) -> CallerChoice | None:
    pool = campaign.plan.caller_pool
    if pool is None:
        return None
    called_from = [campaign.caller_of(one.caller_number) for one in recipient.attempts_in(campaign.campaign_id)]
    return choose_caller(pool, use, recipient.number, called_from, now)
