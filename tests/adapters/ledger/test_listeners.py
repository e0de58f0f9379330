"""Those who listen to commits, and those who asked for them."""

from collections.abc import Sequence
from threading import Event
from typing import Any, cast

import pytest
from eventsourcing.persistence import OperationalError

from adapters.ledger import Ledger
from adapters.ledger.ticket import CommandOutcome, Ticket
from application.commands.calls import receive_report
from domain import call
from domain.errors import LedgerUnavailable
from domain.events import Recorded
from tests.adapters.ledger.stage import (
    BY,
    WAIT_SECONDS_MAX,
    ask,
    create,
    do,
    feed,
    gathering,
    names,
    outcome,
    start,
)
from tests.adapters.ledger.troubled import TroubledRecorder, raising
from tests.domain.given import report


def test_listeners_hear_of_each_commit_in_order_before_those_who_asked(ledger: Ledger) -> None:
    heard: list[str] = []
    on_disk: list[int] = []

    def listen(recorded: Sequence[Recorded]) -> None:
        heard.extend(f"{r.position} {r.name}" for r in recorded)
        on_disk.append(len(feed(ledger)))

    def wake(woken: Sequence[tuple[Any, CommandOutcome]]) -> None:
        heard.extend(f"{token} woken" for token, _ in woken)
        if woken[-1][0] == "c2":
            done.set()

    done = Event()
    ledger.add_listener(listen)
    with gathering(ledger):
        for lane, name in (("commands", "c0"), ("imports", "c1"), ("imports", "c2")):
            ledger._writer.submit(lane, Ticket(create(name), BY, wake, name))  # type: ignore[arg-type]

    assert done.wait(WAIT_SECONDS_MAX)
    assert heard == [
        "1 campaign.created",
        "2 campaign.created",
        "c0 woken",
        "c1 woken",
        "3 campaign.created",
        "c2 woken",
    ]
    assert on_disk == [2, 3]


def test_what_is_told_has_its_streams_state_at_hand_as_it_would_be_folded_from_the_disk(ledger: Ledger) -> None:
    heard: list[Recorded] = []
    ledger.add_listener(heard.extend)
    for told in [("call.answered", 3), ("call.created", 1), ("call.answered", 3), ("call.failed", None), ("new", 2)]:
        do(ledger, receive_report("call_1", report(*told)))

    on_disk, state = feed(ledger), call.INITIAL
    assert heard == on_disk
    assert len(on_disk) == 5
    for one, read in zip(heard, on_disk, strict=True):
        state = call.evolve(state, cast("call.CallEvent", read.event), read.counts_from)
        assert (one.folded, read.folded) == (state, None)


def test_listeners_do_not_hear_of_a_commit_that_failed_or_held_nothing(
    troubled: tuple[Ledger, TroubledRecorder],
) -> None:
    ledger, recorder = troubled
    heard: list[Recorded] = []
    ledger.add_listener(heard.extend)
    do(ledger, lambda t: t.campaign("c0"))
    recorder.trouble_the_next_commit(raising(OperationalError("disk I/O error")))
    with pytest.raises(LedgerUnavailable):
        do(ledger, create("c0"))

    assert heard == []
    do(ledger, create("c0"))
    assert heard == feed(ledger)


def test_a_listener_that_crashes_hurts_neither_commit_nor_callers_nor_other_listeners(ledger: Ledger) -> None:
    heard: list[str] = []
    ledger.add_listener(lambda _: raising(ZeroDivisionError())())
    ledger.add_listener(lambda recorded: heard.extend(names(recorded)))

    assert do(ledger, create("c0")) == "c0"
    assert do(ledger, start("c0")) == "created"

    assert heard == ["campaign.created", "campaign.started"]
    assert ledger.trouble == "a listener of the ledger failed: ZeroDivisionError()"


def test_a_caller_that_cannot_be_woken_does_not_stop_the_others(ledger: Ledger) -> None:
    with gathering(ledger):
        ledger._writer.submit("answers", Ticket(create("c0"), BY, lambda _: raising(ZeroDivisionError())(), None))
        asked = ask(ledger, create("c1"))

    assert outcome(asked) == CommandOutcome("c1", 2)
    assert do(ledger, create("c2")) == "c2"
