"""What a campaign's clock comes to: what is due and was not done yet, and what is recorded of it."""

from collections.abc import Collection
from datetime import datetime

from msgspec import UNSET

from domain.campaign.events import (
    BY_SCHEDULE,
    CampaignCanceled,
    CampaignEvent,
    CampaignPaused,
    CampaignResumed,
    CampaignStarted,
)
from domain.campaign.schedule import ORDER, Scheduled, ScheduledAct, next_scheduled, scheduled_between, stop_of
from domain.campaign.state import CampaignState, evolve


def due_by_schedule(state: CampaignState, now: datetime, acts: Collection[ScheduledAct] = ORDER) -> list[Scheduled]:
    """What the clock has to do by `now`, in its order: all since a person or the clock itself last moved the campaign.

    A stop that is due is always among it, also one of before.
    """
    schedule = state.plan.schedule
    if schedule is UNSET or state.is_over:
        return []
    since = state.scheduled_until or state.created_at
    stop_at = stop_of(schedule)
    if stop_at is not None and stop_at <= since:
        return [Scheduled(stop_at, "stop")] if stop_at <= now else []
    return scheduled_between(schedule, since, now, acts)


def follow_schedule(state: CampaignState, now: datetime) -> list[CampaignEvent]:
    """What is recorded of it: each instant in its order, as if somebody had looked at every one of them."""
    found: list[CampaignEvent] = []
    if not _may_move(state, now):
        return found
    for one in due_by_schedule(state, now):
        event = _event_of(state, one)
        if event is None:
            continue
        found.append(event)
        after = evolve(state, event, now)
        if after is None or after.is_over:
            break
        state = after
    return found


def stands_still_by_schedule(state: CampaignState, now: datetime) -> Scheduled | None:
    """What lets a running campaign stand still at `now`, though it is not recorded yet; None where nothing does."""
    if state.phase != "running" or state.plan.schedule is UNSET or not _may_move(state, now):
        return None
    due = due_by_schedule(state, now)
    last = next((one for one in due if one.act == "stop"), due[-1] if due else None)
    return last if last is not None and last.act in {"stop", "pause"} else None


def ends_pause(state: CampaignState) -> Scheduled | None:
    """The resume or the stop by which the schedule ends its own pause; None where it never does, or the pause is another's."""
    schedule, pause = state.plan.schedule, state.pause
    if schedule is UNSET or pause is None or pause.cause != BY_SCHEDULE:
        return None
    return next_scheduled(schedule, state.scheduled_until or state.created_at, ("stop", "resume"))


def _may_move(state: CampaignState, now: datetime) -> bool:
    """Whether anything due can move the campaign from where it is; without making up the days of what cannot."""
    by_clock = state.pause is not None and state.pause.cause == BY_SCHEDULE
    acts: tuple[ScheduledAct, ...] = ("stop",)
    if state.phase == "created" and not state.needs_approval:
        acts = ("stop", "start")
    elif state.phase == "running":
        acts = ("stop", "pause")
    elif by_clock:
        acts = ("stop", "resume")
    return bool(due_by_schedule(state, now, acts))


def _event_of(state: CampaignState, one: Scheduled) -> CampaignEvent | None:
    """None where it changes nothing: only a pause by the clock is lifted by the clock, and a start that needs a second
    person is for people.
    """
    match one.act:
        case "start" if state.phase == "created" and not state.needs_approval:
            return CampaignStarted(cause=BY_SCHEDULE, scheduled_for=one.at)
        case "pause" if state.phase == "running":
            return CampaignPaused(cause=BY_SCHEDULE, scheduled_for=one.at)
        case "resume" if state.phase == "paused" and state.pause is not None and state.pause.cause == BY_SCHEDULE:
            return CampaignResumed(cause=BY_SCHEDULE, scheduled_for=one.at)
        case "stop":
            return CampaignCanceled(cause=BY_SCHEDULE, scheduled_for=one.at)
        case _:
            return None
