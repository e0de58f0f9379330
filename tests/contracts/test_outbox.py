"""What the outbox keeps, in a data folder and beside a ledger in PostgreSQL."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from msgspec.structs import replace

from adapters import outbox as bounds
from adapters.outbox import Outbox
from adapters.outbox_rows import Letter, SubscriberPlace, Try
from adapters.shared_database import SharedDatabase
from adapters.shared_outbox import SharedOutbox, move_in
from domain.errors import Conflict
from tests.application.subscriptions.test_alert_letters import letter as letter_of_alert
from tests.application.subscriptions.test_alert_letters import raised

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PLACE = SubscriberPlace(subscription_id="crm", secret="whsec_a", position=5, event_id="e5")


@pytest.fixture(params=["sqlite", "postgresql"])
def outbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outbox]:
    if request.param == "sqlite":
        with closing(Outbox(tmp_path)) as opened:
            yield opened
        return
    with closing(SharedDatabase(request.getfixturevalue("url"))) as database:
        yield SharedOutbox(database)


def letter(position: int, *, dead: bool = False, again: bool = False) -> Letter:
    dead_at = T0 + timedelta(seconds=position) if dead else None
    return Letter(
        position=position, nth=0, lane=f"lane{position % 2}", tries=1, first_at=T0, dead_at=dead_at, again=again
    )


def tried(position: int, status: int | None = 500) -> Try:
    return Try(position=position, nth=0, at=T0, seconds=0.25, status=status, why="no", request="POST /", answer=b"\0no")


def here(outbox: Outbox) -> SubscriberPlace:
    place = outbox.place("crm")
    assert place is not None
    return place


def test_a_subscription_that_is_not_known_has_nothing(outbox: Outbox) -> None:
    assert outbox.place("crm") is None
    assert (outbox.waiting("crm"), outbox.dead("crm"), outbox.counts("crm"), outbox.tries("crm", 5)) == (
        [],
        [],
        (0, 0),
        [],
    )


def test_a_place_is_put_and_put_anew(outbox: Outbox) -> None:
    outbox.put_place(PLACE)
    assert replace(here(outbox), changes=0) == PLACE
    failing = replace(PLACE, secret="whsec_b", failing_since=T0, failing_last="status 500", reached=3)
    outbox.put_place(failing)
    assert replace(here(outbox), changes=0) == failing


def test_a_letter_that_no_event_says_is_found_by_its_lane_while_it_waits(outbox: Outbox) -> None:
    own = replace(letter(6), lane="log", body=b"{}", event_id="checkpoint-1")
    outbox.put_place(PLACE)
    outbox.put_letters("crm", [letter(7), replace(letter(8), lane="log"), own])
    assert (outbox.own_waiting("log"), outbox.own_waiting("lane1")) == ({"crm"}, set())
    outbox.put_letters("crm", [replace(own, dead_at=T0)])
    assert outbox.own_waiting("log") == set()


def test_what_waits_is_dead_or_settled_is_written_together_with_the_place(outbox: Outbox) -> None:
    outbox.put_place(PLACE)
    moved = replace(here(outbox), position=9, event_id="e9")
    outbox.write(moved, [letter(6), letter(7, dead=True), letter(8)], [], [tried(6), tried(7, None)])
    outbox.write(moved, [letter(8, again=True)], [letter(6)], [tried(8)])

    assert here(outbox) == moved
    assert outbox.waiting("crm") == [letter(8, again=True)]
    assert outbox.dead("crm") == [letter(7, dead=True)]
    assert outbox.dead("crm", 8, 9) == []
    assert outbox.counts("crm") == (1, 1)
    assert outbox.tries("crm", 2) == [tried(8), tried(7, None)]
    assert outbox.tries("crm", 9, (6, 0)) == [tried(6)]


def test_a_replay_goes_back_and_forgets_what_comes_by_itself(outbox: Outbox) -> None:
    outbox.put_place(PLACE)
    outbox.write(here(outbox), [letter(2), letter(4), letter(5, dead=True)], [], [])

    outbox.replay("crm", 3, "e3", 5)

    assert replace(here(outbox), changes=0) == replace(PLACE, position=3, event_id="e3", reached=5)
    assert (outbox.waiting("crm"), outbox.dead("crm")) == ([letter(2)], [])
    outbox.replay("crm", 1, "e1", 2)
    assert here(outbox).reached == 5


def test_what_is_kept_has_a_bound_and_the_tries_of_letters_stay(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "TRIES_KEPT_MAX", 2)
    monkeypatch.setattr(bounds, "DEAD_KEPT_MAX", 2)
    outbox.put_place(PLACE)
    dead = [letter(n, dead=True) for n in range(1, 5)]
    outbox.write(here(outbox), dead, [], [tried(n) for n in range(1, 9)])

    outbox.prune("crm")

    assert outbox.dead("crm", limit=9) == dead[2:]
    assert [one.position for one in outbox.tries("crm", 9)] == [8, 7, 4, 3]


def test_a_letter_of_an_alert_and_its_tries_are_kept(outbox: Outbox) -> None:
    made = letter_of_alert(raised(), nth=1)
    assert made is not None
    outbox.put_place(PLACE)

    outbox.put_letters("crm", [made])
    outbox.write(here(outbox), [], [], [replace(tried(7), nth=made.nth)])

    assert (outbox.waiting("crm"), outbox.tries("crm", 9, made.key)) == ([made], [replace(tried(7), nth=made.nth)])
    outbox.prune("crm")
    outbox.write(here(outbox), [], [made], [])
    assert outbox.waiting("crm") == []


def test_what_another_holds_is_held_in_place_of_what_was_here(outbox: Outbox, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    outbox.put_place(replace(PLACE, subscription_id="old"))
    outbox.put_letters("old", [letter(1)])
    with closing(Outbox(tmp_path / "other")) as other:
        outbox.have(other.contents())
        assert (outbox.places(), outbox.counts("old")) == ([], (0, 0))
        other.put_place(PLACE)
        waiting, dead = [letter(6), letter(8, again=True)], [letter(7, dead=True)]
        other.write(PLACE, [*waiting, *dead], [], [tried(7), replace(tried(6, None), why="a \0 in it")])

        for _ in range(2):  # a copy that was broken off does it again
            outbox.have(other.contents())

    assert replace(here(outbox), changes=0) == PLACE
    assert (outbox.waiting("crm"), outbox.dead("crm")) == (waiting, dead)
    assert outbox.tries("crm", 9) == [replace(tried(6, None), why="a \ufffd in it"), tried(7)]


def test_an_outbox_without_anything_makes_no_file(tmp_path: Path) -> None:
    with closing(Outbox(tmp_path)) as one:
        one.have(one.contents())
    assert list(tmp_path.iterdir()) == []


def test_what_is_forgotten_is_gone(outbox: Outbox) -> None:
    outbox.put_place(PLACE)
    outbox.write(here(outbox), [letter(6)], [], [tried(6)])
    outbox.put_letters("crm", [letter(6, again=True)])
    assert outbox.waiting("crm") == [letter(6, again=True)]

    outbox.forget("crm")

    assert (outbox.place("crm"), outbox.counts("crm"), outbox.tries("crm", 9)) == (None, (0, 0), [])


def test_who_sends_writes_nothing_over_what_was_changed_at_another_server(url: str) -> None:
    with closing(SharedDatabase(url)) as one, closing(SharedDatabase(url)) as other:
        sender, asked = SharedOutbox(one), SharedOutbox(other)
        sender.put_place(PLACE)
        known = here(sender)

        asked.change("crm", lambda: asked.replay("crm", 1, "e1", 5))
        sender.write(replace(known, position=9, event_id="e9"), [letter(9)], [], [tried(9)])

        assert sender.changes("crm") == known.changes + 1
        assert (here(asked).position, asked.waiting("crm"), asked.tries("crm", 9)) == (1, [], [])
        sender.write(replace(here(sender), position=2, event_id="e2"), [], [], [])
        assert here(asked).position == 2


def test_who_sent_before_writes_nothing_over_what_its_successor_did(url: str) -> None:
    with closing(SharedDatabase(url)) as one, closing(SharedDatabase(url)) as other:
        woken, successor = SharedOutbox(one), SharedOutbox(other)
        woken.put_place(PLACE)
        before = woken.take("crm")
        assert before is not None
        woken.write(replace(before, position=6, event_id="e6"), [letter(6)], [], [])

        now = successor.take("crm")
        assert now is not None
        successor.write(replace(now, position=5_000, event_id="e5000"), [], [letter(6)], [])
        woken.write(replace(before, position=7, event_id="e7"), [letter(6), letter(7)], [], [tried(7)])

        assert (here(successor).position, successor.waiting("crm"), successor.tries("crm", 9)) == (5_000, [], [])
        assert woken.take("none") is None


@pytest.mark.parametrize("what", ["replay", "again", "nothing"])
def test_what_is_asked_at_another_server_is_not_lost_to_a_write_under_way(url: str, what: str) -> None:
    with closing(SharedDatabase(url)) as one, closing(SharedDatabase(url)) as other:
        sender, asked = SharedOutbox(one), SharedOutbox(other)
        sender.put_place(PLACE)
        known = here(sender)
        asks = {
            "replay": lambda: asked.replay("crm", 1, "e1", 5),
            "again": lambda: asked.put_letters("crm", [letter(4)]),
        }
        writing = Thread(target=lambda: sender.write(replace(known, position=9, event_id="e9"), [letter(9)], [], []))

        def work() -> None:
            asks.get(what, lambda: None)()
            writing.start()
            wait_for_its_lock(url, writing)

        asked.change("crm", work)
        writing.join()

        found = {"replay": (1, []), "again": (5, [letter(4)]), "nothing": (5, [])}
        assert (here(asked).position, asked.waiting("crm")) == found[what]
        assert here(asked).changes == known.changes + 1


def test_of_a_change_that_breaks_off_nothing_is_done(url: str) -> None:
    with closing(SharedDatabase(url)) as database:
        outbox = SharedOutbox(database)
        outbox.put_place(PLACE)

        def work() -> None:
            outbox.replay("crm", 1, "e1", 5)
            raise Conflict("no")

        with pytest.raises(Conflict):
            outbox.change("crm", work)
        assert here(outbox) == PLACE


def wait_for_its_lock(url: str, thread: Thread) -> None:
    """Until it waits for what somebody else has locked, or has ended."""
    asks = "SELECT 1 FROM pg_stat_activity WHERE datname=current_database() AND wait_event_type='Lock'"
    with psycopg.connect(url, autocommit=True) as looking:
        while thread.is_alive() and not looking.execute(asks).fetchall():
            pass


def test_what_an_earlier_version_kept_in_the_folder_is_shared_once(url: str, tmp_path: Path) -> None:
    with closing(Outbox(tmp_path)) as earlier:
        earlier.put_place(PLACE)
        earlier.write(PLACE, [letter(3, again=True), letter(4, dead=True)], [], [tried(4), tried(5)])
    with closing(SharedDatabase(url)) as database:
        outbox = SharedOutbox(database)
        (tmp_path / "ledger.db").touch()  # what is beside it is about that ledger
        move_in(database, tmp_path)
        assert outbox.places() == []
        (tmp_path / "ledger.db").unlink()
        move_in(database, tmp_path)

        assert (outbox.places(), outbox.dead("crm")) == ([PLACE], [letter(4, dead=True)])
        assert outbox.waiting("crm") == [letter(3, again=True)]
        assert outbox.tries("crm", 9) == [tried(5), tried(4)]
        assert [one.name for one in tmp_path.iterdir()] == ["outbox.db.moved"]
        move_in(database, tmp_path)
