import asyncio
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

from application.answering.asked import Asked
from application.answering.session import CallSession
from application.answering.whose_call import WhoseCall

ASKED = Asked(
    call_ids=("call_1",),
    is_named=True,
    from_numbers=("+15551230002",),
    to_numbers=("+15551230001",),
    attempt_ids=(),
    own={},
    text="{}",
)
RANG = CallSession(
    call_id="call_1", campaign_id="spring", recipient="recipient:a", attempt_id="att_1", inbound="campaign"
)


class Readers:
    async def read_together(self, _key: object, _about: Sequence[str], read: Callable[[], Any]) -> Any:
        return read()


class Ledger:
    """Nothing of the call is reported before somebody has looked whether it is ours."""

    is_reported = False

    def find(self, _: Asked) -> CallSession | None:
        found, self.is_reported = (RANG if self.is_reported else None), True
        return found

    def may_be_of(self, _asked: Asked, _started: object) -> bool:
        return False


def test_a_report_that_comes_between_the_two_looks_does_not_leave_its_caller_unknown() -> None:
    async def scenario() -> CallSession | None:
        finder = Ledger()
        in_flight = SimpleNamespace(attempts=SimpleNamespace(started={}))
        # Where a call is reported, the reports alone say who rings back.
        inbound = SimpleNamespace(find=lambda _: None if finder.is_reported else RANG)
        whose: WhoseCall = cast("Any", WhoseCall)(None, in_flight, Readers(), finder, inbound, lambda: 0.0)
        return await whose.find(ASKED)

    assert asyncio.run(scenario()) == RANG
