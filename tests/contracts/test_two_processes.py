"""What two processes may expect of one PostgreSQL."""

from datetime import timedelta
from functools import partial
from itertools import pairwise
from threading import Barrier

import psycopg
import pytest
from msgspec import Raw

from adapters.ledger import Committed, Ledger
from adapters.ledger.transaction import Transaction
from domain import campaign, recipient
from domain.account import AccountResumed
from domain.errors import Conflict
from domain.identity import account_stream
from tests.adapters.ledger.stage import (
    BY,
    NUMBER,
    WAIT_SECONDS_MAX,
    create,
    do,
    enroll,
    feed,
    in_thread,
    start,
    until,
)
from tests.contracts.ledgers import open_postgres


def dial(ledger: Ledger, attempt_id: str) -> str:
    """Start an attempt to call the one recipient, if none is open."""
    stream = ledger.recipient_stream(NUMBER)

    def decide(transaction: Transaction) -> str:
        state = transaction.recipient(stream)
        if state.open_attempts(()):
            raise Conflict("an attempt is open")
        events = recipient.start_attempt(
            state, attempt_id, "spring", request="{}", epoch=attempt_id, verdict=Raw(b"{}")
        )
        transaction.append(stream, events)
        return attempt_id

    return str(do(ledger, decide, "attempts"))


