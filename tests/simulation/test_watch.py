"""Each rule of every step is seen to be broken where it is, at once."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.simulation.plan import CALLER
from tests.simulation.watch import Watch

ADA, BOB = "+12125551000", "+12125551001"


class Told:
    """A world of which only lines are told, and a ledger with these digests."""

    def __init__(self, digests: tuple[str, ...] = (), *, runs: bool = True, limits: tuple[int, int] = (1, 2)) -> None:
        self.now = 0.0
        rows = [
            SimpleNamespace(position=nth, event=SimpleNamespace(digest=one)) for nth, one in enumerate(digests, start=1)
        ]
        ledger = SimpleNamespace(read_feed=lambda after, _: rows[after:])
        self.process = SimpleNamespace(system=SimpleNamespace(ledger=ledger), is_running=runs)
        world: Any = SimpleNamespace(
            plan=SimpleNamespace(limits={"calls_per_second": limits[0], "calls_at_once": limits[1]}),
            loop=SimpleNamespace(time=lambda: self.now),
            faults=SimpleNamespace(process=self.process),
        )
        self.watch = Watch(world)

    def request(self, attempt: str, to: str, call: str | None, status: int | None = 201, after: float = 5.0) -> None:
        self.now += after
        body = {"to": to, "metadata": {"attempt_id": attempt}}
        self.watch.look({"what": "request", "body": body, "status": status, "call_id": call})
        if call is not None:
            self.state(call, "dialing", to)

    def state(self, call: str, status: str, to: str = ADA) -> None:
        self.watch.look({"what": "state", "call_id": call, "status": status, "from": CALLER, "to": to})

    def acknowledged(self, digest: str) -> None:
        line = {"what": "webhook", "status": 204, "sha256": digest, "event": "call.answered", "call_id": "c1"}
        self.watch.look(line)


def test_a_day_in_which_all_holds_says_nothing() -> None:
    told = Told(("one",))
    told.request("a1", ADA, "c1")
    told.request("b1", BOB, "c2", status=None)
    told.acknowledged("one")
    told.state("c1", "completed")
    told.request("a2", ADA, None, status=429)
    told.watch.end()
    assert told.watch.broken == []


@pytest.mark.parametrize("status", [201, None])
def test_a_second_request_for_an_attempt_and_one_to_somebody_whose_call_goes_on(status: int | None) -> None:
    told = Told()
    told.request("a1", ADA, "c1", status)
    told.request("a1", BOB, None)
    told.request("a2", ADA, None)
    assert [one.partition(": ")[2] for one in told.watch.broken] == [
        "2 requests for attempt a1",
        f"a request to {ADA}, whose call c1 has not ended",
    ]


def test_too_many_at_once_and_too_many_in_a_second() -> None:
    told = Told(limits=(1, 1))
    told.request("a1", ADA, "c1")
    told.request("b1", BOB, None, after=0.9)
    assert [one.partition(": ")[2] for one in told.watch.broken] == [
        "a request beside 1 calls, where 1 may be at once",
        "2 requests within a second",
    ]


def test_what_is_acknowledged_is_in_the_ledger_at_once_or_when_there_is_one_to_be_asked() -> None:
    told = Told(("one",))
    told.acknowledged("other")
    assert len(told.watch.broken) == 1

    late = Told(("one",), runs=False)
    late.acknowledged("one")
    late.acknowledged("other")
    assert late.watch.broken == []
    late.process.is_running = True
    late.watch.end()
    assert len(late.watch.broken) == 1


def test_after_a_backup_was_put_back_the_ledger_is_read_from_its_beginning() -> None:
    told = Told(("one",))
    told.acknowledged("one")
    told.watch.look({"what": "restore"})
    told.acknowledged("lost with it")
    told.now += 1
    told.acknowledged("one")
    assert told.watch.broken == []


def test_what_is_said_is_what_was_pressed_and_whoever_asks_is_answered() -> None:
    told = Told()
    for status, said, pressed in (
        (200, "You have pressed one.", "1"),
        (200, "Goodbye.", "2"),
        (None, "", None),
        (200, "You have pressed one.", "2"),
        (500, "", None),
    ):
        line = {"what": "answer", "call_id": "c1", "status": status, "said": [said], "pressed": pressed}
        told.watch.look(line)
    assert len(told.watch.broken) == 2
