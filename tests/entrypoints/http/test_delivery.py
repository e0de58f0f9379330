"""Deliveries that are stored without a task."""

import asyncio
from typing import Any, cast

from adapters.ledger import CommandOutcome, Ledger
from adapters.minivoice_webhook import ReceivedReport
from entrypoints.http.delivery import DeliveryStore, DeliveryTeller, IncomingDelivery
from tests.domain.given import report
from tests.entrypoints.serving import NOON


class TellsInOrder:
    """A ledger that commits all that was submitted when it is told to, and a teller; `done` is what they and the answers did."""

    def __init__(self) -> None:
        self.done: list[tuple[str, int | None, float]] = []
        self.submitted: list[IncomingDelivery] = []
        self.wake: Any = None

    def now(self) -> float:
        return 2.0

    def submit(self, _: object, *, wake: Any, token: IncomingDelivery, **__: object) -> None:
        self.submitted.append(token)
        self.wake = wake

    def tell(self, _: IncomingDelivery, status: int, answered_at: float) -> None:
        self.done.append(("told", status, answered_at))


def test_all_of_a_commit_are_answered_before_anything_is_told_of_them() -> None:
    both = TellsInOrder()
    store = DeliveryStore(cast("Ledger", both), cast("DeliveryTeller", both))

    async def scene() -> None:
        for n in range(2):
            delivery = IncomingDelivery(1.0, NOON)
            delivery.answer = lambda answer: both.done.append(("answered", None if answer is None else 503, 0.0))
            store.store(delivery, ReceivedReport(f"c{n}", report("call.answered")))
        both.wake([(delivery, CommandOutcome(result="stored")) for delivery in both.submitted])
        while len(both.done) < 4:  # noqa: ASYNC110 - the loop's next turns
            await asyncio.sleep(0)

    asyncio.run(scene())

    assert both.done == [("answered", None, 0.0)] * 2 + [("told", 204, 2.0)] * 2
