import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any, NoReturn

import pytest
from eventsourcing.persistence import IntegrityError, OperationalError

from adapters.event_mapper import EventMapper
from adapters.ledger import LANES, Lane, LaneLimits, Ledger
from adapters.ledger.transaction import Transaction
from adapters.ledger.writer import CONFLICTS_MAX, CommandOutcome, Ticket
from domain import campaign, quarantine
from domain.errors import LedgerBusy, LedgerUnavailable, NotFound
from domain.events import Recorded
from domain.identity import quarantine_stream
from tests.adapters.ledger.stage import (
    BY,
    T0,
    WAIT_SECONDS_MAX,
    ask,
    create,
    do,
    enroll,
    fail,
    feed,
    gathering,
    in_thread,
    names,
    open_ledger,
    outcome,
    start,
)
from tests.adapters.ledger.troubled import TroubledRecorder, open_troubled


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def troubled(tmp_path: Path) -> Iterator[tuple[Ledger, TroubledRecorder]]:
    ledger, recorder = open_troubled(tmp_path)
    yield ledger, recorder
    ledger.close()


def raising(error: Exception) -> Callable[[], NoReturn]:
    def fail_so() -> NoReturn:
        raise error

    return fail_so


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
    monkeypatch.setattr(ledger._writer, "_lanes", {**LANES, "webhooks": LaneLimits(100, 2)})
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


def test_a_commit_that_fails_gives_each_caller_an_error_of_its_own_and_the_next_one_works(
    troubled: tuple[Ledger, TroubledRecorder],
) -> None:
    ledger, recorder = troubled
    with gathering(ledger):
        recorder.trouble_the_next_commit(raising(OperationalError("disk I/O error")))
        asked = [ask(ledger, create(f"c{n % 2}")) for n in range(4)]

    errors = [outcome(a).error for a in asked]
    assert [type(e) for e in errors] == [LedgerUnavailable] * 4
    assert len({id(e) for e in errors}) == 4
    assert {str(e) for e in errors} == {"the ledger could not be written (disk I/O error); nothing was stored"}
    assert ledger.trouble == str(errors[0])
    assert feed(ledger) == []
    assert ledger.position == 0

    assert ledger.execute_and_wait(create("c0"), lane="commands", metadata=BY).position == 1
    assert ledger.trouble is None


def test_a_database_that_fails_while_a_command_reads_fails_the_commit_and_not_that_command(
    troubled: tuple[Ledger, TroubledRecorder],
) -> None:
    ledger, recorder = troubled

    def cut_the_line() -> None:
        recorder._select = "SELECT nothing FROM nowhere "

    whole = recorder._select
    with gathering(ledger):
        recorder.before.append(cut_the_line)
        asked = [ask(ledger, create("c0")), ask(ledger, create("c1"))]

    assert [type(outcome(a).error) for a in asked] == [LedgerUnavailable] * 2
    recorder._select = whole
    assert do(ledger, create("c0")) == "c0"


def test_the_writer_survives_what_nobody_thought_of(troubled: tuple[Ledger, TroubledRecorder]) -> None:
    ledger, recorder = troubled
    recorder.before.append(raising(ZeroDivisionError()))

    with pytest.raises(LedgerUnavailable, match=r"the ledger's writer met ZeroDivisionError\(\); nothing was stored"):
        do(ledger, create("c0"))
    assert do(ledger, create("c0")) == "c0"


def rival_stores(folder: Path, campaign_id: str, version: int) -> None:
    """What a process that should not be there would do: append through a connection of its own."""
    canceled = campaign.CampaignCanceled(reason="rival")
    state = EventMapper().encode(f"campaign:{campaign_id}", "rival-event", T0, {}, canceled)
    with closing(sqlite3.connect(folder / "ledger.db")) as connection, connection:
        connection.execute(
            "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?,?,?,?)",
            (f"campaign:{campaign_id}", version, "campaign.canceled", state),
        )


def test_after_a_conflict_the_commands_decide_again_on_what_is_there(
    tmp_path: Path, troubled: tuple[Ledger, TroubledRecorder]
) -> None:
    ledger, recorder = troubled
    do(ledger, create("c0"))
    decided: list[str] = []

    def cancel(transaction: Transaction) -> None:
        state = campaign.existing(transaction.campaign("c0"), "c0")
        decided.append(state.phase)
        transaction.append("campaign:c0", campaign.cancel(state))

    with gathering(ledger):
        recorder.before.append(lambda: rival_stores(tmp_path, "c0", 2))
        asked = [ask(ledger, cancel), ask(ledger, create("c1"))]

    assert [outcome(a) for a in asked] == [CommandOutcome(None, 3), CommandOutcome("c1", 3)]
    assert decided == ["created", "canceled"]
    assert [(r.stream, r.version, r.event_id) for r in feed(ledger)] == [
        ("campaign:c0", 1, "event-1"),
        ("campaign:c0", 2, "rival-event"),
        ("campaign:c1", 1, feed(ledger)[2].event_id),
    ]


def test_conflicts_without_end_are_given_up(troubled: tuple[Ledger, TroubledRecorder]) -> None:
    ledger, recorder = troubled
    runs: list[int] = []

    def decide(transaction: Transaction) -> None:
        runs.append(1)
        create("c0")(transaction)

    with gathering(ledger):
        recorder.trouble_the_next_commit(*[raising(IntegrityError("taken"))] * CONFLICTS_MAX)
        asked = [ask(ledger, decide), ask(ledger, create("c1"))]

    errors = [outcome(a).error for a in asked]
    assert [type(e) for e in errors] == [LedgerBusy] * 2
    assert errors[0] is not errors[1]
    assert str(errors[0]) == "other writers were faster 5 times; try again"
    assert len(runs) == CONFLICTS_MAX
    assert feed(ledger) == []
    assert do(ledger, create("c0")) == "c0"


def test_one_conflict_less_is_not(troubled: tuple[Ledger, TroubledRecorder]) -> None:
    ledger, recorder = troubled
    with gathering(ledger):
        recorder.trouble_the_next_commit(*[raising(IntegrityError("taken"))] * (CONFLICTS_MAX - 1))
        asked = ask(ledger, create("c0"))

    assert outcome(asked) == CommandOutcome("c0", 1)
    assert ledger.trouble is None


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
