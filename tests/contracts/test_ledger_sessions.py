"""One suite for every database that can hold a ledger: what a session of its writer stores, and what it leaves alone."""

from contextlib import closing

import pytest
from eventsourcing.persistence import IntegrityError

from adapters.ledger import Ledger
from adapters.ledger.recorder import LedgerRecorder
from adapters.ledger.transaction import Transaction
from domain import recipient
from domain.errors import LedgerBusy
from tests.adapters.ledger.stage import (
    NUMBER,
    WAIT_SECONDS_MAX,
    Clock,
    ask,
    create,
    do,
    enroll,
    feed,
    gathering,
    in_thread,
    outcome,
    start,
)
from tests.contracts.ledgers import Open


def recorder_of(ledger: Ledger) -> LedgerRecorder:
    return ledger._recorder


class TestEverySession:
    """The contract of a session, and of what is stored beside the events."""

    def test_a_taken_version_is_an_integrity_error_and_stores_nothing(self, ledger: Ledger) -> None:
        recorder = recorder_of(ledger)
        with recorder.writing(Clock()) as session:
            session.append([("call:1", 1, "call.created", b"{}")])

        events = [(f"call:{n}", 1, "call.created", b"{}") for n in (2, 1)]
        with pytest.raises(IntegrityError), recorder.writing(Clock()) as session:
            session.append(events)

        assert [row[1:] for row in recorder.read_feed(0, 10)] == [("call:1", 1, "call.created", b"{}")]
        with recorder.writing(Clock()) as session:
            positions = session.append(events[:1])
        assert [row[0] for row in recorder.read_feed(0, 10)] == [1, *positions]

    def test_positions_come_in_the_order_of_events(self, ledger: Ledger) -> None:
        recorder = recorder_of(ledger)
        events = [(f"call:{n % 7}", n // 7 + 1, "call.reported", b"%d \x00\xff" % n) for n in range(1_050)]

        with recorder.writing(Clock()) as session:
            positions = session.append(events)

        assert positions == list(range(1, 1_051))
        assert recorder.read_feed(0, 2_000) == [
            (position, *row) for position, row in zip(positions, events, strict=True)
        ]
        assert [row[2] for row in recorder.read_stream("call:3", 147)] == [148, 149, 150]
        assert [row[2] for row in recorder.read_stream("call:3", 2, 30)] == [3, 4]

    @pytest.mark.parametrize(
        ("rows_max", "bytes_max", "versions"),
        [(2, 10**6, [1, 2]), (10, 29, [1, 2, 3]), (10, 30, [1, 2, 3, 4]), (10, 0, [1]), (10, 10**6, [1, 2, 3, 4, 5])],
    )
    def test_of_a_long_stream_no_more_is_read_than_rows_and_bytes_allow(
        self, ledger: Ledger, rows_max: int, bytes_max: int, versions: list[int]
    ) -> None:
        recorder = recorder_of(ledger)
        with recorder.writing(Clock()) as session:
            session.append([("call:1", v, "call.reported", b"x" * 10) for v in (1, 2, 3, 4, 5)])
            rows = session.read_stream("call:1", 0, rows_max, bytes_max)
            session.append([("call:2", 1, "call.reported", b"x")])

        assert [row[2] for row in rows] == versions
        assert recorder.read_stream_within("call:1", 0, rows_max, bytes_max) == rows
        assert recorder.read_stream_within("call:1", 2, 10, 10**6) == recorder.read_stream("call:1", 2)
        assert len(recorder.read_stream("call:2")) == 1

    def test_a_session_reads_what_it_appended(self, ledger: Ledger) -> None:
        with recorder_of(ledger).writing(Clock()) as session:
            session.append([("call:1", v, "call.reported", b"{}") for v in (1, 2, 3)])

            assert [row[2] for row in session.read_stream("call:1", 1, 10, 100)] == [2, 3]
            assert [row[2] for row in session.read_stream("call:1", 0, 2, 100)] == [1, 2]
            assert session.known_streams(["call:0", "call:1", "call:2"]) == {"call:1"}
            assert session.known_streams([]) == set()

    def test_one_question_tells_which_of_many_streams_are_new(self, ledger: Ledger) -> None:
        streams = [ledger.recipient_stream(f"+1555010{n:04}") for n in range(1_200)]
        do(ledger, enroll(streams[7], "spring", "+15550100007"))

        def import_all(transaction: Transaction) -> None:
            transaction.expect_new(streams)
            for n, stream in enumerate(streams):
                state = transaction.recipient(stream)
                transaction.append(stream, recipient.enroll(state, "spring", f"+1555010{n:04}"))

        do(ledger, import_all, "imports")

        assert sorted(r.stream for r in feed(ledger)) == sorted(streams)

    def test_a_setting_is_written_once(self, ledger: Ledger) -> None:
        recorder = recorder_of(ledger)
        recorder.write_meta({"colour": "blue"})
        with pytest.raises(IntegrityError):
            recorder.write_meta({"shade": "dark", "colour": "red"})

        assert recorder.read_meta("colour") == "blue"
        assert recorder.read_meta("shade") is None

    def test_the_pseudonym_key_is_made_once(self, open_one: Open) -> None:
        with closing(open_one(key=b"a" * 32)) as first:
            stream = first.recipient_stream(NUMBER)
        with closing(open_one(key=b"b" * 32)) as second:
            assert second.recipient_stream(NUMBER) == stream
            assert NUMBER.strip("+") not in stream

    def test_a_probe_leaves_nothing_behind_however_often(self, ledger: Ledger) -> None:
        do(ledger, create("spring"))
        written = feed(ledger)
        for _ in range(3):
            with recorder_of(ledger).writing(Clock()) as session:
                session.probe()

        assert feed(ledger) == written
        assert recorder_of(ledger).read_meta("probe") is None
        assert do(ledger, start("spring")) == "created"
        assert [recorded.position for recorded in feed(ledger)] == [1, 2]

    def test_closing_stores_what_waits_and_takes_nothing_more(self, open_one: Open) -> None:
        ledger = open_one()
        with gathering(ledger):
            asked = [ask(ledger, create(f"c{n}"), "imports") for n in range(3)]
            closing_thread = in_thread(ledger.close)
            while not ledger._writer._stopping:
                closing_thread.join(0.001)
            with pytest.raises(LedgerBusy, match="the ledger is closing"):
                ask(ledger, create("late"))

        assert [outcome(a).result for a in asked] == ["c0", "c1", "c2"]
        closing_thread.join(WAIT_SECONDS_MAX)
        with closing(open_one()) as reopened:
            assert len(feed(reopened)) == 3