class TestTwoProcessesOnOnePostgresql:
    def test_of_two_dialers_exactly_one_starts_the_attempt(self, two: tuple[Ledger, Ledger]) -> None:
        for stage in range(10):
            stream = two[0].recipient_stream(NUMBER)
            do(two[stage % 2], enroll(stream, "spring"))
            barrier, won, lost = Barrier(2), list[str](), list[str]()

            def race(ledger: Ledger, name: str, gate: Barrier = barrier) -> None:
                gate.wait(WAIT_SECONDS_MAX)
                try:
                    won.append(dial(ledger, name))  # noqa: B023 - joined before the next turn
                except Conflict:
                    lost.append(name)  # noqa: B023

            threads = [in_thread(partial(race, ledger, f"{stage}-{n}")) for n, ledger in enumerate(two)]
            for thread in threads:
                thread.join(WAIT_SECONDS_MAX)

            assert len(won) == len(lost) == 1
            give_back(two[stage % 2], won[0])

        started = [r for r in feed(two[0]) if r.name == "attempt.started"]
        assert len(started) == 10

    def test_recorded_at_grows_with_position_though_both_write(self, two: tuple[Ledger, Ledger]) -> None:
        def write(ledger: Ledger, name: str) -> None:
            for n in range(60):
                do(ledger, create(f"{name}{n}"))

        threads = [in_thread(partial(write, ledger, f"p{n}_")) for n, ledger in enumerate(two)]
        for thread in threads:
            thread.join(WAIT_SECONDS_MAX)

        written = feed(two[0])
        assert len(written) == 120
        assert feed(two[1]) == written
        assert all(a.position < b.position and a.recorded_at < b.recorded_at for a, b in pairwise(written))

    def test_recorded_at_does_not_fall_behind_what_the_other_process_recorded(
        self, two: tuple[Ledger, Ledger], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from adapters.ledger.postgres import PostgresSession

        do(two[0], create("c0"))
        do(two[1], create("c1"))
        ahead = feed(two[0])[-1].recorded_at + timedelta(days=1)
        monkeypatch.setattr(PostgresSession, "now", lambda _: ahead)
        do(two[0], create("c2"))
        monkeypatch.undo()
        do(two[1], create("c3"))
        do(two[0], create("c4"))

        tick = timedelta(microseconds=1)
        assert [r.recorded_at for r in feed(two[1])][2:] == [ahead, ahead + tick, ahead + 2 * tick]

    def test_each_process_sees_what_the_other_stored(self, two: tuple[Ledger, Ledger]) -> None:
        one, other = two
        do(one, create("spring"))
        assert do(other, start("spring")) == "created"
        assert do(one, start("spring")) == "running"
        with pytest.raises(Conflict):
            do(one, create("spring", campaign.Plan(caller_number="+15550100009")))

    def test_a_command_that_decides_nothing_has_the_position_of_what_it_read(self, two: tuple[Ledger, Ledger]) -> None:
        one, other = two
        for n in range(3):
            do(one, create(f"c{n}"))

        seen = other.execute_and_wait(create("c2"), lane="commands", metadata=BY)

        assert seen == Committed("c2", 3)
        assert other.position == 3

    def test_a_probe_hides_nothing_that_the_other_stored(self, two: tuple[Ledger, Ledger]) -> None:
        one, other = two
        for n in range(3):
            do(one, create(f"c{n}"))
        other._writer._probe()

        assert other.position == 3
        do(other, create("c3"))
        assert [recorded.position for recorded in feed(one)] == [1, 2, 3, 4]
        assert all(before.recorded_at < after.recorded_at for before, after in pairwise(feed(one)))

    def test_processes_that_start_together_make_one_ledger(self, url: str) -> None:
        opened: list[Ledger] = []

        def open_own(key: bytes) -> None:
            opened.append(open_postgres(url, key=key))

        threads = [in_thread(partial(open_own, bytes([n]) * 32)) for n in range(4)]
        for thread in threads:
            thread.join(WAIT_SECONDS_MAX)

        assert len({ledger.recipient_stream(NUMBER) for ledger in opened}) == 1
        assert len(opened) == 4
        for ledger in opened:
            ledger.close()

    def test_who_starts_beside_one_that_stands_still_in_a_transaction_waits_for_it(
        self, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from adapters.ledger.postgres import opening

        monkeypatch.setattr(opening, "IDLE_IN_TRANSACTION_SECONDS_MAX", 1)
        open_postgres(url).close()
        opened: list[Ledger] = []
        with psycopg.connect(url) as stands_still:
            stands_still.execute("LOCK TABLE ledger_events IN EXCLUSIVE MODE")
            starting = in_thread(lambda: opened.append(open_postgres(url)))
            starting.join(2 * opening.IDLE_IN_TRANSACTION_SECONDS_MAX)
            stands_still.rollback()
            starting.join(WAIT_SECONDS_MAX)
        [ledger] = opened
        ledger.close()

    def test_a_reader_never_passes_over_an_event_that_comes_later(self, two: tuple[Ledger, Ledger]) -> None:
        def write(ledger: Ledger, name: str) -> None:
            for n in range(60):
                do(ledger, create(f"{name}{n}"))

        threads = [in_thread(partial(write, ledger, f"p{n}_")) for n, ledger in enumerate(two)]
        seen: list[int] = []
        while any(t.is_alive() for t in threads):
            seen += [r.position for r in two[0].read_feed(seen[-1] if seen else 0, 5)]
        seen += [r.position for r in two[0].replay(seen[-1])]

        assert seen == [r.position for r in feed(two[1])]
        assert len(seen) == 120


def give_back(ledger: Ledger, attempt_id: str) -> None:
    stream = ledger.recipient_stream(NUMBER)

    def decide(transaction: Transaction) -> None:
        state = transaction.recipient(stream)
        transaction.append(stream, recipient.abandon(state, attempt_id, "a test"))

    do(ledger, decide, "answers")


@pytest.mark.parametrize("follows", [True, False], ids=["follows", "commits"])
def test_that_the_clock_was_set_right_at_another_is_known_to_who_follows_and_to_who_commits(
    two: tuple[Ledger, Ledger], follows: bool
) -> None:
    one, other = two
    assert one._trouble.listening is not None
    if not follows:
        one._trouble.listening.stop()

    def resume(transaction: Transaction) -> None:
        transaction.account("f")
        transaction.append(account_stream("f"), [AccountResumed(acknowledged_position=1)])

    do(other, create("spring"))
    do(other, resume)
    do(other, create("summer"))
    if not follows:
        do(one, create("autumn"))
    until(lambda: [given.position for given in one.acknowledged] == [2])
