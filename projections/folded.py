"""One stream folded on demand: what the ledger knew of a thing, as far as its events were read."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

from domain import account, call, campaign, recipient
from domain.account import AccountEvent, AccountState
from domain.call import CallState
from domain.campaign import CampaignEvent, CampaignState
from domain.events import Recorded
from domain.recipient import RecipientState, StreamOf, as_person, other_streams

StateT = TypeVar("StateT")
ReadEvents = Callable[[Collection[str]], Mapping[str, Iterable[Recorded]]]
"""Streams by name; those without events may be left out."""


def campaign_of(stream: Iterable[Recorded]) -> CampaignState | None:
    """A campaign, None before it was created."""
    return _fold(campaign.INITIAL, campaign.evolve, stream)


def recipient_of(stream: Iterable[Recorded]) -> RecipientState:
    """A person."""
    return _fold(recipient.INITIAL, recipient.evolve, stream)


def people_of(streams: Collection[str], read: ReadEvents, stream_of: StreamOf) -> dict[str, RecipientState]:
    """The people behind these streams, each by all the spellings of their number."""
    found = read(streams)
    own = {stream: recipient_of(found.get(stream, ())) for stream in streams}
    others = {stream: other_streams(person.number, stream_of) for stream, person in own.items()}
    wanted = sorted({one for some in others.values() for one in some})
    read_too = read(wanted) if wanted else {}
    return {
        stream: as_person(person, [recipient_of(read_too.get(one, ())) for one in others[stream]])
        for stream, person in own.items()
    }


def account_of(stream: Iterable[Recorded]) -> AccountState:
    """An account."""
    return _fold(account.INITIAL, account.evolve, stream)


def account_after(state: AccountState, recorded: Recorded) -> AccountState:
    """An account after one more of its events."""
    return account.evolve(state, cast("AccountEvent", recorded.event), recorded.counts_from)


def campaign_after(state: CampaignState | None, recorded: Recorded) -> CampaignState | None:
    """A campaign after one more of its events."""
    return campaign.evolve(state, cast("CampaignEvent", recorded.event), recorded.counts_from)


def call_of(stream: Iterable[Recorded]) -> CallState:
    """A call."""
    return _fold(call.INITIAL, call.evolve, stream).state


def _fold(initial: StateT, evolve: Callable[[StateT, Any, datetime], StateT], stream: Iterable[Recorded]) -> StateT:
    state = initial
    for recorded in stream:
        state = evolve(state, cast("Any", recorded.event), recorded.counts_from)
    return state
