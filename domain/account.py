"""The MiniVoice application behind the API key: its pauses, and the destinations it will not route."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, TypeVar, assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.divergence import DivergenceObserved, Divergences, joined
from domain.number_plan import country_prefix

LatestT = TypeVar("LatestT")
RESTORED = "restored"
"""What pauses an account whose ledger was put back, cloned or moved."""
DIGITS_AFTER_COUNTRY_MIN = 3
USAGES_KEPT_MAX = 100


class AccountPaused(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Nothing is dialled with this key until somebody resumes it.

    `cause` is `provider`, `operator` or `restored`, whose `code` is why (`domain.ledger_life`); for a provider's refusal `status`, `code` and the full `body` say why. `probes` is
    how many single calls have tried this pause: above 0 it is said again, because one more of them begins. `carried_from`
    is the account behind an earlier key whose pause this is; None where it is its own.
    """

    NAME: ClassVar = "account.paused"
    PERSONAL: ClassVar = frozenset({"body"})
    cause: str
    status: int | None = None
    code: str | None = None
    body: str | None = None
    probes: int = 0
    carried_from: str | None = None


class AccountResumed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Dialling with this key may go on.

    `acknowledged_position` is the ledger's end where an operator acknowledged that its clock had been ahead: nothing that
    was recorded before this, with whatever account, counts as later than this (`domain.set_right`).
    """

    NAME: ClassVar = "account.resumed"
    PERSONAL: ClassVar = frozenset[str]()
    reason: str | None = None
    acknowledged_position: int | None = None


class DestinationHeld(Struct, frozen=True, kw_only=True):
    """Numbers that begin with `prefix` are not dialled: the provider has no rate for them."""

    NAME: ClassVar = "destination.held"
    PERSONAL: ClassVar = frozenset({"prefix", "body"})
    prefix: str
    code: str | None = None
    body: str | None = None


class DestinationReleased(Struct, frozen=True, kw_only=True):
    """Numbers that begin with `prefix` may be dialled again."""

    NAME: ClassVar = "destination.released"
    PERSONAL: ClassVar = frozenset({"prefix"})
    prefix: str
    reason: str | None = None


class LimitLearned(Struct, frozen=True, kw_only=True):
    """The provider showed a limit: `limit` is `calls_per_second` or `calls_at_once`, `value` what still passed."""

    NAME: ClassVar = "limit.learned"
    PERSONAL: ClassVar = frozenset[str]()
    limit: str
    value: float
    code: str | None = None


class UsageObserved(Struct, frozen=True, kw_only=True):
    """GET /v1/usage's settled totals of a UTC window; `cost_amount` is a decimal string, never a float.

    What could not be read is None; at least one of them is not.
    """

    NAME: ClassVar = "usage.observed"
    PERSONAL: ClassVar = frozenset[str]()
    window_from: datetime
    window_to: datetime
    calls: int | None
    billsec_seconds: int | None
    cost_amount: str | None
    cost_currency: str | None
    body: str


AccountEvent = (
    AccountPaused
    | AccountResumed
    | DestinationHeld
    | DestinationReleased
    | LimitLearned
    | UsageObserved
    | DivergenceObserved
)


class AccountPause(Struct, frozen=True, kw_only=True):
    """Why the account stands still, and since when; how many single calls have tried it, and when the last of them began.

    `carried_from` is the account behind an earlier key whose pause this is.
    """

    cause: str
    code: str | None
    at: datetime
    status: int | None = None
    body: str | None = None
    probes: int = 0
    probed_at: datetime | None = None
    carried_from: str | None = None


class Usage(Struct, frozen=True):
    """What the provider last said of a window, and when (UTC) that was recorded."""

    observed: UsageObserved
    at: datetime


class Cost(Struct, frozen=True, kw_only=True):
    """What a window cost, by an answer that named amount and currency, and when (UTC) that was recorded; of how many calls."""

    amount: str
    currency: str
    calls: int | None
    at: datetime


class AccountState(Struct, frozen=True, kw_only=True):
    """What is known of the account.

    `held_prefixes` maps a prefix to the provider's code, `usages` the beginning of a window to what was said of it last,
    `costs` to what it was last said to have cost; of very many windows those that were said something of last are kept.
    """

    pause: AccountPause | None = None
    held_prefixes: Mapping[str, str | None] = {}
    limits: Mapping[str, float] = {}
    usages: Mapping[datetime, Usage] = {}
    costs: Mapping[datetime, Cost] = {}
    divergences: Divergences = Divergences()

    def held_prefix_of(self, number: str) -> str | None:
        """The longest held prefix of this number, or None."""
        prefixes = (number[:length] for length in range(len(number), 0, -1))
        return next((prefix for prefix in prefixes if prefix in self.held_prefixes), None)


INITIAL = AccountState()


def evolve(state: AccountState, event: AccountEvent, at: datetime) -> AccountState:
    """The account after one more event, recorded `at`."""
    match event:
        case AccountPaused():
            return replace(
                state,
                pause=AccountPause(
                    cause=event.cause,
                    code=event.code,
                    at=state.pause.at if event.probes and state.pause is not None else at,
                    status=event.status,
                    body=event.body,
                    probes=event.probes,
                    probed_at=at if event.probes else None,
                    carried_from=event.carried_from,
                ),
            )
        case AccountResumed():
            return replace(state, pause=None)
        case DestinationHeld():
            return replace(state, held_prefixes={**state.held_prefixes, event.prefix: event.code})
        case DestinationReleased():
            return replace(
                state, held_prefixes={p: code for p, code in state.held_prefixes.items() if p != event.prefix}
            )
        case LimitLearned():
            return replace(state, limits={**state.limits, event.limit: event.value})
        case UsageObserved():
            usages = _with_latest(state.usages, event.window_from, Usage(event, at))
            return replace(state, usages=usages, costs=_costs_with(state.costs, event, at))
        case DivergenceObserved():
            return replace(state, divergences=joined(state.divergences, event, at))
        case _:
            assert_never(event)


def pause(
    state: AccountState, cause: str, *, status: int | None = None, code: str | None = None, body: str | None = None
) -> list[AccountEvent]:
    """Pause it, unless it is paused for the same cause and code already."""
    if state.pause is not None and (state.pause.cause, state.pause.code) == (cause, code):
        return []
    # A probe that is refused for another reason than the one before is still one more that was refused.
    probes = state.pause.probes if state.pause is not None and state.pause.cause == cause else 0
    return [AccountPaused(cause=cause, status=status, code=code, body=body, probes=probes)]


def carry_over(state: AccountState, earlier: AccountState, earlier_fingerprint: str) -> list[AccountEvent]:
    """Begin paused where the account that was used before is: another key alone is no reason to dial again."""
    held = earlier.pause
    if held is None or state.pause is not None:
        return []
    return [
        AccountPaused(
            cause=held.cause,
            status=held.status,
            code=held.code,
            body=held.body,
            carried_from=earlier_fingerprint,
        )
    ]


def begin_probe(state: AccountState) -> list[AccountEvent]:
    """One single call tries whether the provider's pause still holds; any other pause is not tried."""
    held = state.pause
    if held is None or held.cause != "provider":
        return []
    # What a pause of another key's account was carried over for, this key's own call finds out.
    return [AccountPaused(cause=held.cause, status=held.status, code=held.code, body=held.body, probes=held.probes + 1)]


