"""What a process hears of what others commit to the same PostgreSQL database."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from itertools import pairwise
from threading import Barrier, Condition, Event

import psycopg
import pytest

from adapters.ledger import Ledger
from adapters.ledger.postgres import listening, opening
from adapters.ledger.transaction import Transaction
from application.commands.calls import receive_report
from domain.call import CallGathered
from domain.events import Recorded
from domain.identity import call_stream
from tests.adapters.ledger.stage import WAIT_SECONDS_MAX, create, do, feed, in_thread, wait_for
from tests.contracts.ledgers import open_postgres

OF_TOMORROW = b'{"event_id":"e","recorded_at":"2026-03-02T09:00:00Z","metadata":{},"event":{}}'


class Heard:
    """What one ledger's listener heard, commit by commit."""

    def __init__(self, ledger: Ledger) -> None:
        self.positions: list[int] = []
        self._more = Condition()
        ledger.add_listener(self._hear)

    def _hear(self, recorded: Sequence[Recorded]) -> None:
        with self._more:
            self.positions += [one.position for one in recorded]
            self._more.notify_all()

    def wait_for(self, position: int) -> None:
        with self._more:
            assert self._more.wait_for(lambda: position in self.positions, WAIT_SECONDS_MAX), self.positions


def test_who_listens_hears_of_every_event_once_and_in_order_whoever_wrote_it(two: tuple[Ledger, Ledger]) -> None:
    heard = [Heard(ledger) for ledger in two]

    def write(ledger: Ledger, name: str) -> None:
        for n in range(30):
            do(ledger, create(f"{name}{n}"))

    threads = [in_thread(partial(write, ledger, f"p{n}_")) for n, ledger in enumerate(two)]
    for thread in threads:
        thread.join(WAIT_SECONDS_MAX)

    written = [recorded.position for recorded in feed(two[0])]
    for one in heard:
        one.wait_for(written[-1])
        assert one.positions == written


def test_a_process_that_writes_nothing_hears_of_others_and_knows_its_own_from_theirs(
    two: tuple[Ledger, Ledger],
) -> None:
    one, other = two
    heard, own = Heard(other), list[Recorded]()
    other.add_own_listener(own.extend)

    do(one, create("c0"))
    heard.wait_for(1)
    assert other.position == 1
    do(other, create("c1"))

    assert heard.positions == [1, 2]
    assert [recorded.position for recorded in own] == [2]


def test_whoever_hears_of_an_event_finds_the_ledgers_end_not_before_it(two: tuple[Ledger, Ledger]) -> None:
    one, other = two
    ends: list[tuple[int, int]] = []
    other.add_listener(lambda recorded: ends.append((other.position, recorded[-1].position)))
    heard = Heard(other)
    for n in range(3):
        do(one, create(f"c{n}"))
        heard.wait_for(n + 1)

    assert [end >= told for end, told in ends] == [True] * len(ends)


def test_the_server_tells_of_a_commit_though_nobody_looks_each_second(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "LOOK_SECONDS", 3_600)
    with closing(open_postgres(url)) as one, closing(open_postgres(url)) as other:
        heard = Heard(other)
        for n in range(1, 4):
            do(one, create(f"c{n}"))
            heard.wait_for(n)


def test_what_was_acknowledged_elsewhere_is_known_once_the_end_was_looked_at(url: str) -> None:
    with closing(open_postgres(url)) as one, closing(open_postgres(url)) as other:
        assert other._trouble.listening is not None
        other._trouble.listening.stop()  # nobody tells it
        do(one, create("c0"))
        assert other.position == 0

        asyncio.run(other.look_at_end())

        assert other.position == 1


def test_a_follower_never_skips_a_slow_transaction_that_commits_behind_fast_ones(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "IDLE_IN_TRANSACTION_SECONDS_MAX", 60)
    with closing(open_postgres(url)) as slow, closing(open_postgres(url)) as fast:
        follows_all(url, slow, fast)


