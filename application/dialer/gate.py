"""The last moment before a request leaves: its turn by the pace, one more look at everything, the mark on disk."""

import asyncio
from collections.abc import Awaitable, Callable

from adapters.minivoice_client import SendingForbidden
from adapters.sending_marks import SendingMarks
from domain import pacing
from domain.dialing import Verdict
from domain.pacing import AccountPace, Pace

SEND_WITHIN_SECONDS = 5.0
# The connection is made and idle meanwhile; a server may close it after a few seconds, just as the request leaves.
TURN_SECONDS_MAX = 1.0
COMMITTED_AHEAD_MAX = 16
COMMIT_AHEAD_SECONDS = 0.2


class AccountGate:
    """The way out of all campaigns: one request at a time. `ahead` attempts were started and have not left yet."""

    def __init__(self, pace: AccountPace, marks: SendingMarks, monotonic: Callable[[], float]) -> None:
        self.pace = pace
        self.ahead = 0
        self.marks = marks
        self.monotonic = monotonic
        self.turn = asyncio.Lock()

    def start_wait_seconds(self, now: float) -> float:
        """How long until it is worth starting another attempt of whatever campaign; 0 for now."""
        closed = self.pace.hold.seconds(now)
        return closed if closed > 0 else _start_wait(self.pace.wait_seconds(now), self.ahead, self.pace.gap_seconds)


class Gate:
    """One campaign's way to it: its attempts leave in the order in which they came here, and hold up no other campaign's."""

    def __init__(self, pace: Pace, account: AccountGate) -> None:
        self.pace = pace
        self.ahead = 0
        self._account = account
        self._turn = asyncio.Lock()

    def start_wait_seconds(self, now: float) -> float:
        """How long until it is worth starting another attempt of this campaign; 0 for now."""
        return _start_wait(self.pace.wait_seconds(now), self.ahead, self.pace.gap_seconds)

    def reserve(self) -> None:
        """An attempt is being started."""
        self.ahead += 1
        self._account.ahead += 1

    def release(self) -> None:
        """It has left, or never will."""
        self.ahead -= 1
        self._account.ahead -= 1

    async def pass_through(
        self,
        attempt_id: str,
        judged_at: float,
        judge_again: Callable[[], Verdict | None],
        catch_up: Callable[[], Awaitable[None]],
    ) -> float:
        """Wait for this attempt's turn, and mark it as on the wire; the monotonic instant at which it is released.

        `judged_at` is the monotonic instant of the verdict that allowed it. Whoever was let through says so with `written`
        once the request has left. Where `judge_again` has no verdict it gives its turn back, and takes another once it has
        caught up. Raises `SendingForbidden` where the verdict is too old by then, or has changed.
        """
        account = self._account
        async with self._turn:
            await self._wait(self.pace_wait)
            while True:
                async with account.turn:
                    await self._wait(lambda: max(self.pace_wait(), account.pace.wait_seconds(account.monotonic())))
                    if account.monotonic() - judged_at > SEND_WITHIN_SECONDS:
                        raise SendingForbidden(f"the verdict was older than {SEND_WITHIN_SECONDS:g} s")
                    verdict = judge_again()
                    if verdict is not None:
                        return self._release(attempt_id, verdict)
                await catch_up()

    def _release(self, attempt_id: str, verdict: Verdict) -> float:
        if not verdict.may_dial:
            raise SendingForbidden("at the last moment: " + ", ".join(reason.rule for reason in verdict.reasons))
        account = self._account
        account.marks.mark(attempt_id)
        now = account.monotonic()
        self.pace = pacing.released(self.pace, now)
        account.pace = pacing.account_released(account.pace, now)
        return now

    def written(self) -> None:
        """A request that was let through has left, or never will: from now on it counts from this instant."""
        now = self._account.monotonic()
        self.pace = pacing.written(self.pace, now)
        self._account.pace = pacing.account_written(self._account.pace, now)

    def pace_wait(self) -> float:
        """How long the campaign's own pace lets the next one wait."""
        return self.pace.wait_seconds(self._account.monotonic())

    async def _wait(self, wait_seconds: Callable[[], float]) -> None:
        while (wait := wait_seconds()) > 0:
            if wait > TURN_SECONDS_MAX:
                raise SendingForbidden(f"its turn would not come within {TURN_SECONDS_MAX:g} s")
            await asyncio.sleep(wait)


def _start_wait(wait: float, ahead: int, gap_seconds: float) -> float:
    due_in = wait + ahead * gap_seconds - COMMIT_AHEAD_SECONDS
    if ahead >= COMMITTED_AHEAD_MAX:
        return max(due_in, gap_seconds, COMMIT_AHEAD_SECONDS / COMMITTED_AHEAD_MAX)
    if ahead and due_in > 0:
        return max(due_in, gap_seconds)
    return max(0.0, due_in)
