"""The calls that people wish: how many there are, and which of them the campaign's hours or its end do not let be at their time."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Annotated

from msgspec import Struct

from application.fields import Count, means
from domain.campaign import CampaignState
from domain.counted import counted
from domain.dialing import next_clock_opening
from domain.policy import NO_POLICY
from projections.recipient_status import WISHES_LOOKED_AT_MAX, OpenWish


class CallbacksAhead(Struct, frozen=True, kw_only=True):
    """Wishes that nobody has kept yet."""

    open: Count
    overdue: Annotated[Count, means("of these: whose time has come")]
    outside_hours: Annotated[
        Count, means("of the next ones: whose time is when nobody may be called; they are called as soon as that ends")
    ]
    given_up: Annotated[
        Count, means("of the next ones: who may not be called before their wish is given up, or not at all")
    ]
    after_end: Annotated[Count, means("of the next ones: whose time is not before the campaign's end")]
    looked_at: Annotated[Count, means(f"how many the last three are of: the next ones, at most {WISHES_LOOKED_AT_MAX}")]


NO_CALLBACKS = CallbacksAhead(open=0, overdue=0, outside_hours=0, given_up=0, after_end=0, looked_at=0)


def callbacks_ahead(state: CampaignState, count: int, wishes: Collection[OpenWish], now: datetime) -> CallbacksAhead:
    """Of `count` open wishes, of which `wishes` are the next ones."""
    policy = state.plan.policy or NO_POLICY
    outside = given_up = after_end = 0
    for wish in wishes:
        begin = max(wish.at, now)
        if policy.is_over_at(begin):
            after_end += 1
            continue
        opens = next_clock_opening(policy, wish.zone_key, begin)
        if opens is None or opens >= wish.give_up_at:
            given_up += 1
        elif opens > begin:
            outside += 1
    return CallbacksAhead(
        open=count,
        overdue=sum(wish.at <= now for wish in wishes),
        outside_hours=outside,
        given_up=given_up,
        after_end=after_end,
        looked_at=len(wishes),
    )


def callback_warnings(found: CallbacksAhead) -> Iterator[tuple[str, str]]:
    """Each with its permanent name."""
    if found.outside_hours:
        who = counted(found.outside_hours, "wished call is", "wished calls are")
        yield (
            "callbacks_outside_hours",
            f"{who} at a time when policy.hours or a date lets nobody be called: they wait until that ends",
        )
    if found.given_up:
        who = counted(found.given_up, "wished call cannot", "wished calls cannot")
        yield (
            "callbacks_given_up",
            f"{who} be made before the wish is given up: move them, or revise policy.hours or policy.callback_grace_seconds",
        )
    if found.after_end:
        who = counted(found.after_end, "wished call is", "wished calls are")
        yield (
            "callbacks_after_end",
            f"{who} not before policy.ends_at and never made: move them, or revise the campaign with a later end",
        )
