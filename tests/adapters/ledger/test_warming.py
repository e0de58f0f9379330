"""A stream that is too long to be folded while everybody waits for the writer."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event

import pytest
from eventsourcing.persistence import OperationalError

from adapters.ledger import Ledger
from adapters.ledger.recorder import Row
from adapters.ledger.sqlite.recorder import SqliteRecorder
from adapters.ledger.transaction import BYTES_FOLDED_MAX, EVENTS_FOLDED_MAX, Transaction
from domain import call
from domain.account import AccountResumed
from domain.errors import LedgerBusy, LedgerUnavailable
from domain.identity import account_stream, call_stream
from tests.adapters.ledger.stage import WAIT_SECONDS_MAX, ask, create, do, gathering, open_ledger, outcome
from tests.domain.given import report

LONG = EVENTS_FOLDED_MAX + 700
STREAM = call_stream("c1")


@pytest.fixture(scope="module")
def told_much(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose ledger has a call of which very much was reported."""
    folder = tmp_path_factory.mktemp("long")
    ledger = open_ledger(folder)
    with gathering(ledger):
        asked = [ask(ledger, told(n), "webhooks") for n in range(LONG)]
    assert {outcome(one).result for one in asked} == {"call.reported"}
    ledger.close()
    return folder / "ledger.db"


@pytest.fixture
def ledger(told_much: Path, tmp_path: Path) -> Iterator[Ledger]:
    """It, opened again: nothing of it is in memory."""
    shutil.copytree(told_much.parent, tmp_path, dirs_exist_ok=True)
    opened = open_ledger(tmp_path)
    yield opened
    opened.close()


def told(n: int, note: str = "") -> Callable[[Transaction], str]:
    def decide(transaction: Transaction) -> str:
        reported = report("call.transferred", n, event_key=f"k{n}", note=note)
        [event] = call.receive(transaction.call("c1"), reported)
        transaction.append(STREAM, [event])
        return event.NAME

    return decide


