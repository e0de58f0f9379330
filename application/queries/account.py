"""The account behind the API key: what holds it up, what it holds back, what is known of its limits and its usage."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct, field

from application.actor import Actor
from application.installation import Installation
from application.moment import Moment
from application.pauses import explain_hold, explain_pause
from application.queries.masking import shown_text, shown_word
from domain.account import AccountPause, DestinationHeld, Usage
from domain.events import Recorded
from domain.identity import account_stream
from domain.phone_number import mask
from projections.folded import account_of

HOLDS_SHOWN_MAX = 1_000
ANY_CAMPAIGN = "CAMPAIGN"


class HeldNumbers(Struct, frozen=True):
    """Numbers that are not dialled, on whose word, and since when."""

    event: DestinationHeld
    at: datetime


class AccountPauseShown(Struct, frozen=True, kw_only=True):
    """Why nobody is called on this account; `status`, `code` and `body` are MiniVoice's, and the body is not for viewers."""

    cause: str
    code: str | None
    status: int | None
    body: str | None
    at: datetime
    reason: str
    probes: int
    what_to_do: str


class HoldShown(Struct, frozen=True, kw_only=True):
    """Numbers that begin with this, and are not dialled since `at` (UTC)."""

    prefix: str
    code: str | None
    body: str | None
    at: datetime
    reason: str
    what_to_do: str


class UsageShown(Struct, frozen=True, kw_only=True):
    """MiniVoice's settled totals of a window (UTC), and when it said so; `cost_amount` is a decimal number as text."""

    since: datetime = field(name="from")
    until: datetime = field(name="to")
    calls: int
    billsec_seconds: int
    cost_amount: str
    cost_currency: str
    at: datetime


class AccountShown(Struct, frozen=True, kw_only=True):
    """The account; of very many `holds_in_all` only the first are shown. `limits` are those that were learned, by name."""

    pause: AccountPauseShown | None
    holds: list[HoldShown]
    holds_in_all: int
    limits: Mapping[str, float]
    usages: list[UsageShown]
    position: int


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
