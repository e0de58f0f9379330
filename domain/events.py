"""Every event and its permanent name, and the envelope in which the ledger hands them out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Union, get_args

from msgspec import Struct

from domain.account import AccountEvent
from domain.call import CallEvent
from domain.campaign import CampaignEvent
from domain.quarantine import DeliveryQuarantined
from domain.recipient import RecipientEvent

Event = Union[AccountEvent, CallEvent, CampaignEvent, RecipientEvent, DeliveryQuarantined]  # noqa: UP007 - one flat union, for get_args

EVENTS: Mapping[str, type[Event]] = {event.NAME: event for event in get_args(Event)}


class Recorded(Struct, frozen=True, kw_only=True):
    """An event as the ledger keeps it.

    `position` is its place in the ledger's total order (from 1), `version` its place in its `stream` (from 1),
    `recorded_at` (UTC) when we learned it, `metadata` who or what caused it.
    """

    position: int
    event_id: str
    stream: str
    version: int
    recorded_at: datetime
    metadata: Mapping[str, str]
    event: Event

    @property
    def name(self) -> str:
        """The event's permanent name."""
        return self.event.NAME