@contextmanager
def reads_held(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Let reads of streams beside the writer stand still; the event says that one does."""
    begun, release, read = Event(), Event(), ledger._recorder.read_stream_within

    def held(*args: object, **kwargs: object) -> list[Row]:
        begun.set()
        assert release.wait(WAIT_SECONDS_MAX)
        return read(*args, **kwargs)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(ledger._recorder, "read_stream_within", held)
        try:
            yield begun
        finally:
            release.set()


def test_others_are_written_while_a_long_stream_is_read(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    with reads_held(ledger, monkeypatch) as begun:
        waiting = [ask(ledger, told(LONG), "webhooks"), ask(ledger, told(7), "webhooks")]
        assert begun.wait(WAIT_SECONDS_MAX)
        later = ask(ledger, told(LONG), "webhooks")

        assert [do(ledger, create(f"c{n}")) for n in range(3)] == ["c0", "c1", "c2"]
        assert not any(one.done() for one in [*waiting, later])

    assert [outcome(one).result for one in [*waiting, later]] == [
        "call.reported",
        "call.redelivered",
        "call.redelivered",
    ]
    assert [one.version for one in ledger.read_stream(STREAM)] == list(range(1, LONG + 4))
    assert do(ledger, told(LONG + 1)) == "call.reported"


def test_what_was_appended_while_it_was_read_is_seen(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    read = ledger._recorder.read_stream_within
    last: list[Row] = []

    def without_the_last(*args: object, **kwargs: object) -> list[Row]:
        rows = read(*args, **kwargs)  # type: ignore[arg-type]
        last.extend(rows[-1:] if rows and rows[-1][2] == LONG else ())
        return [row for row in rows if row not in last]

    monkeypatch.setattr(ledger._recorder, "read_stream_within", without_the_last)

    assert do(ledger, told(LONG - 1)) == "call.redelivered"
    assert len(last) > 0


def test_a_commit_folds_a_short_stream_itself(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*args: object, **kwargs: object) -> list[Row]:
        raise AssertionError("a short stream was read beside the writer")

    do(ledger, create("spring"))
    monkeypatch.setattr(ledger._recorder, "read_stream_within", never)
    ledger._writer._cache.clear()

    assert do(ledger, create("spring")) == "spring"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OperationalError("disk I/O error"), "the ledger could not be read (disk I/O error); try again"),
        (ValueError("half an event"), "half an event"),
    ],
)
def test_what_goes_wrong_in_reading_it_is_told_to_those_who_wait(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, error: Exception, says: str
) -> None:
    def fails(*args: object, **kwargs: object) -> list[Row]:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(ledger._recorder, "read_stream_within", fails)
        with pytest.raises((LedgerUnavailable, ValueError)) as raised:
            do(ledger, told(LONG))
    assert str(raised.value) == says
    assert do(ledger, told(LONG)) == "call.reported"


def test_as_many_as_may_wait_for_it_the_next_one_tries_again(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.ledger.warming.SET_ASIDE_MAX", 2)
    with reads_held(ledger, monkeypatch):
        waiting = [ask(ledger, told(LONG + n)) for n in range(2)]
        with pytest.raises(LedgerBusy, match="2 commands wait for long streams to be read; try again"):
            do(ledger, told(LONG + 2))

    assert [outcome(one).result for one in waiting] == ["call.reported", "call.reported"]


def test_a_ledger_that_closes_tells_those_who_wait(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    with reads_held(ledger, monkeypatch) as begun:
        waiting = ask(ledger, told(LONG))
        assert begun.wait(WAIT_SECONDS_MAX)
        ledger._writer.stop(WAIT_SECONDS_MAX)

        assert str(outcome(waiting).error) == "the ledger is closing; try again"


def test_what_was_folded_by_times_that_count_no_more_is_folded_anew(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, from_the_start = ledger._recorder.read_stream_within, list[int]()

    def spied(stream: str, after_version: int, *bounds: int) -> list[Row]:
        if after_version == 0:
            from_the_start.append(ledger.position)
        return read(stream, after_version, *bounds)

    monkeypatch.setattr(ledger._recorder, "read_stream_within", spied)
    with reads_held(ledger, monkeypatch) as begun:
        waiting = ask(ledger, told(LONG))
        assert begun.wait(WAIT_SECONDS_MAX)
        do(ledger, acknowledge)

    assert outcome(waiting).result == "call.reported"
    assert from_the_start == [LONG + 1, LONG + 1]


def acknowledge(transaction: Transaction) -> None:
    """An operator says that the clock had been ahead."""
    transaction.account("f")
    transaction.append(account_stream("f"), [AccountResumed(acknowledged_position=1)])


def test_many_that_come_at_once_for_a_long_stream_read_it_once(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[int] = []
    read: Callable[..., list[Row]] = SqliteRecorder.select_stream

    def counted(*args: object, **kwargs: object) -> list[Row]:
        rows = read(*args, **kwargs)
        lengths.append(len(rows))
        return rows

    monkeypatch.setattr(SqliteRecorder, "select_stream", counted)
    with gathering(ledger):
        waiting = [ask(ledger, told(LONG + n), "webhooks") for n in range(50)]

    assert {outcome(one).result for one in waiting} == {"call.reported"}
    assert sum(lengths) < 3 * LONG


@pytest.mark.parametrize(
    ("reports", "bytes_each"), [(1, BYTES_FOLDED_MAX + 1), (3, BYTES_FOLDED_MAX // 2), (40, 30_000)]
)
def test_a_short_stream_of_very_large_events_is_read_beside_the_writer_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reports: int, bytes_each: int
) -> None:
    with closing(open_ledger(tmp_path)) as ledger:
        for n in range(reports):
            do(ledger, told(n, note="x" * bytes_each))
        ledger._writer._cache.clear()

        with reads_held(ledger, monkeypatch) as begun:
            waiting = ask(ledger, told(0, note="x" * bytes_each), "webhooks")
            assert begun.wait(WAIT_SECONDS_MAX)
            assert do(ledger, create("spring")) == "spring"
            assert not waiting.done()

        assert outcome(waiting).result == "call.redelivered"
        assert do(ledger, told(reports, note="x" * bytes_each)) == "call.reported"
