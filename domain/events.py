"""Every event and its permanent name, and the envelope in which the ledger hands them out."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Union, get_args

from msgspec import Struct
from msgspec.structs import replace

from domain.account import AccountEvent, AccountResumed, DestinationReleased
from domain.call import END_EVENTS, CallClaimed, CallEvent
from domain.campaign import CampaignEvent, CampaignRevised
from domain.ledger_life import LedgerEvent
from domain.quarantine import QuarantineEvent
from domain.recipient import (
    AttemptAbandoned,
    AttemptAccepted,
    AttemptEvent,
    AttemptRefused,
    AttemptResolved,
    ConsentGiven,
    RecipientCallbackSet,
    RecipientDeclineLifted,
    RecipientEnrolled,
    RecipientEvent,
    RecipientReleased,
)
from domain.set_right import SetRight, by_then
from domain.subscription import SubscriptionEvent

Event = Union[  # noqa: UP007 - one flat union, for get_args
    AccountEvent, CallEvent, CampaignEvent, RecipientEvent, QuarantineEvent, SubscriptionEvent, LedgerEvent
]

EVENTS: Mapping[str, type[Event]] = {event.NAME: event for event in get_args(Event)}

_OF_ONE_CAMPAIGN = (RecipientEnrolled, RecipientCallbackSet, CallClaimed, *get_args(AttemptEvent))
_ATTEMPT_ENDS = (AttemptAccepted, AttemptRefused, AttemptAbandoned, AttemptResolved)


class Recorded(Struct, frozen=True, kw_only=True, dict=True):
    """An event as the ledger keeps it.

    `position` is its place in the ledger's total order (from 1), `version` its place in its `stream` (from 1),
    `recorded_at` (UTC) when we learned it, `metadata` who or what caused it.

    `recorded_at` never goes back. Where it therefore had to be later than the ledger's clock, `clock_at` is what that
    clock said, and `passed_at` the latest that it had said by then, or had since an operator acknowledged what it said
    before. Both are None where they equal `recorded_at`, or are not known. `acknowledged` are such acknowledgements that
    came after it, as far as was read: the ledger's streams come with them, its feed as each event was then.
    `erased` names the kinds of personal fields whose key was destroyed: values that say so stand in their place.
    """

    position: int
    event_id: str
    stream: str
    version: int
    recorded_at: datetime
    metadata: Mapping[str, str]
    event: Event
    clock_at: datetime | None = None
    passed_at: datetime | None = None
    acknowledged: tuple[SetRight, ...] = ()
    erased: tuple[str, ...] = ()

    def with_folded(self, state: object) -> "Recorded":
        """Have its stream's state at hand, as whoever recorded it folded it: no part of what is compared or replaced."""
        self.__dict__["folded"] = state
        return self

    @property
    def folded(self) -> object | None:
        """The state of its stream with this event, where it is at hand; of an event that was read, None."""
        return self.__dict__.get("folded")

    @property
    def counts_from(self) -> datetime:
        """The instant from which every wait on this event is counted: what the clock said, as far as it is believed."""
        said = self.clock_at or self.recorded_at
        return by_then(said, self.acknowledged) if self.acknowledged else said

    @property
    def set_right(self) -> SetRight | None:
        """What it acknowledges of the clock, if it does."""
        return SetRight(self.position, self.counts_from) if sets_right(self.event) else None

    def believed(self, acknowledged: Iterable[SetRight]) -> "Recorded":
        """The event as these acknowledgements leave it, all those of the ledger up to some position."""
        later = tuple(one for one in acknowledged if one.position > self.position)
        return self if later == self.acknowledged else replace(self, acknowledged=later)

    @property
    def passed(self) -> datetime:
        """The ledger's time with this event."""
        return self.passed_at or self.recorded_at

    @property
    def name(self) -> str:
        """The event's permanent name."""
        return self.event.NAME


def as_known_at(stream: Iterable[Recorded], position: int) -> list[Recorded]:
    """What of a stream was known at a position of the ledger, as it was known then."""
    return [
        one.believed(later for later in one.acknowledged if later.position <= position) if one.acknowledged else one
        for one in stream
        if one.position <= position
    ]


def sets_right(event: Event) -> bool:
    """Whether with an event an operator acknowledges what a clock had said that was ahead."""
    return type(event) is AccountResumed and event.acknowledged_position is not None


def may_bring_back(event: Event, campaign_id: str) -> bool:
    """Whether an event may give a campaign that has nobody left somebody to dial, or an open call."""
    if isinstance(
        event, (RecipientReleased, ConsentGiven, RecipientDeclineLifted, DestinationReleased, CampaignRevised)
    ):
        return True
    return isinstance(event, _OF_ONE_CAMPAIGN) and event.campaign_id == campaign_id


def may_free(event: Event) -> bool:
    """Whether with an event somebody may have no call open any more, who was held back by one. An answer may come after its call's end."""
    return isinstance(event, END_EVENTS + _ATTEMPT_ENDS)
