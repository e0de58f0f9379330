from datetime import timedelta
from pathlib import Path

from domain.identity import quarantine_stream
from domain.quarantine import DeliveryReadAgain
from projections import quarantined
from projections.quarantined import Unread
from projections.store import EPOCH
from projections.views import snapshot
from tests.projections.history import World
from tests.projections.kept_views import new_store, writer_on

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
