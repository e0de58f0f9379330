"""The MiniVoice application behind the API key: its pauses, and the destinations it will not route."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, assert_never

from msgspec import Struct
from msgspec.structs import replace


class AccountPaused(Struct, frozen=True, kw_only=True):
    """Nothing is dialled with this key until somebody resumes it.

    `cause` is `provider` or `operator`; for a provider's refusal `status`, `code` and the full `body` say why.
    """

    NAME: ClassVar = "account.paused"
    PERSONAL: ClassVar = frozenset({"body"})
    cause: str
    status: int | None = None
    code: str | None = None
    body: str | None = None


class AccountResumed(Struct, frozen=True, kw_only=True):
    """Dialling with this key may go on."""

    NAME: ClassVar = "account.resumed"
    PERSONAL: ClassVar = frozenset[str]()
    reason: str | None = None


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
    """GET /v1/usage's settled totals of a UTC window; `cost_amount` is a decimal string, never a float."""

    NAME: ClassVar = "usage.observed"
    PERSONAL: ClassVar = frozenset[str]()
    window_from: datetime
    window_to: datetime
    calls: int
    billsec_seconds: int
    cost_amount: str
    cost_currency: str
    body: str


AccountEvent = AccountPaused | AccountResumed | DestinationHeld | DestinationReleased | LimitLearned | UsageObserved


class AccountPause(Struct, frozen=True, kw_only=True):
    """Why the account stands still, and since when."""

    cause: str
    code: str | None
    at: datetime
    status: int | None = None
    body: str | None = None


class AccountState(Struct, frozen=True, kw_only=True):
    """What is known of the account. `held_prefixes` maps a prefix to the provider's code."""

    pause: AccountPause | None = None
    held_prefixes: Mapping[str, str | None] = {}
    limits: Mapping[str, float] = {}
    usage: UsageObserved | None = None

    def held_prefix_of(self, number: str) -> str | None:
        """The longest held prefix of this number, or None."""
        matching = [prefix for prefix in self.held_prefixes if number.startswith(prefix)]
        return max(matching, key=len, default=None)


INITIAL = AccountState()


def evolve(state: AccountState, event: AccountEvent, at: datetime) -> AccountState:
    """The account after one more event, recorded `at`."""
    match event:
        case AccountPaused():
            return replace(
                state,
                pause=AccountPause(cause=event.cause, code=event.code, at=at, status=event.status, body=event.body),
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
            return replace(state, usage=event)
        case _:
            assert_never(event)


def pause(
    state: AccountState, cause: str, *, status: int | None = None, code: str | None = None, body: str | None = None
) -> list[AccountEvent]:
    """Pause it, unless it is paused for the same cause and code already."""
    if state.pause is not None and (state.pause.cause, state.pause.code) == (cause, code):
        return []
    return [AccountPaused(cause=cause, status=status, code=code, body=body)]


def resume(state: AccountState, reason: str | None = None) -> list[AccountEvent]:
    """Lift the pause, if there is one."""
    return [] if state.pause is None else [AccountResumed(reason=reason)]


def hold_destination(state: AccountState, prefix: str, code: str | None, body: str | None) -> list[AccountEvent]:
    """Stop dialling numbers with this prefix, unless they are held already."""
    return [] if prefix in state.held_prefixes else [DestinationHeld(prefix=prefix, code=code, body=body)]


def release_destination(state: AccountState, prefix: str, reason: str | None = None) -> list[AccountEvent]:
    """Let numbers with this prefix be dialled again, if they are held."""
    return [DestinationReleased(prefix=prefix, reason=reason)] if prefix in state.held_prefixes else []
