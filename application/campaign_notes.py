"""What a person who looks at a campaign now should know beside its figures."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from application.agent_notes import agent_notes
from application.clock_ahead import clock_ahead
from application.installation import Installation
from application.lookup_words import trouble_note
from application.silence import silence_now
from domain.account import Cost
from domain.budget import USAGE_BELIEVED, window_of
from domain.campaign import CampaignState, ChangeKind
from domain.campaign.schedule_said import schedule_notes
from domain.counted import counted
from domain.instants import time_text
from domain.policy import Budget
from projections.in_flight import SLOT_HELD_MAX

CHANGES: Mapping[ChangeKind, str] = {"start": "start", "revise": "revision"}


async def notes_now(parts: Installation, campaign_id: str) -> list[str]:
    """Each a sentence; none has a number in it."""
    silence = await silence_now(parts)
    notes = _notes(parts, campaign_id)
    return notes if silence is None or campaign_id not in silence.campaigns else [silence.sentence, *notes]


def _notes(parts: Installation, campaign_id: str) -> list[str]:
    state = parts.in_flight.campaigns.get(campaign_id)
    overdue = _overdue_notes(parts.in_flight.attempts.slots_overdue(campaign_id, parts.clock()))
    if state is None:
        return overdue
    waiting = _approval_notes(state, parts.clock())
    if state.phase != "running":
        return [*schedule_notes(state, parts.clock()), *waiting, *overdue]
    return [
        *_ledger_notes(parts),
        *schedule_notes(state, parts.clock()),
        *waiting,
        *overdue,
        *trouble_note(state, parts.lookup_trouble(campaign_id)),
        *agent_notes(parts, state),
        *_elsewhere_notes(parts, state),
        *_budget_notes(parts, state),
        *_hold_notes(parts),
        *_canary_notes(parts, state),
    ]


def _elsewhere_notes(parts: Installation, state: CampaignState) -> list[str]:
    """What only the process that dials could say."""
    elsewhere = parts.dials_elsewhere()
    if elsewhere is None or (state.asks_agents_at is None and state.plan.asked_first is None):
        return []
    return [
        f"whether the systems that it asks before it calls do answer, only the process that dials knows: {elsewhere}"
    ]


def _ledger_notes(parts: Installation) -> list[str]:
    ahead, unsound = clock_ahead(parts.ledger, parts.clock()), parts.unsound()
    sound = [] if unsound is None else [f"{unsound.says}; {unsound.what_to_do}"]
    return sound if ahead is None else [*sound, ahead]


def _approval_notes(state: CampaignState, now: datetime) -> list[str]:
    return [
        f"a {CHANGES[change.change]} waits for a second person until {time_text(change.expires_at)}: {change.requested_by} "
        f"asked for it; `dialtrail campaign approve {state.campaign_id} {change.change_id}`, or decline"
        for change in state.pending(now)
    ]


def _canary_notes(parts: Installation, state: CampaignState) -> list[str]:
    if state.canary is None:
        return []
    begun = parts.in_flight.counts.calls_begun(state.campaign_id)
    return [
        f"a canary: it pauses once {counted(state.canary, 'call is', 'calls are')} over; {begun} {'has' if begun == 1 else 'have'} begun"
    ]


def _hold_notes(parts: Installation) -> list[str]:
    held = len(parts.in_flight.account.held_prefixes)
    return [f"{counted(held, 'destination is', 'destinations are')} held; see `dialtrail account show`"] if held else []


def _budget_notes(parts: Installation, state: CampaignState) -> list[str]:
    """How far the budget is used up, and how old that is."""
    budget = None if state.plan.policy is None else state.plan.policy.budget
    if budget is None or state.started_at is None:
        return []
    placed = parts.in_flight.counts.calls_placed(state.campaign_id)
    calls = (
        []
        if budget.calls_max is None
        else [f"{placed:,} of {counted(budget.calls_max, 'call')} {'is' if placed == 1 else 'are'} placed"]
    )
    watch = parts.usage_watch
    if budget.cost_max is None or (watch is None and parts.dials_elsewhere() is None):
        return calls
    cost = parts.in_flight.account.costs.get(window_of(state.started_at))
    told_at = (None if cost is None else cost.at) if watch is None else watch.told_at(state.campaign_id)
    why = None if watch is None else watch.trouble_of(state.campaign_id)
    failed = "" if why is None else f"; MiniVoice's usage cannot be read ({why})"
    age = timedelta() if told_at is None else parts.clock() - told_at
    return [*calls, _cost_note(budget, cost, age, state.started_at) + failed]


def _cost_note(budget: Budget, cost: Cost | None, age: timedelta, started_at: datetime) -> str:
    if cost is None:
        return "what was spent is not known yet, so nobody is called"
    if cost.currency != budget.currency:
        currencies = f"MiniVoice settles in {cost.currency}, and the budget is in {budget.currency}"
        return f"{currencies}: nobody is called; revise policy.budget"
    spent = f"the account has spent {cost.amount} {cost.currency} since {time_text(started_at)}"
    told = f"{spent}, of {budget.cost_max}; MiniVoice said so {max(0, round(age.total_seconds()))} s ago"
    return f"{told}, which is too long ago: nobody is called" if age > USAGE_BELIEVED else told


def _overdue_notes(overdue: int) -> list[str]:
    if not overdue:
        return []
    hours = SLOT_HELD_MAX.total_seconds() / 3_600
    return [f"calls open for more than {hours:g} h: {overdue}; new ones are placed in their stead"]
