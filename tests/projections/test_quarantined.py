from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from domain.identity import quarantine_stream
from domain.quarantine import DeliveryReadAgain
from projections import quarantined
from projections.quarantined import PutAway, Unread
from projections.store import EPOCH
from projections.views import snapshot
from tests.projections.history import World
from tests.projections.kept_views import catch_up, new_store, writer_on

GRAIN = timedelta(microseconds=1)


def told(tmp_path: Path, made: World, batch: int) -> Unread:
    with new_store(tmp_path / f"views-{batch}-{made.ledger.position}.db") as store:
        for begin in range(0, made.ledger.position, batch):
            writer_on(store, made.ledger).advance(made.ledger.read_feed(begin, batch))
        with snapshot(store) as taken:
            return quarantined.unread_since(taken.connection, EPOCH)


def test_what_could_not_be_read_is_counted_until_it_is(tmp_path: Path) -> None:
    made = World()
    for _ in range(3):
        made.quarantine()
    last_at = made.ledger.feed[-1].recorded_at
    for batch in (1, 2, 1_000):
        assert told(tmp_path, made, batch) == Unread(3, last_at)
    for place in (0, 1):
        digest = f"d{place}"
        made.record(quarantine_stream(digest), DeliveryReadAgain(digest=digest, call_id="c", report="call.created"))
    for batch in (1, 2, 1_000):
        assert told(tmp_path, made, batch) == Unread(1, last_at)


def test_only_those_since_an_instant_are_counted(tmp_path: Path) -> None:
    made = World()
    made.quarantine()
    first_at = made.now
    made.now += timedelta(days=1)
    made.quarantine()
    with new_store(tmp_path / "views.db") as store:
        writer_on(store, made.ledger).advance(made.ledger.feed)
        with snapshot(store) as taken:
            counts = [
                quarantined.unread_since(taken.connection, since).count
                for since in (EPOCH, first_at, first_at + GRAIN, made.now, made.now + GRAIN)
            ]
            assert counts == [2, 2, 1, 1, 0]
            assert quarantined.unread_since(taken.connection, made.now + GRAIN).last_at is None


def test_the_latest_are_listed_by_position_and_those_that_were_read_are_told_apart(tmp_path: Path) -> None:
    made = World()
    for _ in range(4):
        made.quarantine()
    made.record(quarantine_stream("d1"), DeliveryReadAgain(digest="d1", call_id="c", report="call.created"))
    made.record(quarantine_stream("d3"), DeliveryReadAgain(digest="d3", call_id="c", report="call.created"))
    every = [PutAway(f"d{place}", place + 1) for place in (3, 2, 1, 0)]
    for batch in (1, 2, 5, 1_000):
        with new_store(tmp_path / f"views-{batch}.db") as store:
            for begin in range(0, made.ledger.position, batch):
                writer_on(store, made.ledger).advance(made.ledger.read_feed(begin, batch))
            with snapshot(store) as taken:
                assert quarantined.latest(taken.connection, 0, 9) == every
                assert quarantined.latest(taken.connection, 0, 3) == every[:3]
                assert quarantined.latest(taken.connection, 3, 1) == [every[2]]
                assert quarantined.latest(taken.connection, 1, 9) == []
                assert quarantined.latest(taken.connection, 0, 9, only_unread=True) == [every[1], every[3]]


def test_views_that_followed_have_the_rows_of_views_that_were_made_anew(tmp_path: Path) -> None:
    made, found = World(), []
    with new_store(tmp_path / "followed.db") as followed, new_store(tmp_path / "anew.db") as anew:
        for _ in range(3):
            made.quarantine()
            catch_up(followed, made.ledger)
        made.record(quarantine_stream("d1"), DeliveryReadAgain(digest="d1", call_id="c", report="call.created"))
        for store in (followed, anew):
            catch_up(store, made.ledger)
            with snapshot(store) as taken:
                found.append(taken.connection.execute(select(quarantined.QUARANTINED)).all())
    assert found[0] == found[1]
    assert [(row.digest, row.position, row.read_position) for row in found[0]] == [
        ("d0", 1, None),
        ("d1", 2, 4),
        ("d2", 3, None),
    ]
