"""A callback as it is shown: when it is wished, when it could be made, and when it is given up."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated

from msgspec import Struct

from application.fields import Instant, means
from domain.dialing import CALLBACK_WAITS, Clocks
from domain.recipient import open_callback
from domain.recipient.callback import CallbackSource
from domain.recipient.wishes import NOT_CALLED_IN_TIME
from projections.judged import Known

STEPS_MAX = 20


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
