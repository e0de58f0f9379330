"""A callback as it is shown: when it is wished, when it could be made, when it is given up, and what became of earlier ones."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Struct

from application.actor import Actor
from application.fields import CampaignId, Instant, Position, means
from application.queries.masking import shown_text
from domain.dialing import CALLBACK_WAITS, Clocks
from domain.events import Recorded
from domain.recipient import Attempt, open_callback, said_in_call
from domain.recipient.callback import CallbackSource
from domain.recipient.wishes import NOT_CALLED_IN_TIME
from projections.callback_story import CallbackAct, CallbackLine, callback_story
from projections.judged import Known

STEPS_MAX = 20
CALLBACKS_SHOWN_MAX = 100


class CallbackShown(Struct, frozen=True, kw_only=True):
    """A call that is wished, and that nobody has made yet."""

    at: Instant
    local: Annotated[str | None, means("as it was said, where as a local time in `zone`")]
    zone: str | None
    source: CallbackSource
    set_at: Instant
    give_up_at: Annotated[
        Instant, means("from then on it is given up, and that is recorded with what stood against it")
    ]
    is_due: Annotated[bool, means("whether its time has come")]
    earliest: Annotated[
        Instant | None,
        means(
            "the earliest time at which nothing stands against the call that is known now; null where none is foreseen"
        ),
    ]
    reason: Annotated[str | None, means("the rule that keeps it from its time, where one does")]


class CallbackTold(Struct, frozen=True, kw_only=True):
    """One thing that happened to a wished call: it was wished, moved, kept or given up."""

    position: Position
    recorded_at: Instant
    campaign_id: CampaignId
    act: CallbackAct
    at: Annotated[Instant, means("the time that was wished")]
    local: Annotated[str | None, means("as it was said, where as a local time in `zone`")]
    zone: str | None
    source: Annotated[CallbackSource | None, means("of one that was wished or moved")]
    give_up_at: Annotated[Instant | None, means("of one that was wished or moved")]
    why: Annotated[
        str | None,
        means(
            "of one that was given up: `operator`, `not_called_in_time`, `call_is_anothers`, or the rule that stood against it"
        ),
    ]
    actor: Annotated[str | None, means("the role and the name of who did it; not for viewers")]
    attempt_id: Annotated[str | None, means("of one that was kept: by which attempt")]
    call_id: Annotated[str | None, means("the call that kept it, or in which a key wished it")]


class Foreseen(Struct, frozen=True):
    """When a wished call could be made, and what keeps it from the wished time."""

    earliest: datetime | None
    reason: str | None


def shown_callback(known: Known, only_numbers: Collection[str] | None, now: datetime) -> CallbackShown | None:
    """The open callback of a recipient at `now`, if there is one."""
    wish = open_callback(known.recipient, known.campaign.campaign_id)
    if wish is None:
        return None
    foreseen = _foreseen(known, only_numbers, max(wish.at, now), wish.give_up_at)
    return CallbackShown(
        at=wish.at,
        local=wish.local,
        zone=wish.zone,
        source=wish.source,
        set_at=wish.set_at,
        give_up_at=wish.give_up_at,
        is_due=wish.at <= now,
        earliest=foreseen.earliest,
        reason=foreseen.reason,
    )


def callbacks_told(
    spelled: Iterable[Sequence[Recorded]], attempts: Iterable[Attempt], actor: Actor, campaign_id: str | None = None
) -> list[CallbackTold]:
    """What became of a person's callbacks, of one campaign or of all, the last first."""
    story = callback_story(spelled, attempts)
    return [_told(one, actor) for one in reversed(story) if campaign_id in {None, one.campaign_id}]


def _told(line: CallbackLine, actor: Actor) -> CallbackTold:
    attempt = line.attempt
    return CallbackTold(
        position=line.recorded.position,
        recorded_at=line.recorded.recorded_at,
        campaign_id=line.campaign_id,
        act=line.act,
        at=line.at,
        local=line.local,
        zone=line.zone,
        source=line.source,
        give_up_at=line.give_up_at,
        why=line.why,
        actor=shown_text(line.recorded.metadata.get("actor"), actor),
        attempt_id=None if attempt is None else attempt.attempt_id,
        call_id=said_in_call(line.said) if attempt is None else attempt.call_id,
    )


def _foreseen(known: Known, only_numbers: Collection[str] | None, at: datetime, give_up_at: datetime) -> Foreseen:
    """From `at` on, as if the campaign ran and nothing were recorded until then."""
    reason: str | None = None
    for _ in range(STEPS_MAX):
        if at >= give_up_at:
            return Foreseen(None, reason or NOT_CALLED_IN_TIME)
        against = [
            one
            for one in known.verdict(Clocks.agreeing(at), only_numbers).reasons
            if one.rule not in {CALLBACK_WAITS, "campaign_not_running"}
        ]
        if not against:
            return Foreseen(at, reason)
        holding = next((one for one in against if one.until is None), None) or max(
            against, key=lambda one: one.until or at
        )
        reason = reason or holding.rule
        if holding.until is None or holding.until <= at:
            return Foreseen(None, reason)
        at = holding.until
    return Foreseen(None, reason)
