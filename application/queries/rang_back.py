"""The calls with which somebody rang back: about which campaign, what they heard, and what they pressed."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec import Struct

from application.actor import Actor
from application.fields import CallId, CampaignId, Instant, means
from domain.call import AnswerServed, CallState
from domain.events import Recorded
from domain.recipient import RangBack


class RangBackShown(Struct, frozen=True, kw_only=True):
    """One such call. `learned_at` is by our clock, the other times are by MiniVoice's."""

    call_id: CallId
    campaign_id: Annotated[CampaignId, means("which last called them from the number that they rang")]
    attempt_id: Annotated[str, means("the attempt with which it did")]
    learned_at: Instant
    created_at: Instant | None
    ended_at: Instant | None
    heard: Annotated[
        list[str] | None,
        means(
            "the last step of each document of the inbound script that was told, in order; null where only the safe text was"
        ),
    ]
    pressed: Annotated[list[str] | None, means("the digits at each question, in order; not for viewers")]


def told_inbound(events: Sequence[Recorded]) -> Sequence[str]:
    """The steps of an inbound script that a call was told, in order, each document once."""
    served = (one.event for one in events)
    return [
        one.step
        for one in served
        if isinstance(one, AnswerServed) and one.inbound is not None and one.step is not None and not one.again
    ]


def shown_rang_back(
    found: Sequence[RangBack], calls: Mapping[str, CallState], heard: Mapping[str, Sequence[str]], actor: Actor
) -> list[RangBackShown]:
    """Each with what is known of its call, the last first."""
    return [
        _shown(one, calls.get(one.call_id) or CallState(), heard.get(one.call_id) or (), actor)
        for one in reversed(found)
    ]


def _shown(one: RangBack, call: CallState, heard: Sequence[str], actor: Actor) -> RangBackShown:
    return RangBackShown(
        call_id=one.call_id,
        campaign_id=one.campaign_id,
        attempt_id=one.attempt_id,
        learned_at=one.at,
        created_at=call.created_at,
        ended_at=call.ended_at,
        heard=list(heard) or None,
        pressed=list(call.entered) if actor.sees_numbers else None,
    )
