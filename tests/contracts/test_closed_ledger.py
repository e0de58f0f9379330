"""A ledger that was closed can be read and stores nothing more, in whichever database, whoever closed it."""

from collections.abc import Callable
from threading import Event

import pytest

from adapters.ledger import Ledger
from adapters.ledger.postgres.listening import PostgresListening
from adapters.ledger.transaction import Transaction
from domain import ledger_life
from domain.errors import LedgerMoved
from domain.identity import LEDGER_STREAM
from tests.adapters.ledger import postgres_ledger, stage
from tests.adapters.ledger.stage import ask, create, do, feed, gathering, names, outcome

Open = Callable[[], Ledger]


@pytest.fixture(params=["sqlite", "postgres"])
def open_again(request: pytest.FixtureRequest) -> Open:
    if request.param == "sqlite":
        folder = request.getfixturevalue("tmp_path")
        return lambda: stage.open_ledger(folder)
    url = request.getfixturevalue("postgres").new_database()
    return lambda: postgres_ledger.open_ledger(url)


def close(tx: Transaction) -> None:
    tx.append(LEDGER_STREAM, ledger_life.close(tx.ledger(), "c0ffee", "postgresql://db.example.org/dialtrail", 1))


def test_nothing_is_stored_after_it_was_closed_neither_at_once_nor_by_the_next_process(open_again: Open) -> None:
    ledger = open_again()
    do(ledger, create("spring"))
    do(ledger, close)

    with pytest.raises(LedgerMoved, match=r"copied to postgresql://db\.example\.org/dialtrail: go on there"):
        do(ledger, create("autumn"))
    ledger.close()

    again = open_again()
    with pytest.raises(LedgerMoved):
        do(again, create("autumn"), "webhooks")
    assert again.trouble == again.moved
    assert names(feed(again)) == ["campaign.created", "ledger.closed"]
    again.close()


def test_what_waited_behind_the_closing_is_refused(open_again: Open) -> None:
    ledger = open_again()
    with gathering(ledger):
        closing, late = ask(ledger, close), ask(ledger, create("autumn"), "imports")

    assert outcome(closing).error is None
    assert isinstance(outcome(late).error, LedgerMoved)
    assert names(feed(ledger)) == ["ledger.closed"]
    ledger.close()


def test_whoever_is_at_work_on_the_database_stops_when_another_process_closes_it(
    request: pytest.FixtureRequest,
) -> None:
    url = request.getfixturevalue("postgres").new_database()
    at_work, other = postgres_ledger.open_ledger(url), postgres_ledger.open_ledger(url)
    do(at_work, create("spring"))
    do(other, close)

    with pytest.raises(LedgerMoved):
        do(at_work, create("autumn"), "webhooks")
    assert at_work.moved is not None
    assert names(feed(other)) == ["campaign.created", "ledger.closed"]
    at_work.close()
    other.close()


def test_so_does_one_that_has_heard_of_the_closing_before_it_writes(request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("postgres").new_database()
    at_work, other = postgres_ledger.open_ledger(url), postgres_ledger.open_ledger(url)
    heard = Event()
    at_work.add_listener(lambda events: heard.set() if names(events)[-1:] == ["ledger.closed"] else None)
    at_work.hear_others(PostgresListening(url))
    do(other, close)
    assert heard.wait(stage.WAIT_SECONDS_MAX)

    with pytest.raises(LedgerMoved):
        do(at_work, create("autumn"), "webhooks")
    at_work.close()
    other.close()
