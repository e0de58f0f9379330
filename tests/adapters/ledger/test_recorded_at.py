"""The one time of each commit, which always grows."""

from datetime import timedelta
from pathlib import Path

import pytest

from adapters.ledger import Ledger
from adapters.ledger.transaction import Transaction
from tests.adapters.ledger.stage import T0, TICK, Clock, create, do, feed, open_ledger, start


def test_every_event_of_a_commit_has_the_time_of_that_commit(ledger: Ledger) -> None:
    def both(transaction: Transaction) -> None:
        create("spring")(transaction)
        start("spring")(transaction)

    do(ledger, both)
    do(ledger, create("autumn"))

    assert [r.recorded_at for r in feed(ledger)] == [T0, T0, T0 + TICK]


@pytest.mark.parametrize("step", [timedelta(0), timedelta(hours=-1), timedelta(microseconds=-1)])
def test_recorded_at_grows_though_the_clock_does_not(tmp_path: Path, step: timedelta) -> None:
    clock = Clock()
    first = open_ledger(tmp_path, clock)
    for n in range(3):
        do(first, create(f"c{n}"))
        clock.now += step
    first.close()

    clock.now -= timedelta(days=1)
    second = open_ledger(tmp_path, clock)
    do(second, create("c3"))

    assert [r.recorded_at for r in feed(second)] == [T0, T0 + TICK, T0 + 2 * TICK, T0 + 3 * TICK]
    second.close()


def test_recorded_at_follows_the_clock_when_it_goes_on(tmp_path: Path) -> None:
    clock = Clock()
    ledger = open_ledger(tmp_path, clock)
    do(ledger, create("c0"))
    clock.now += timedelta(seconds=5)
    do(ledger, create("c1"))

    assert [r.recorded_at for r in feed(ledger)] == [T0, T0 + timedelta(seconds=5)]
    ledger.close()


def test_a_command_is_told_what_the_clock_says(ledger: Ledger) -> None:
    do(ledger, create("c0"))

    def when(transaction: Transaction) -> object:
        create("c1")(transaction)
        return transaction.now

    assert do(ledger, when) == feed(ledger)[-1].clock_at == T0