def resume(state: AccountState, reason: str | None = None) -> list[AccountEvent]:
    """Lift the pause, if there is one."""
    return [] if state.pause is None else [AccountResumed(reason=reason)]


def resume_and_acknowledge(state: AccountState, position: int | None, reason: str | None = None) -> list[AccountEvent]:
    """Lift the pause; with a position, also acknowledge that the clock had been ahead up to there."""
    return (
        resume(state, reason) if position is None else [AccountResumed(reason=reason, acknowledged_position=position)]
    )


def hold_number(state: AccountState, number: str, code: str | None, body: str | None) -> list[AccountEvent]:
    """Stop dialling a number that was refused; after a second one like it, all that begin as both do.

    That is the longest prefix which was refused twice for the same reason, if it says more than the country and three digits.
    """
    if state.held_prefix_of(number) is not None:
        return []
    shared = [_shared_prefix(number, held) for held, why in state.held_prefixes.items() if why == code]
    prefix = max(shared, key=len, default="")
    refused_twice = prefix if len(prefix) >= len(country_prefix(number)) + DIGITS_AFTER_COUNTRY_MIN else None
    return [DestinationHeld(prefix=refused_twice or number, code=code, body=body)]


def observe_usage(state: AccountState, observed: UsageObserved) -> list[AccountEvent]:
    """Record what the provider says of a window, if it says anything new."""
    known = state.usages.get(observed.window_from)
    return [observed] if known is None or _figures(known.observed) != _figures(observed) else []


def learn(state: AccountState, limit: str, value: float, code: str | None = None) -> list[AccountEvent]:
    """Record what was found out of a limit, if it is anything new."""
    return [] if state.limits.get(limit) == value else [LimitLearned(limit=limit, value=value, code=code)]


def release_destination(state: AccountState, prefix: str, reason: str | None = None) -> list[AccountEvent]:
    """Let numbers with this prefix be dialled again, if they are held."""
    return [DestinationReleased(prefix=prefix, reason=reason)] if prefix in state.held_prefixes else []


def release_destinations(state: AccountState, prefix: str, reason: str | None = None) -> list[AccountEvent]:
    """Let all that is held and begins with this prefix be dialled again; what is held by a shorter one stays so."""
    return [DestinationReleased(prefix=held, reason=reason) for held in state.held_prefixes if held.startswith(prefix)]


def _shared_prefix(one: str, other: str) -> str:
    length = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:length]


def _figures(usage: UsageObserved) -> tuple[int | None, int | None, str | None, str | None]:
    return usage.calls, usage.billsec_seconds, usage.cost_amount, usage.cost_currency


def _costs_with(costs: Mapping[datetime, Cost], said: UsageObserved, at: datetime) -> Mapping[datetime, Cost]:
    """An answer whose cost could not be read takes nothing away from what was known."""
    if said.cost_amount is None or said.cost_currency is None:
        return costs
    cost = Cost(amount=said.cost_amount, currency=said.cost_currency, calls=said.calls, at=at)
    return _with_latest(costs, said.window_from, cost)


def _with_latest(kept: Mapping[datetime, LatestT], begun: datetime, latest: LatestT) -> Mapping[datetime, LatestT]:
    others = [(start, known) for start, known in kept.items() if start != begun]
    return dict([*others, (begun, latest)][-USAGES_KEPT_MAX:])
