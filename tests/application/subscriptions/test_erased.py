"""Who is erased is in no delivery that is sent after it, though it was made before."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.ledger import Ledger, Sealing, open_sqlite_ledger
from application.subscriptions.composing import Composed, Composer
from domain.subscription import OUTCOME_CHANGED, Wanted
from entrypoints.http.told import write_body
from tests.adapters.ledger.stage import KEY, NUMBER, SEALING, Clock, create, do, enroll, event_ids, feed
from tests.contracts.test_sealed_destroyed import destroys

WANTED = Wanted(url="https://crm.example.org", events=(OUTCOME_CHANGED, "recipient.enrolled"), role="operator")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A sealed one, with somebody in a campaign."""
    sealing = Sealing(new_bytes=SEALING.new_bytes, begins=True)
    with closing(
        open_sqlite_ledger(tmp_path, clock=Clock(), new_event_id=event_ids(), new_key=lambda _: KEY, sealing=sealing)
    ) as opened:
        do(opened, create("spring"))
        do(opened, create("autumn"))
        do(opened, enroll(opened.recipient_stream(NUMBER), "spring"))
        yield opened


def erase(ledger: Ledger) -> None:
    assert ledger.sealed is not None
    do(ledger, destroys(*ledger.sealed.of([ledger.recipient_stream(NUMBER)])))


def names(made: list[Composed]) -> list[bool]:
    return [NUMBER.encode() in one.body for one in made]


def test_what_was_made_before_is_made_again_without_them(ledger: Ledger) -> None:
    composer = Composer(ledger, WANTED, None, write_body)
    waiting = composer.take(feed(ledger), 0)
    assert names(waiting) == [True, True]
    assert not any(map(composer.is_old, waiting))

    erase(ledger)

    assert all(map(composer.is_old, waiting))
    again = [composer.again(one.letter) for one in waiting]
    assert [one is not None and one.letter.key for one in again] == [one.letter.key for one in waiting]
    assert names([one for one in again if one is not None]) == [False, False]


def test_what_was_read_before_and_made_after_it_is_made_again_too(ledger: Ledger) -> None:
    composer = Composer(ledger, WANTED, None, write_body)
    read = feed(ledger)
    erase(ledger)
    assert all(map(composer.is_old, composer.take(read, 0)))


def test_what_comes_later_of_them_has_nothing_of_what_was_folded_before(ledger: Ledger) -> None:
    composer = Composer(ledger, Wanted(url=WANTED.url, events=(OUTCOME_CHANGED,), role="operator"), None, write_body)
    first = feed(ledger)
    composer.take(first, 0)
    erase(ledger)
    do(ledger, enroll(ledger.recipient_stream(NUMBER), "autumn", "+15550100043"))

    later = composer.take(feed(ledger)[len(first) :], 0)

    assert later
    assert names(later) == [False] * len(later)
    assert not any(map(composer.is_old, composer.take([], 0)))
