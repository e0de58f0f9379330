"""The account's own limits, which all its campaigns share: one pace and one set of slots, set or found out."""

from bisect import bisect_left
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.pacing import estimate, hold
from domain.pacing import pace as paces
from domain.pacing.estimate import LimitEstimate
from domain.pacing.hold import PaceHold
from domain.pacing.pace import Pace, primed, with_limit

LEAST_PER_SECOND = 1.0
LEAST_AT_ONCE = 1.0
# The provider's second, and a little more: what travelled faster than the refused request had come before it.
TAKEN_WITHIN_SECONDS = 1.02
TAKEN_KEPT_SECONDS = 3.0
TAKEN_KEPT_MAX = 2_048
FULL_USE_SHARE = 0.85
FULL_AT_ONCE_SHARE = 0.9
Limit = Literal["calls_per_second", "calls_at_once"]


class AccountLimits(Struct, frozen=True, kw_only=True):
    """What the operator set; None is unknown, and found out."""

    calls_per_second: float | None = None
    calls_at_once: int | None = None


class AccountPace(Struct, frozen=True, kw_only=True):
    """The account's pace by a monotonic clock in seconds.

    `pace` is None while no limit is known; `taken` are the instants, oldest first, at which the last requests were released
    that the provider has not refused.
    """

    per_second: LimitEstimate
    at_once: LimitEstimate
    pace: Pace | None = None
    hold: PaceHold = PaceHold()
    taken: tuple[float, ...] = ()

    def wait_seconds(self, now: float) -> float:
        """How long to wait before the next request may leave; 0 for now."""
        wait = self.hold.seconds(now)
        return wait if self.pace is None else max(wait, self.pace.wait_seconds(now))

    @property
    def gap_seconds(self) -> float:
        """The time between two requests that leave evenly; 0 where no limit is known."""
        return 0.0 if self.pace is None else self.pace.gap_seconds

    def is_full(self, calls_held: int) -> bool:
        """Whether no further call may begin while so many may be under way."""
        limit = self.at_once.limit
        return limit is not None and calls_held >= int(limit)

    def taken_before(self, at: float) -> int:
        """How many requests left within about a second before `at` without being refused."""
        return bisect_left(self.taken, at) - bisect_left(self.taken, at - TAKEN_WITHIN_SECONDS)


def begun(
    limits: AccountLimits, learned_per_second: float | None, learned_at_once: float | None, earlier: Iterable[float]
) -> AccountPace:
    """The pace as an earlier process left it.

    `learned_…` are what the ledger has of the limits; `earlier` the instants at which that process's requests may have
    left, at the latest.
    """
    taken = tuple(sorted(earlier))
    per_second = estimate.known(least=LEAST_PER_SECOND, most=limits.calls_per_second, learned=learned_per_second)
    return AccountPace(
        per_second=per_second,
        at_once=estimate.known(least=LEAST_AT_ONCE, most=limits.calls_at_once, learned=learned_at_once),
        pace=None if per_second.limit is None else primed(per_second.limit, taken),
        taken=taken[-TAKEN_KEPT_MAX:],
    )


def released(account: AccountPace, now: float) -> AccountPace:
    """A request may be written from now on; `written` is to follow, whatever becomes of it."""
    at = max(now, account.taken[-1]) if account.taken else now
    first = max(bisect_left(account.taken, at - TAKEN_KEPT_SECONDS), len(account.taken) + 1 - TAKEN_KEPT_MAX)
    return replace(
        account,
        pace=None if account.pace is None else paces.released(account.pace, at),
        taken=(*account.taken[first:], at),
    )


def written(account: AccountPace, now: float) -> AccountPace:
    """A request that was released has left, or never will."""
    return account if account.pace is None else replace(account, pace=paces.written(account.pace, now))


def sent(account: AccountPace, now: float) -> AccountPace:
    """A request was released and left at once."""
    return written(released(account, now), now)


def filled(account: AccountPace, at: float) -> AccountPace:
    """The pace once others have sent until an instant, and nobody knows how much."""
    return account if account.pace is None else replace(account, pace=paces.filled(account.pace, at))


def accepted(account: AccountPace, now: float, calls_held: int) -> AccountPace:
    """The provider took a request, while so many calls of ours may be under way."""
    per_second = account.per_second
    if account.pace is not None:
        per_second = estimate.used(per_second, now, FULL_USE_SHARE / account.gap_seconds)
    at_once, limit = account.at_once, account.at_once.limit
    if limit is not None and calls_held >= FULL_AT_ONCE_SHARE * int(limit):
        at_once = estimate.used(at_once, now, 0.0)
    return _adjusted(replace(account, at_once=at_once, hold=hold.accepted(account.hold)), per_second)


def refused(
    account: AccountPace,
    limit: Limit,
    *,
    sent_at: float,
    now: float,
    chance: float,
    calls_under_way: int,
    retry_after_seconds: float | None = None,
) -> AccountPace:
    """The provider refused a request that left at `sent_at` because of a limit, while it had so many calls of ours."""
    closed = hold.told_to_wait(hold.understood(account.hold), now, retry_after_seconds)
    at = bisect_left(account.taken, sent_at)
    if account.taken[at : at + 1] == (sent_at,):
        account = replace(account, taken=account.taken[:at] + account.taken[at + 1 :])
    match limit:
        case "calls_per_second":
            if sent_at > account.per_second.lowered_at:
                closed = hold.calmed(closed, now, chance)
            took = account.taken_before(sent_at)
            per_second = estimate.lowered(account.per_second, took, sent_at, now, chance)
            return _adjusted(replace(account, hold=closed), per_second)
        case "calls_at_once":
            if sent_at > account.at_once.lowered_at:
                closed = hold.filled(closed, now)
            at_once = estimate.lowered(account.at_once, calls_under_way, sent_at, now, chance)
            return replace(account, hold=closed, at_once=at_once)


def troubled(account: AccountPace, now: float) -> AccountPace:
    """The provider could not be reached, or did not say what became of a request."""
    return replace(account, hold=hold.troubled(account.hold, now))


def understood(account: AccountPace) -> AccountPace:
    """The provider answered so that we know what became of a request."""
    return replace(account, hold=hold.understood(account.hold))


def call_ended(account: AccountPace, now: float) -> AccountPace:
    """A call ended: where the provider was full, there is room for one again."""
    return replace(account, hold=hold.call_ended(account.hold, now))


def _adjusted(account: AccountPace, per_second: LimitEstimate) -> AccountPace:
    """The same account once its pace is known to be another one."""
    pace, limit = account.pace, per_second.limit
    if limit is not None:
        pace = primed(limit, account.taken) if pace is None else with_limit(pace, limit)
    return replace(account, per_second=per_second, pace=pace)
