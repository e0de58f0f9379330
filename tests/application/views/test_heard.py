"""Views that were begun before an erasure are made anew, whoever it was that erased, and whenever."""

from pathlib import Path
from unittest.mock import patch

import pytest

from application.views import projector as projectors
from application.views.heard import HeardOf
from domain.identity import KEYS_STREAM
from domain.ledger_life import KeysDestroyed
from projections import views
from projections.erasures_seen import ERASURES_SEEN, ErasuresSeen
from tests.adapters.ledger.postgres_server import Server
from tests.application.views.projecting import held_rebuild, projecting_views, record, wait_until, world
from tests.projections.history import World
from tests.projections.kept_views import new_store, writer_on

ERASED = KeysDestroyed(keys=("b.0",), cause="erasure", kinds={"number": 1}, streams=1)


def erase(made: World) -> None:
    made.record(KEYS_STREAM, ERASED)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    if request.param == "sqlite":
        return tmp_path
    server: Server = request.getfixturevalue("postgres")
    return server.new_database()


def test_an_erasure_while_they_are_kept_or_made_anew_and_one_before_a_start(place: Path | str) -> None:
    made = world(acts=10)
    erase(made)
    first = made.ledger.position
    with projecting_views(place, made) as projector:
        record(projector, made, erase)  # by another process, which tells nobody here
        wait_until(lambda: _begun_at(projector) == first + 1)
        wait_until(lambda: projector.rebuilding is None)
        with held_rebuild(projector):
            record(projector, made, erase)
            wait_until(lambda: projector.position == first + 2)
        wait_until(lambda: _begun_at(projector) == first + 2)
        wait_until(lambda: projector.rebuilding is None)
    with (
        patch.object(projectors.Projector, "_make_anew_if_due"),  # it ends before it begins to make them anew
        projecting_views(place, made) as projector,
    ):
        record(projector, made, erase)
        wait_until(lambda: projector.position == first + 3)
        assert _begun_at(projector) == first + 2
    with projecting_views(place, made) as projector:
        wait_until(lambda: _begun_at(projector) == first + 3)
        assert projector.why_rebuilt is None


def _begun_at(projector: projectors.Projector) -> int:
    writer = projector._in_use.writer
    return -1 if writer is None else writer.erasures.begun_at


def test_views_of_earlier_code_are_due_where_there_was_an_erasure(tmp_path: Path) -> None:
    made = world(acts=10)
    erase(made)
    erased_at = made.ledger.position
    made.quarantine()
    with new_store(tmp_path / "views.db") as store:
        writer = writer_on(store, made.ledger)
        writer.advance(made.ledger.feed)
        with store.writing() as connection:
            connection.execute(ERASURES_SEEN.delete())
        writer = writer_on(store, made.ledger)
        assert (writer.erasures, writer.erasures.is_due) == (ErasuresSeen(0, erased_at), True)
        made.quarantine()
        writer.advance(made.ledger.feed[writer.position :])
        with patch.object(views, "seen_up_to", side_effect=AssertionError("it says so by itself now")):
            assert writer_on(store, made.ledger).erasures == ErasuresSeen(0, erased_at)


def test_what_is_missing_is_read_before_something_is_begun(tmp_path: Path) -> None:
    made = world(acts=10)
    heard, end = HeardOf(made.ledger), made.ledger.position
    with patch.object(made.ledger, "read_feed", side_effect=AssertionError("nothing was read here before")):
        assert heard.come_to_end() == end
    made.quarantine()
    heard.come_to(end + 1)
    erase(made)
    with patch.object(made.ledger, "read_feed", side_effect=made.ledger.read_feed) as read:
        assert heard.come_to_end() == end + 2
    assert [call.args[0] for call in read.call_args_list] == [end + 1]
