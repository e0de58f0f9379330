"""A provider with hidden limits in simulated time, and an account that dials it as fast as it may."""

from collections import deque
from collections.abc import Collection, Sequence
from heapq import heappop, heappush
from random import Random  # noqa: TID251 - seeded, so that the same test sees the same

from msgspec import Struct

from domain.pacing import AccountLimits, AccountPace, accepted, account_sent, begun, call_ended, refused

WINDOW_SECONDS = 1.0


class Provider:
    """Takes so many requests in any second, refused ones not counted, and so many calls at once."""

    def __init__(self, per_second: int, at_once: int = 1_000_000) -> None:
        self.per_second = per_second
        self.at_once = at_once
        self.calls = 0
        self._window: deque[float] = deque()

    def answer(self, now: float) -> str | None:
        """The code of its refusal; None where it takes the call."""
        while self._window and now - self._window[0] > WINDOW_SECONDS:
            self._window.popleft()
        if len(self._window) >= self.per_second:
            return "calls_per_second"
        if self.calls >= self.at_once:
            return "calls_at_once"
        self._window.append(now)
        self.calls += 1
        return None


class Dialled(Struct, kw_only=True):
    """What came of it: when requests left, when those arrived that were taken, which were refused, and what is known in the end."""

    account: AccountPace
    sent: list[float]
    taken: list[float]
    refused: list[float]
    calls_at_once: list[tuple[float, int]]

    def rate(self, since: float, until: float) -> float:
        """Calls a second that were taken between two instants."""
        return sum(since <= at < until for at in self.taken) / (until - since)


class Dialling:
    """What is under way of a dialling: `happenings` are what is still to come, earliest first."""

    def __init__(
        self,
        provider: Provider,
        account: AccountPace,
        random: Random,
        *,
        travel: tuple[float, float],
        answer_seconds: float,
        talk: tuple[float, float],
        told_after: float,
        stray: Collection[int],
    ) -> None:
        self.own = account
        self.done = Dialled(account=account, sent=[], taken=[], refused=[], calls_at_once=[])
        self.happenings: list[tuple[float, int, str, float]] = []
        self.held = 0
        self._provider = provider
        self._random = random
        self._travel = travel
        self._answer_seconds = answer_seconds
        self._talk = talk
        self._told_after = told_after
        self._stray = stray
        self._serial = 0
        self._under_way = 0
        self._arrived = 0

    def later(self, at: float, what: str, sent_at: float) -> None:
        """This will happen at that instant."""
        self._serial += 1
        heappush(self.happenings, (at, self._serial, what, sent_at))

    def send(self, now: float) -> None:
        """A request leaves."""
        self.own = account_sent(self.own, now)
        self.done.sent.append(now)
        self.held += 1
        self.later(now + self._random.uniform(*self._travel), "arrived", self.own.taken[-1])

    def happen(self) -> float:
        """The next thing happens; when."""
        now, _, what, sent_at = heappop(self.happenings)
        match what:
            case "change":
                self._provider.per_second = int(sent_at)
            case "arrived":
                self._arrive(now, sent_at)
            case "accepted":
                self._under_way += 1
                self.own = accepted(self.own, now, self.held)
            case "ended":
                self._provider.calls -= 1
                self.later(now + self._told_after, "told", sent_at)
            case "told":
                self.held -= 1
                self._under_way -= 1
                self.own = call_ended(self.own, now)
            case "calls_per_second" | "calls_at_once" as limit:
                self.held -= 1
                self.done.refused.append(now)
                chance, under_way = self._random.random(), self._under_way
                self.own = refused(self.own, limit, sent_at=sent_at, now=now, chance=chance, calls_under_way=under_way)
            case _:
                raise ValueError(what)
        return now

    def _arrive(self, now: float, sent_at: float) -> None:
        code = self._provider.answer(now)
        if self._arrived in self._stray and code is None:
            self._provider.calls -= 1
            code = "calls_per_second"
        self._arrived += 1
        self.later(now + self._answer_seconds, code or "accepted", sent_at)
        if code is None:
            self.done.taken.append(now)
            self.done.calls_at_once.append((now, self._provider.calls))
            self.later(now + self._answer_seconds + self._random.uniform(*self._talk), "ended", sent_at)


def dial(
    provider: Provider,
    seconds: float,
    *,
    asked: float = 1_000.0,
    account: AccountPace | None = None,
    travel: tuple[float, float] = (0.001, 0.01),
    answer_seconds: float = 0.02,
    talk: tuple[float, float] = (0.1, 0.2),
    told_after: float = 0.02,
    changes: Sequence[tuple[float, int]] = (),
    stray: Collection[int] = (),
    seed: int = 0,
    start: float = 0.0,
) -> Dialled:
    """Dial for so many seconds, at most `asked` a second; `changes` set the provider's calls per second at an instant.

    The requests with the numbers `stray`, in order of arrival from 0, are refused without a reason.
    """
    own = begun(AccountLimits(), None, None, ()) if account is None else account
    times = {"answer_seconds": answer_seconds, "told_after": told_after}
    under_way = Dialling(provider, own, Random(seed), travel=travel, talk=talk, stray=stray, **times)
    for at, per_second in changes:
        under_way.later(start + at, "change", per_second)
    next_asked, now = start, start
    while now < start + seconds:
        may_leave = now + max(under_way.own.wait_seconds(now), next_asked - now, 0.0)
        if under_way.own.is_full(under_way.held):
            may_leave = float("inf")
        if under_way.happenings and under_way.happenings[0][0] <= may_leave:
            now = under_way.happen()
        else:
            now = may_leave
            under_way.send(now)
            next_asked = max(next_asked + 1 / asked, now)
    under_way.done.account = under_way.own
    return under_way.done
