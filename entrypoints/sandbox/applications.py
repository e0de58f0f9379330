"""An application: one bearer key with its own money, limits, and settled totals."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from entrypoints.sandbox.refusals import refusal
from entrypoints.sandbox.settings import SandboxSettings

WINDOW_NS = 1_000_000_000


@dataclass(slots=True)
class SlidingSecond:
    """Moments within the last second, and the most that any such window has held."""

    moments: deque[int] = field(default_factory=deque)
    most: int = 0

    def count(self, now_ns: int) -> int:
        while self.moments and now_ns - self.moments[0] > WINDOW_NS:
            self.moments.popleft()
        return len(self.moments)

    def add(self, now_ns: int) -> None:
        self.most = max(self.most, self.count(now_ns) + 1)
        self.moments.append(now_ns)


@dataclass(slots=True)
class Settled:
    calls: int = 0
    billed_seconds: int = 0
    cost: Decimal = Decimal(0)


@dataclass(slots=True)
class Application:
    """`balance` None is unlimited. `spent` and `reserved` together are held against the spend limit."""

    id: str
    customer_id: str
    balance: Decimal | None
    spent: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    calls_at_once: int = 0
    reads: int = 0
    accepted: SlidingSecond = field(default_factory=SlidingSecond)
    settled_by_second: dict[int, Settled] = field(default_factory=dict)

    def check(self, settings: SandboxSettings, now_ns: int) -> None:
        """Raises RefusalError when a new call would break the balance, the spend limit, or a rate limit."""
        held = self.reserved + settings.reserve_per_call
        if self.balance is not None and (self.balance <= 0 or self.balance < held):
            raise refusal("insufficient_balance")
        if settings.spend_limit is not None and self.spent + held > settings.spend_limit:
            raise refusal("spend_control_exceeded")
        if self.accepted.count(now_ns) >= settings.calls_per_second:
            raise refusal("cps_limit_reached")
        if self.calls_at_once >= settings.calls_at_once:
            raise refusal("concurrent_call_limit_reached")

    def begin(self, reserve: Decimal) -> None:
        self.calls_at_once += 1
        self.reserved += reserve

    def end(self, reserve: Decimal) -> None:
        self.calls_at_once -= 1
        self.reserved -= reserve

    def settle(self, ended_at: datetime, billed_seconds: int, cost: Decimal, calls: int = 1) -> None:
        self.spent += cost
        if self.balance is not None:
            self.balance -= cost
        second = self.settled_by_second.setdefault(int(ended_at.timestamp()), Settled())
        second.calls += calls
        second.billed_seconds += billed_seconds
        second.cost += cost

    def settled_between(self, start: datetime, end: datetime) -> Settled:
        """Totals of calls completed from `start` (included) to `end` (not included), by whole seconds."""
        low, high = start.timestamp(), end.timestamp()
        inside = [total for second, total in self.settled_by_second.items() if low <= second < high]
        return Settled(
            sum(total.calls for total in inside),
            sum(total.billed_seconds for total in inside),
            sum((total.cost for total in inside), Decimal(0)),
        )


def money(amount: Decimal) -> str:
    """A decimal string with at least two places, as in `"12.50"`."""
    exponent = amount.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else 0
    return f"{amount:.{max(places, 2)}f}"
