"""The last moment before a request leaves: its turn by the pace, one more look at everything, the mark on disk."""

import asyncio
from collections.abc import Callable

from adapters.minivoice_client import SendingForbidden
from adapters.sending_marks import SendingMarks
from domain import pacing
from domain.dialing import Verdict
from domain.pacing import Pace

SEND_WITHIN_SECONDS = 5.0
# The connection is made and idle meanwhile; a server may close it after a few seconds, just as the request leaves.
TURN_SECONDS_MAX = 1.0


class Gate:
    """One campaign's way out: requests leave one at a time, in the order in which they came here."""

    def __init__(self, pace: Pace, marks: SendingMarks, monotonic: Callable[[], float]) -> None:
        self.pace = pace
        self.ahead = 0
        self._marks = marks
        self._monotonic = monotonic
        self._turn = asyncio.Lock()

    async def pass_through(self, attempt_id: str, judged_at: float, judge_again: Callable[[], Verdict]) -> None:
        """Wait for this attempt's turn, and mark it as on the wire.

        `judged_at` is the monotonic instant of the verdict that allowed it. Raises `SendingForbidden` where the verdict
        is too old by then, or has changed.
        """
        async with self._turn:
            while (wait := self.pace.wait_seconds(self._monotonic())) > 0:
                if wait > TURN_SECONDS_MAX:
                    raise SendingForbidden(f"its turn would not come within {TURN_SECONDS_MAX:g} s")
                await asyncio.sleep(wait)
            if self._monotonic() - judged_at > SEND_WITHIN_SECONDS:
                raise SendingForbidden(f"the verdict was older than {SEND_WITHIN_SECONDS:g} s")
            verdict = judge_again()
            if not verdict.may_dial:
                raise SendingForbidden("at the last moment: " + ", ".join(reason.rule for reason in verdict.reasons))
            if self._marks.is_full:
                raise SendingForbidden("too many requests are on the wire")
            self._marks.mark(attempt_id)
            self.pace = pacing.sent(self.pace, self._monotonic())