def follows_all(url: str, slow: Ledger, fast: Ledger) -> None:
    """While one transaction of `slow` stands still, `fast` wants to write, and looks again and again."""
    heard = Heard(fast)
    deciding, go_on = Event(), Event()

    def slowly(transaction: Transaction) -> None:
        create("slow")(transaction)
        deciding.set()
        assert go_on.wait(WAIT_SECONDS_MAX)

    seen: list[int] = []

    def look() -> None:
        seen.extend(one.position for one in fast.read_feed(seen[-1] if seen else 0, 100))

    def write_fast() -> None:
        for n in range(5):
            do(fast, create(f"fast{n}"))

    slow_one = in_thread(lambda: do(slow, slowly))
    assert deciding.wait(WAIT_SECONDS_MAX)
    fast_ones = in_thread(write_fast)
    with psycopg.connect(url, autocommit=True) as connection:
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode='ExclusiveLock'"
        while connection.execute(waiting).fetchone() == (0,):
            look()
    go_on.set()
    for thread in (slow_one, fast_ones):
        thread.join(WAIT_SECONDS_MAX)
    look()

    written = feed(slow)
    assert written[0].stream == "campaign:slow"
    assert seen == [one.position for one in written]
    heard.wait_for(written[-1].position)
    assert heard.positions == seen
    assert all(a.recorded_at < b.recorded_at for a, b in pairwise(written))


def gathered(n: int) -> CallGathered:
    """A report with a key and a body of its own."""
    return CallGathered(
        source="webhook", key=f"key-{n}", digest=f"digest-{n}", body=f'{{"n": {n}}}', digits=str(n % 10)
    )


def test_webhooks_of_one_call_at_two_processes_at_once_are_each_stored_once(two: tuple[Ledger, Ledger]) -> None:
    barrier = Barrier(2)

    def report(ledger: Ledger) -> None:
        for n in range(20):
            barrier.wait(WAIT_SECONDS_MAX)
            do(ledger, receive_report("call_1", gathered(n)), "webhooks")

    threads = [in_thread(partial(report, ledger)) for ledger in two]
    for thread in threads:
        thread.join(WAIT_SECONDS_MAX)

    stored = two[0].read_stream(call_stream("call_1"))
    assert [one.event.key for one in stored if isinstance(one.event, CallGathered)] == [f"key-{n}" for n in range(20)]
    assert [one.name for one in stored].count("call.redelivered") == 20
    assert [one.version for one in stored] == list(range(1, 41))


def test_what_cannot_be_read_of_others_ends_nothing_and_what_follows_is_told(
    url: str, two: tuple[Ledger, Ledger]
) -> None:
    one, other = two
    heard = Heard(other)
    with psycopg.connect(url, autocommit=True) as connection:
        insert = "INSERT INTO ledger_events (originator_id, originator_version, topic, state) VALUES (%s, 1, %s, %s)"
        connection.execute(insert, ("call:of-tomorrow", "call.teleported", OF_TOMORROW))
        connection.execute("NOTIFY ledger_events")
    while other._writer._others.told_to < 1:
        Event().wait(0.01)
    assert "could not be told" in (other.trouble or "")

    assert do(other, create("c1")) == "c1"
    do(one, create("c2"))
    heard.wait_for(3)

    assert heard.positions == [2, 3]
    assert other.trouble is None


def test_whoever_asked_hears_of_their_commit_though_what_others_wrote_before_it_could_not_be_read(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_postgres(url)) as one, closing(open_postgres(url)) as other:
        assert other._trouble.listening is not None
        other._trouble.listening.stop()
        # What it was told last it may not have looked for yet.
        wait_for(lambda: not other._writer._others_wrote and other._writer._committing_since is None)
        do(one, create("c0"))

        def fail(*_: object) -> None:
            raise RuntimeError("no more")

        with monkeypatch.context() as patch:
            patch.setattr(other._recorder, "read_feed", fail)
            assert do(other, create("c1")) == "c1"
            # Whoever asked is woken first.
            wait_for(
                lambda: "what another process wrote could not be read: RuntimeError('no more')" in (other.trouble or "")
            )
        assert do(other, create("c2")) == "c2"
        wait_for(lambda: other.trouble is None)
