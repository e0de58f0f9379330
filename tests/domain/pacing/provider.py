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


def dial(  # noqa: C901, PLR0912 - one branch for each thing that can happen
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
    random = Random(seed)
    own = begun(AccountLimits(), None, None, ()) if account is None else account
    done = Dialled(account=own, sent=[], taken=[], refused=[], calls_at_once=[])
    happenings: list[tuple[float, int, str, float]] = []
    serial = 0

    def later(at: float, what: str, sent_at: float) -> None:
        nonlocal serial
        serial += 1
        heappush(happenings, (at, serial, what, sent_at))

    for at, per_second in changes:
        later(start + at, "change", per_second)
    next_asked, held, under_way, arrived, now = start, 0, 0, 0, start
    while now < start + seconds:
        may_leave = now + max(own.wait_seconds(now), next_asked - now, 0.0)
        if own.is_full(held):
            may_leave = float("inf")
        if happenings and happenings[0][0] <= may_leave:
            now, _, what, sent_at = heappop(happenings)
            match what:
                case "change":
                    provider.per_second = int(sent_at)
                case "arrived":
                    code = provider.answer(now)
                    if arrived in stray and code is None:
                        provider.calls -= 1
                        code = "calls_per_second"
                    arrived += 1
                    later(now + answer_seconds, code or "accepted", sent_at)
                    if code is None:
                        done.taken.append(now)
                        done.calls_at_once.append((now, provider.calls))
                        later(now + answer_seconds + random.uniform(*talk), "ended", sent_at)
                case "accepted":
                    under_way += 1
                    own = accepted(own, now, held)
                case "ended":
                    provider.calls -= 1
                    later(now + told_after, "told", sent_at)
                case "told":
                    held -= 1
                    under_way -= 1
                    own = call_ended(own, now)
                case "calls_per_second" | "calls_at_once" as limit:
                    held -= 1
                    done.refused.append(now)
                    chance = random.random()
                    own = refused(own, limit, sent_at=sent_at, now=now, chance=chance, calls_under_way=under_way)
                case _:
                    raise ValueError(what)
        else:
            now = may_leave
            own = account_sent(own, now)
            done.sent.append(now)
            held += 1
            next_asked = max(next_asked + 1 / asked, now)
            later(now + random.uniform(*travel), "arrived", own.taken[-1])
    done.account = own
    return done
