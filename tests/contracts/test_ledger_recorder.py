"""One suite for every database that can hold a ledger."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from itertools import pairwise

from adapters.ledger import Committed, Ledger
from adapters.ledger.recorder import LedgerRecorder
from adapters.ledger.ticket import CommandOutcome
from adapters.ledger.transaction import Transaction
from application.commands.account import record_limit
from domain.account import AccountResumed
from domain.errors import NotFound
from domain.identity import account_stream, campaign_stream
from tests.adapters.ledger.stage import (
    BY,
    Clock,
    ask,
    create,
    do,
    enroll,
    fail,
    feed,
    gathering,
    in_thread,
    names,
    outcome,
    start,
)
from tests.contracts.ledgers import Open

CREATED, STARTED = "campaign.created", "campaign.started"


def recorder_of(ledger: Ledger) -> LedgerRecorder:
    return ledger._recorder


class TestEveryDatabase:
    """The contract."""

    def test_what_was_decided_is_read_back_after_reopening(self, open_one: Open) -> None:
        with closing(open_one()) as first:
            committed = first.execute_and_wait(create("spring"), lane="commands", metadata=BY)
            do(first, start("spring"))
            written = feed(first)

        with closing(open_one()) as second:
            assert committed == Committed("spring", 1)
            assert feed(second) == written
            assert [(r.position, r.version, r.stream, r.metadata) for r in written] == [
                (1, 1, "campaign:spring", BY),
                (2, 2, "campaign:spring", BY),
            ]
            assert second.position == 2
            assert do(second, create("autumn")) == "autumn"

    def test_the_streams_of_a_kind(self, ledger: Ledger) -> None:
        assert ledger.streams_of("campaign") == []
        for campaign_id in ("spring", "account", "z-a", "z_a"):
            do(ledger, create(campaign_id))
        do(ledger, record_limit("a", "calls_at_once", 3, "x"))
        do(ledger, start("spring"))

        names_in_order = ["campaign:account", "campaign:spring", "campaign:z-a", "campaign:z_a"]
        assert ledger.streams_of("campaign") == names_in_order
        assert ledger.streams_of("account") == ["account:a"]

    def test_the_stream_of_a_kind_that_was_appended_to_last(self, ledger: Ledger) -> None:
        def last(tx: Transaction) -> tuple[str | None, str | None]:
            return tx.last_account(), tx._session.last_stream("campaign")

        assert do(ledger, last) == (None, None)
        for campaign_id in ("spring", "account", "zebra"):
            do(ledger, create(campaign_id))
        for fingerprint in ("b", "~", "a"):
            do(ledger, record_limit(fingerprint, "calls_at_once", 3, "x"))
        do(ledger, start("account"))
        do(ledger, create("last"))
        do(ledger, start("spring"))

        assert do(ledger, last) == ("a", "campaign:spring")
        with gathering(ledger):
            asked = [ask(ledger, record_limit("~", "calls_at_once", 2, "x")), ask(ledger, last)]
        assert outcome(asked[1]).result == ("~", "campaign:spring")

    def test_who_reads_a_stream_learns_what_was_acknowledged_after_it_with_any_account(self, open_one: Open) -> None:
        def resume(fingerprint: str, position: int | None) -> Callable[[Transaction], None]:
            def decide(tx: Transaction) -> None:
                tx.account(fingerprint)
                tx.append(account_stream(fingerprint), [AccountResumed(acknowledged_position=position)])

            return decide

        stream = campaign_stream("spring")

        def seen(ledger: Ledger) -> list[list[list[int]]]:
            """By the position that is asked about: of each event of a stream the acknowledgements that came after it."""
            asked = [ledger.read_streams([stream], position).get(stream, []) for position in range(1, 7)]
            return [[[one.position for one in event.acknowledged] for event in events] for events in asked]

        expected = [[[]], [[]], [[3]], [[3], []], [[3], []], [[3, 6], [6]]]
        with closing(open_one()) as first:
            do(first, create("spring"))
            do(first, resume("f", None))
            do(first, resume("f", 2))
            do(first, start("spring"))
            do(first, resume("g", None))
            do(first, resume("g", 5))
            assert seen(first) == expected
        with closing(open_one()) as second:
            assert seen(second) == expected
            [created, _] = second.read_stream(stream)
            [_, _, acknowledged, *_] = feed(second)
            assert created.counts_from == min(created.recorded_at, acknowledged.recorded_at)
            assert [one.acknowledged for one in feed(second)] == [()] * 6

    def test_a_commit_is_one_and_a_later_command_sees_the_earlier(self, ledger: Ledger) -> None:
        with gathering(ledger):
            asked = [
                ask(ledger, create("spring")),
                ask(ledger, start("spring")),
                ask(ledger, start("spring")),
                *(ask(ledger, enroll("recipient:0", f"c{n % 2}")) for n in range(3)),
            ]

        assert [outcome(a) for a in asked] == [
            CommandOutcome("spring", 4),
            CommandOutcome("created", 4),
            CommandOutcome("running", 4),
            CommandOutcome(1, 4),
            CommandOutcome(2, 4),
            CommandOutcome(2, 4),
        ]
        assert len({r.recorded_at for r in feed(ledger)}) == 1

    def test_a_command_that_fails_takes_only_its_own_events_with_it(self, ledger: Ledger) -> None:
        with gathering(ledger):
            asked = [ask(ledger, d) for d in (create("c0"), fail("one"), create("c1"), fail("two"))]

        assert [type(outcome(a).error) for a in asked] == [type(None), NotFound, type(None), NotFound]
        assert [r.stream for r in feed(ledger)] == ["campaign:c0", "campaign:c1"]

    def test_a_stream_is_read_up_to_a_position(self, ledger: Ledger) -> None:
        for command in (create("spring"), create("autumn"), start("spring")):
            do(ledger, command)

        stream = campaign_stream("spring")
        assert names(ledger.read_stream(stream)) == ["campaign.created", "campaign.started"]
        assert names(ledger.read_stream(stream, 2)) == ["campaign.created"]
        assert names(ledger.read_stream(stream, 0)) == []
        assert ledger.read_stream("campaign:none") == []

    def test_many_streams_are_read_together_each_whole_and_in_order_up_to_a_position(self, ledger: Ledger) -> None:
        with gathering(ledger):
            asked = [ask(ledger, create(f"c{n}")) for n in range(600)]
        assert max(outcome(a).position or 0 for a in asked) == 600
        for n in (7, 550):
            do(ledger, start(f"c{n}"))

        streams = {f"campaign:c{n}": n for n in range(600)}
        found = ledger.read_streams([*streams, "campaign:none"], 601)
        assert {stream: names(events) for stream, events in found.items()} == {
            stream: ["campaign.created", "campaign.started"] if n == 7 else ["campaign.created"]
            for stream, n in streams.items()
        }
        assert found["campaign:c7"] == ledger.read_stream("campaign:c7")
        assert list(ledger.read_streams(["campaign:c550", "campaign:c3"], 550)) == ["campaign:c3"]
        assert ledger.read_streams(list(streams), 0) == {}
        assert ledger.read_streams([], 602) == {}

    def test_of_many_streams_only_what_follows_a_version_is_read_unless_it_is_more_than_so_much(
        self, ledger: Ledger
    ) -> None:
        with gathering(ledger):
            asked = [ask(ledger, create(f"c{n}")) for n in range(600)]
        assert max(outcome(a).position or 0 for a in asked) == 600
        for n in (550, 7):
            do(ledger, start(f"c{n}"))

        known = {f"campaign:c{n}": 1 for n in range(600)}
        newer = [*ledger.read_stream("campaign:c550")[1:], *ledger.read_stream("campaign:c7")[1:]]
        assert ledger.read_newer({**known, "campaign:none": 0, "campaign:\0": 0}) == newer
        assert ledger.read_newer(known, 2) == newer
        assert ledger.read_newer(known, 1) is None
        assert ledger.read_newer({"campaign:c7": 0, "campaign:c550": 2}) == ledger.read_stream("campaign:c7")
        assert ledger.read_newer({}) == []

    def test_a_stream_is_read_on_from_a_version_some_at_a_time_up_to_a_position(self, ledger: Ledger) -> None:
        do(ledger, create("spring"))
        do(ledger, create("autumn"))
        do(ledger, start("spring"))
        stream = campaign_stream("spring")
        created, started = ledger.read_stream(stream)

        assert ledger.read_on(stream, 0, 3, 1) == ledger.read_on(stream, 0, 2, 9) == [created]
        assert ledger.read_on(stream, 1, 3, 1) == [started]
        assert ledger.read_on(stream, 1, 2, 9) == ledger.read_on(stream, 2, 3, 9) == []
        assert ledger.read_on("campaign:\0", 0, 3, 9) == []

    def test_a_command_sees_what_was_recorded_since_a_position_and_decided_before_it_in_its_commit(
        self, ledger: Ledger
    ) -> None:
        def since(position: int, events_max: int) -> Callable[[Transaction], list[str] | None]:
            def decide(tx: Transaction) -> list[str] | None:
                found = tx.events_since(position, events_max)
                return None if found is None else [event.NAME for event in found]

            return decide

        for command in (create("spring"), create("autumn"), start("spring")):
            do(ledger, command)
        with gathering(ledger):
            asked = [ask(ledger, d) for d in (since(3, 0), start("autumn"), fail("one"), since(3, 0), since(1, 2))]

        assert [outcome(asked[at]).result for at in (0, 3, 4)] == [
            [],
            ["campaign.started"],
            ["campaign.created", "campaign.started", "campaign.started"],
        ]
        assert do(ledger, since(4, 1)) == []
        assert do(ledger, since(1, 3)) == ["campaign.created", "campaign.started", "campaign.started"]
        assert do(ledger, since(1, 2)) is None

    def test_a_session_reads_the_feed_as_far_as_it_was_committed_with_every_type_as_it_was(
        self, ledger: Ledger
    ) -> None:
        for command in (create("spring"), start("spring")):
            do(ledger, command)
        with recorder_of(ledger).writing(Clock()) as session:
            rows = session.read_feed(0, 10)
            assert (session.read_feed(0, 1), session.read_feed(1, 10)) == (rows[:1], rows[1:])
            assert session.read_feed(2, 10) == []
            assert session.read_stream("campaign:spring", 0, 10, 10**6) == rows
        assert rows == recorder_of(ledger).read_feed(0, 10)
        assert rows == recorder_of(ledger).read_streams(["campaign:spring"], 2)
        assert [[type(value) for value in row] for row in rows] == [[int, str, int, str, bytes]] * 2

    def test_events_with_one_name_among_the_next_positions(self, ledger: Ledger) -> None:
        for campaign_id in ("spring", "summer"):
            do(ledger, create(campaign_id))
            do(ledger, start(campaign_id))
        read = {
            name: [r.position for r in ledger.read_feed(0, 10, name)] for name in (STARTED, CREATED, "call.created")
        }
        assert read == {STARTED: [2, 4], CREATED: [1, 3], "call.created": []}
        assert [r.position for r in ledger.read_feed(1, 2, STARTED)] == [2]
        assert [r.position for r in ledger.read_feed(2, 2, STARTED)] == [4]
        assert ledger.read_feed(2, 1, STARTED) == []
        assert ledger.read_feed(0, 10, STARTED) == [r for r in feed(ledger) if r.position in {2, 4}]

    def test_a_reader_beside_the_writer_sees_every_event_once_and_in_order(self, ledger: Ledger) -> None:
        def write() -> None:
            for n in range(100):
                do(ledger, create(f"c{n}"), "webhooks")

        writing = in_thread(write)
        seen: list[int] = []
        while len(seen) < 100:
            alive = writing.is_alive()
            batch = ledger.read_feed(seen[-1] if seen else 0, 7)
            seen += [r.position for r in batch]
            assert batch or alive, "the writer is done, and events are missing"

        assert seen == list(range(1, 101))

    def test_recorded_at_grows_whatever_the_clock_says(self, open_one: Open) -> None:
        clock = Clock()
        for days in (0, 0, -1):
            with closing(open_one(clock=clock)) as ledger:
                for n in range(3):
                    do(ledger, create(f"c{days}_{n}_{len(feed(ledger))}"))
            clock.now += timedelta(days=days)

        with closing(open_one()) as ledger:
            times = [r.recorded_at for r in feed(ledger)]
        assert len(times) == 9
        assert all(earlier < later for earlier, later in pairwise(times))
        assert {t.utcoffset() for t in times} == {timedelta(0)}
