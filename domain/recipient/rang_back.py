"""A person who rings back: what is kept of it on them."""

from datetime import datetime
from typing import ClassVar

from msgspec import Struct

RANG_BACK_KEPT_MAX = 20


class RecipientRangBack(Struct, frozen=True, kw_only=True):
    """A call came in from this person, to a number that `campaign_id` last called them from with `attempt_id`."""

    NAME: ClassVar = "recipient.rang_back"
    PERSONAL: ClassVar = frozenset[str]()
    call_id: str
    campaign_id: str
    attempt_id: str


class RangBack(Struct, frozen=True, kw_only=True):
    """One such call, as it was learned `at`."""

    call_id: str
    campaign_id: str
    attempt_id: str
    at: datetime


def with_rang_back(known: tuple[RangBack, ...], event: RecipientRangBack, at: datetime) -> tuple[RangBack, ...]:
    """With one more, the latest of them."""
    one = RangBack(call_id=event.call_id, campaign_id=event.campaign_id, attempt_id=event.attempt_id, at=at)
    return (*known, one)[-RANG_BACK_KEPT_MAX:]


def together(*known: tuple[RangBack, ...]) -> tuple[RangBack, ...]:
    """Those of several spellings, the latest of them, in the order in which they were learned."""
    return tuple(sorted((one for some in known for one in some), key=lambda one: one.at))[-RANG_BACK_KEPT_MAX:]
