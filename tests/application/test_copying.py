"""A ledger copied to another place: broken off anywhere it goes on, and what is there then is what was here."""

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.ledger import Ledger, open_side
from adapters.ledger.played_by import SANDBOX
from adapters.ledger.side import Side
from application.copying import Copied
from domain.errors import Conflict, LedgerMoved, LedgerUnusable
from domain.ledger_life import LedgerClosed
from tests.adapters.ledger.postgres_server import Server
from tests.adapters.ledger.stage import create, do, feed
from tests.application.copied_ledgers import Killed, Place, copy, fill, is_closed, opened, small_batches, table
from tests.examples import examples


@pytest.fixture(params=["to_postgres", "to_folder", "to_another_folder"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Place, Place]:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    if request.param == "to_another_folder":
        return here, there
    url = request.getfixturevalue("postgres").new_database()
    return (here, url) if request.param == "to_postgres" else (url, there)


def test_everything_is_there_and_nothing_more_is_stored_here(places: tuple[Place, Place]) -> None:
    source, target = places
    before = fill(source, 8)

    with small_batches():
        done = copy(source, target)

    assert done == Copied(events=9, last_position=before[-1][0])
    assert table(target) == before
    assert is_closed(source)
    with closing(opened(source)) as here, pytest.raises(LedgerMoved):
        do(here, create("late"))
    with closing(opened(target)) as there, closing(opened(source)) as here:
        there.keep_apart(sandbox=True)
        assert there.recipient_stream("+15551230001") == here.recipient_stream("+15551230001")
        assert there._recorder.read_meta("played_by") == SANDBOX
        do(there, create("goes_on"))
        assert feed(there)[-1].position == here.position + 1


@pytest.mark.parametrize("is_done_first", [False, True])
def test_broken_off_at_any_write_it_goes_on(places: tuple[Place, Place], is_done_first: bool) -> None:
    source, target = places
    before = fill(source, 8)

    with small_batches():
        for dies_at in (1, 2, 1) if is_done_first else (1, 2, 2, 3):
            with pytest.raises(Killed):
                copy(source, target, dies_at=dies_at, is_done_first=is_done_first)
        copy(source, target)

    assert table(target) == before
    assert is_closed(source)


def test_a_copy_that_is_not_complete_is_not_used(places: tuple[Place, Place]) -> None:
    source, target = places
    fill(source, 8)

    with small_batches(), pytest.raises(Killed):
        copy(source, target, dies_at=3)

    with pytest.raises(LedgerUnusable, match="a copy into this ledger is not complete"):
        opened(target)
    assert not is_closed(source)


def test_broken_off_once_the_source_was_closed_it_is_finished(places: tuple[Place, Place]) -> None:
    source, target = places
    before = fill(source, 3)

    with pytest.raises(Killed):
        copy(source, target, dies_closed=True)
    assert is_closed(source)
    done = copy(source, target)
    again = copy(source, target)

    assert table(target) == before
    assert (done.was_there, again.was_there) == (False, True)
    assert (done.events, done.last_position) == (again.events, again.last_position) == (4, before[-1][0])


def test_what_another_process_records_meanwhile_goes_along(tmp_path: Path, postgres: Server) -> None:
    url, late = postgres.new_database(), iter(["one", "two"])
    fill(url, 3)

    def meanwhile(ledger: Ledger) -> None:
        for name in late:
            do(ledger, create(name), "webhooks")
            return

    copy(url, tmp_path, meanwhile=meanwhile)

    assert table(tmp_path) == table(url)[:-1]
    assert [row[1] for row in table(tmp_path)][-2:] == ["campaign:one", "campaign:two"]


@settings(max_examples=examples(40))
@given(
    events=st.integers(1, 9),
    cuts=st.lists(st.tuples(st.integers(1, 7), st.booleans(), st.booleans()), max_size=4),
)
def test_any_cuts_give_the_same_table(events: int, cuts: list[tuple[int, bool, bool]]) -> None:
    with TemporaryDirectory(dir="/dev/shm") as folder, small_batches():
        source, target = Path(folder) / "here", Path(folder) / "there"
        source.mkdir()
        target.mkdir()
        before = fill(source, events)
        for dies_at, is_done_first, dies_closed in cuts:
            try:
                copy(source, target, dies_at=dies_at, is_done_first=is_done_first, dies_closed=dies_closed)
            except Killed:
                continue
        copy(source, target)

        assert table(target) == before
        assert [row[3] for row in table(source)].count(LedgerClosed.NAME) == 1


def test_where_the_copy_is_lost_the_closed_ledger_is_copied_again(places: tuple[Place, Place], tmp_path: Path) -> None:
    source, lost = places
    second = tmp_path / "second"
    second.mkdir()
    before = fill(source, 8)
    copy(source, lost)
    left = table(source)

    with small_batches():
        for dies_at in (2, 3):  # broken off and gone on with
            with pytest.raises(Killed):
                copy(source, second, dies_at=dies_at, is_lost=True)
        with pytest.raises(Conflict, match="go on there; where that is lost for good, copy again with --again"):
            copy(source, second)
        done = copy(source, second, is_lost=True)
        again = copy(source, second, is_lost=True)

    assert table(second) == before
    assert (done.events, done.was_there, again.was_there) == (9, False, True)
    assert table(source) == left
    with closing(opened(second)) as there:
        do(there, create("goes_on"))
        assert feed(there)[-1].position == left[-1][0] + 1
    fill(tmp_path, 1)
    with pytest.raises(Conflict, match="there is a ledger with events already"):
        copy(source, tmp_path, is_lost=True)


class TestRefused:
    """Nothing is overwritten, nothing goes on in two places, and nothing is closed for a copy that is not the same."""

    def test_a_ledger_with_events_is_no_target(self, tmp_path: Path) -> None:
        source, target = folders(tmp_path)
        fill(source, 1)
        others = fill(target, 2)

        with pytest.raises(Conflict, match="there is a ledger with events already"):
            copy(source, target)
        assert table(target) == others
        assert not is_closed(source)

    def test_a_closed_ledger_goes_to_no_second_place(self, tmp_path: Path) -> None:
        source, target = folders(tmp_path)
        fill(source, 1)
        copy(source, target)
        (tmp_path / "second").mkdir()

        with pytest.raises(Conflict, match="was closed when it was copied to elsewhere: go on there"):
            copy(source, tmp_path / "second")

    def test_a_copy_of_another_ledger_is_not_gone_on_with(self, tmp_path: Path) -> None:
        source, target = folders(tmp_path)
        fill(source, 1)
        with pytest.raises(Killed):
            copy(source, target, dies_at=2)
        with closing(open_side(target, is_source=False)) as side:
            side.begin({**side.meta(), "copying": '{"copy_id": "x", "key_check": "of another"}'})

        with pytest.raises(Conflict, match="another ledger is being copied there"):
            copy(source, target)

    @pytest.mark.parametrize("what", ["changed", "missing"])
    def test_a_difference_is_found_before_anything_is_closed(self, tmp_path: Path, what: str) -> None:
        source, target = folders(tmp_path)
        fill(source, 4)
        with small_batches(1), pytest.raises(Killed):
            copy(source, target, dies_at=4)
        with closing(open_side(target, is_source=False)) as side:
            spoil(side, what)

        with pytest.raises(LedgerUnusable, match=r"differs from the ledger at position 2;"):
            copy(source, target)
        assert not is_closed(source)


def spoil(side: Side, what: str) -> None:
    first, second = side.rows(0, 10)
    [datastore] = [side._recorder.datastore]  # type: ignore[attr-defined]
    with datastore.transaction(commit=True) as cursor:
        cursor.execute("DELETE FROM stored_events")
        rows = {"changed": [first, (*second[:4], second[4] + b" ")], "missing": [first]}[what]
        cursor.executemany("INSERT INTO stored_events VALUES (?,?,?,?,?)", rows)
        if what == "missing":
            cursor.execute("INSERT INTO stored_events VALUES (3, 'campaign:x', 1, 'campaign.created', x'')")


def folders(beside: Path) -> tuple[Path, Path]:
    here, there = beside / "here", beside / "there"
    here.mkdir()
    there.mkdir()
    return here, there
