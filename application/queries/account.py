"""The account behind the API key: what holds it up, what it holds back, what is known of its limits and its usage."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct, field

from application.actor import Actor
from application.fields import Amount, Count, Instant, Position, Said, means, one_of
from application.installation import Installation
from application.moment import Moment
from application.pauses import explain_hold, explain_pause
from application.queries.masking import shown_text, shown_word
from domain.account import AccountPause, AccountState, DestinationHeld, Usage
from domain.events import Recorded
from domain.identity import account_stream
from domain.phone_number import mask
from projections.folded import account_of

HOLDS_SHOWN_MAX = 1_000
ANY_CAMPAIGN = "CAMPAIGN"
AccountCause = Annotated[str, one_of("operator", "provider")]


class HeldNumbers(Struct, frozen=True):
    """Numbers that are not dialled, on whose word, and since when."""

    event: DestinationHeld
    at: datetime


class AccountPauseShown(Struct, frozen=True, kw_only=True):
    """Why nobody is called on this account."""

    cause: AccountCause
    code: str | None
    status: int | None
    body: Said
    at: Instant
    reason: str
    probes: Count
    what_to_do: str


class HoldShown(Struct, frozen=True, kw_only=True):
    """Numbers that are not dialled, and since when."""

    prefix: Annotated[str, means("numbers that begin so are not dialled; to viewers masked")]
    code: str | None
    body: Said
    at: Instant
    reason: str
    what_to_do: str


class UsageShown(Struct, frozen=True, kw_only=True):
    """MiniVoice's settled totals of a window, and when it said so; null is what could not be read."""

    since: Instant = field(name="from")
    until: Instant = field(name="to")
    calls: Count | None
    billsec_seconds: Count | None
    cost_amount: Annotated[str | None, means("an exact decimal")]
    cost_currency: str | None
    at: Instant


class AccountShown(Struct, frozen=True, kw_only=True):
    """The account behind the API key; of very many holds only the first are shown."""

    pause: AccountPauseShown | None
    holds: Annotated[list[HoldShown], Meta(max_length=HOLDS_SHOWN_MAX)]
    holds_in_all: Count
    limits: Annotated[Mapping[str, Amount], means("what was found out: `calls_per_second`, `calls_at_once`")]
    usages: Annotated[list[UsageShown], means("what MiniVoice settled since a campaign with a budget began")]
    position: Position


def account_at(parts: Installation, actor: Actor, moment: Moment) -> AccountShown:
    """The account as it was known at a moment; which one it is has to be known."""
    events = _events(parts, moment.position)
    state = account_of(events)
    held = [hold for hold in _last_holds(events) if hold.event.prefix in state.held_prefixes]
    return AccountShown(
        pause=None if state.pause is None else _pause(state.pause, actor),
        holds=[_hold(hold, actor) for hold in held[:HOLDS_SHOWN_MAX]],
        holds_in_all=len(held),
        limits=state.limits,
        usages=[_usage(usage) for usage in state.usages.values()],
        position=moment.position,
    )


def last_usage(state: AccountState) -> UsageShown | None:
    """What MiniVoice settled, as it said last; None where it never has."""
    last = max(state.usages.values(), key=lambda usage: usage.at, default=None)
    return None if last is None else _usage(last)


def _events(parts: Installation, position: int) -> Sequence[Recorded]:
    fingerprint = parts.in_flight.fingerprint
    return [] if fingerprint is None else parts.ledger.read_stream(account_stream(fingerprint), position)


def _last_holds(events: Sequence[Recorded]) -> list[HeldNumbers]:
    """Each prefix with what it was held by last, in the order in which that was said."""
    holds: dict[str, HeldNumbers] = {}
    for recorded in events:
        if isinstance(recorded.event, DestinationHeld):
            holds.pop(recorded.event.prefix, None)
            holds[recorded.event.prefix] = HeldNumbers(recorded.event, recorded.recorded_at)
    return list(holds.values())


def _pause(pause: AccountPause, actor: Actor) -> AccountPauseShown:
    explained = explain_pause(pause, ANY_CAMPAIGN)
    return AccountPauseShown(
        cause=pause.cause,
        code=shown_word(pause.code, actor),
        status=pause.status,
        body=shown_text(pause.body, actor),
        at=pause.at,
        reason=explained.reason,
        probes=pause.probes,
        what_to_do=explained.what_to_do,
    )


def _hold(hold: HeldNumbers, actor: Actor) -> HoldShown:
    explained = explain_hold(hold.event.code)
    return HoldShown(
        prefix=hold.event.prefix if actor.sees_numbers else mask(hold.event.prefix),
        code=shown_word(hold.event.code, actor),
        body=shown_text(hold.event.body, actor),
        at=hold.at,
        reason=explained.reason,
        what_to_do=explained.what_to_do,
    )


def _usage(usage: Usage) -> UsageShown:
    said = usage.observed
    return UsageShown(
        since=said.window_from,
        until=said.window_to,
        calls=said.calls,
        billsec_seconds=said.billsec_seconds,
        cost_amount=said.cost_amount,
        cost_currency=said.cost_currency,
        at=usage.at,
    )
