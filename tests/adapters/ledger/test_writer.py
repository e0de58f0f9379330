from collections.abc import Sequence
from pathlib import Path

import pytest

from adapters.ledger import LANES, Lane, LaneLimits, Ledger
from adapters.ledger.ticket import CommandOutcome
from adapters.ledger.transaction import Transaction
from domain import quarantine
from domain.errors import LedgerBusy, NotFound
from domain.identity import quarantine_stream
from tests.adapters.ledger.stage import (
    WAIT_SECONDS_MAX,
    ask,
    create,
    do,
    enroll,
    fail,
    feed,
    gathering,
    in_thread,
    open_ledger,
    outcome,
    start,
)


def unencodable(transaction: Transaction) -> None:
    digest = "0" * 64
    state = transaction.quarantined(digest)
    odd = quarantine.DeliveryQuarantined(digest=digest, reason="a lone surrogate \ud800", body=b"")
    transaction.append(quarantine_stream(digest), quarantine.quarantine(state, odd))


def test_what_gathers_is_committed_together(ledger: Ledger) -> None:
    commits: list[int] = []
    ledger.add_listener(lambda recorded: commits.append(len(recorded)))

    with gathering(ledger):
        asked = [ask(ledger, create(f"c{n}")) for n in range(5)]

    assert [outcome(a) for a in asked] == [CommandOutcome(result=f"c{n}", position=5) for n in range(5)]
    assert commits == [5]


def test_a_later_command_sees_what_earlier_ones_of_its_commit_decided(ledger: Ledger) -> None:
    person = "recipient:0"
    with gathering(ledger):
        asked = [
            ask(ledger, create("spring")),
            ask(ledger, start("spring")),
            ask(ledger, start("spring")),
            *(ask(ledger, enroll(person, f"c{n % 3}")) for n in range(5)),
        ]

    assert [outcome(a).result for a in asked] == ["spring", "created", "running", 1, 2, 3, 3, 3]
    assert [(r.stream, r.version) for r in feed(ledger)] == [
        ("campaign:spring", 1),
        ("campaign:spring", 2),
        (person, 1),
        (person, 2),
        (person, 3),
    ]


def test_a_command_that_fails_takes_only_its_own_events_with_it(ledger: Ledger) -> None:
    with gathering(ledger):
        asked = [ask(ledger, create("c0")), ask(ledger, fail("no")), ask(ledger, create("c1")), ask(ledger, fail("no"))]

    first, failed, second, failed_too = [outcome(a) for a in asked]
    assert (first, second) == (CommandOutcome("c0", 2), CommandOutcome("c1", 2))
    assert [repr(failed.error), repr(failed_too.error)] == ["NotFound('no')", "NotFound('no')"]
    assert failed.error is not failed_too.error
    assert [r.stream for r in feed(ledger)] == ["campaign:c0", "campaign:c1"]
    assert do(ledger, create("lost")) == "lost"


def test_a_command_whose_event_cannot_be_written_down_fails_alone(ledger: Ledger) -> None:
    with gathering(ledger):
        asked = [ask(ledger, create("c0")), ask(ledger, unencodable), ask(ledger, create("c1"))]

    first, failed, second = [outcome(a) for a in asked]
    assert (first, second) == (CommandOutcome("c0", 2), CommandOutcome("c1", 2))
    assert isinstance(failed.error, UnicodeEncodeError)
    assert [r.stream for r in feed(ledger)] == ["campaign:c0", "campaign:c1"]


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), ZeroDivisionError()])
def test_whatever_a_command_raises_the_writer_goes_on(ledger: Ledger, error: BaseException) -> None:
    def decide(_: Transaction) -> None:
        raise error

    assert outcome(ask(ledger, decide)).error is error
    assert do(ledger, create("c0")) == "c0"


def test_lanes_are_written_in_order_of_how_much_they_matter(ledger: Ledger) -> None:
    lanes: Sequence[Lane] = ("imports", "attempts", "webhooks", "commands", "answers")
    with gathering(ledger):
        asked = [ask(ledger, create(lane), lane) for lane in lanes]

    for a in asked:
        outcome(a)
    assert [r.stream.partition(":")[2] for r in feed(ledger)] == list(reversed(lanes))
    assert [lane for lane in LANES] == list(reversed(lanes))  # noqa: C416


def test_one_commit_takes_only_so_many_of_a_lane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = open_ledger(tmp_path)
    monkeypatch.setattr(ledger._writer._queues, "_lanes", {**LANES, "webhooks": LaneLimits(100, 2)})
    commits: list[list[str]] = []
    ledger.add_listener(lambda recorded: commits.append([r.stream.partition(":")[2] for r in recorded]))

    with gathering(ledger):
        asked = [ask(ledger, create(f"w{n}"), "webhooks") for n in range(5)]
        asked += [ask(ledger, create(f"i{n}"), "imports") for n in range(2)]

    for a in asked:
        outcome(a)
    assert commits == [["w0", "w1", "i0"], ["w2", "w3", "i1"], ["w4"]]
    ledger.close()


def test_a_full_lane_is_busy_and_answers_are_still_taken(ledger: Ledger) -> None:
    with gathering(ledger):
        asked = [ask(ledger, create(f"c{n}"), "imports") for n in range(LANES["imports"].waiting_max)]
        with pytest.raises(LedgerBusy, match="16 imports wait to be written; try again"):
            ask(ledger, create("too_much"), "imports")
        answered = ask(ledger, create("answer"), "answers")
        assert ledger.waiting() == {"answers": 1, "commands": 0, "webhooks": 0, "attempts": 0, "imports": 16}

    assert outcome(answered).error is None
    assert [outcome(a).error for a in asked] == [None] * 16
    assert sum(ledger.waiting().values()) == 0
    assert len(feed(ledger)) == 17


def test_answers_have_more_room_than_all_others_together() -> None:
    others = sum(limits.waiting_max for lane, limits in LANES.items() if lane != "answers")
    assert LANES["answers"].waiting_max > others


def test_closing_stores_what_waits(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    with gathering(ledger):
        asked = [ask(ledger, create(f"c{n}"), "imports") for n in range(5)]
        closing_thread = in_thread(ledger.close)
        while not ledger._writer._stopping:
            closing_thread.join(0.001)
        with pytest.raises(LedgerBusy, match="the ledger is closing; try again"):
            ask(ledger, create("late"))

    assert [outcome(a).result for a in asked] == [f"c{n}" for n in range(5)]
    closing_thread.join(WAIT_SECONDS_MAX)
    reopened = open_ledger(tmp_path)
    assert [r.stream for r in feed(reopened)] == [f"campaign:c{n}" for n in range(5)]
    reopened.close()


def test_a_failed_command_leaves_no_fold_behind(ledger: Ledger) -> None:
    with pytest.raises(NotFound):
        do(ledger, fail("no"))

    assert do(ledger, lambda t: t.campaign("lost")) is None
