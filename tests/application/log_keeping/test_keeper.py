"""The log has what the ledger has, in whatever batches, after whatever restart; and notices another ledger."""

from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.ledger.recorder import Row
from adapters.verifiable_log.leaf import entry
from adapters.verifiable_log.store import LogHead, LogStore
from adapters.verifiable_log.tree import Frontier, leaf_hash, root_of
from application.log_keeping.keeper import LogKeeper
from domain.errors import Conflict, LedgerUnusable
from tests.application.copied_ledgers import Place
from tests.application.log_keeping.ledgers import ORIGIN, alter, caught_up, keeper_of, made, put, row, rows, store_of


def root_over(events: list[Row]) -> bytes:
    frontier = Frontier()
    for one in events:
        frontier.append(leaf_hash(entry(*one)))
    return frontier.root()


def kept_root(place: Place) -> bytes:
    with store_of(place) as store:
        head = store.head()
        assert head is not None
        assert root_of(head.size, store.reader(head)) == store.tree(head).root()
        return store.tree(head).root()


def test_it_takes_in_all_and_goes_on_after_a_restart(place: Place) -> None:
    events = made(place, 700)

    with keeper_of(place, 300) as keeper:
        steps = [keeper.step(), keeper.step(), keeper.step(), keeper.step()]

    assert steps == [True, True, False, False]
    assert kept_root(place) == root_over(events)
    put(place, rows(100, after=700))
    assert caught_up(place).head == LogHead(1, ORIGIN, 800, 808)
    assert kept_root(place) == root_over(rows(800))


def read_of(events: list[Row], after: int, most: int) -> list[Row]:
    return [one for one in events if one[0] > after][:most]


@given(counts=st.lists(st.integers(0, 600), max_size=4), batch=st.integers(1, 700))
def test_of_whatever_size_the_batches_are(
    tmp_path_factory: pytest.TempPathFactory, counts: list[int], batch: int
) -> None:
    events: list[Row] = []
    with closing(LogStore(tmp_path_factory.mktemp("log"))) as store:
        for count in counts:
            events += rows(count, after=len(events))
            keeper = LogKeeper(partial(read_of, events), store, ORIGIN, batch)
            while keeper.step():
                pass
        head = store.head()
        assert (0 if head is None else head.size) == len(events)
        if head is not None:
            assert store.tree(head).root() == root_over(events)
            for number, begins in enumerate(events[::256]):
                assert store.leaves(head, number)[0] == begins[0]
                assert store.tile_with(head, begins[0]) == number
                assert store.tile_with(head, events[min(len(events), (number + 1) * 256) - 1][0]) == number


def test_of_two_that_keep_it_one_stands_back(place: Place) -> None:
    made(place, 400)
    with keeper_of(place, 100) as one, keeper_of(place, 100) as other:
        taken = [one.step(), other.step(), one.step()]

        assert (taken, one.stood_back, other.stood_back) == ([True, True, False], True, False)
        while one.step():
            pass
        assert one.head == LogHead(1, ORIGIN, 400, 404)
        assert not one.stood_back
        assert [other.step(), other.step()] == [False, False]
        assert other.head == one.head
        assert kept_root(place) == root_over(rows(400))


@pytest.mark.parametrize(("back_to", "since"), [(299, 300), (256, 257), (10, 11), (0, 1)])
def test_a_ledger_that_was_put_back_is_noticed_and_named(place: Place, back_to: int, since: int) -> None:
    events = made(place, 700)
    caught_up(place)
    alter(place, f"DELETE FROM stored_events WHERE rowid > {events[back_to - 1][0] if back_to else 0}")

    cut = caught_up(place)
    put(place, [row(one[0], "another") for one in events[back_to:]])
    other = caught_up(place)

    first = events[since - 1][0]
    for keeper in (cut, other):
        assert keeper.fork is not None
        # where a gap in the positions comes next, it may be that the first event that is missing was in there
        assert f"at position {first} it differs" in keeper.fork or f"at position {first - 1} it differs" in keeper.fork
        assert keeper.head == LogHead(1, ORIGIN, 700, 707)


def test_once_the_right_ledger_is_back_it_goes_on(place: Place) -> None:
    made(place, 30)
    caught_up(place)
    alter(place, "DELETE FROM stored_events WHERE rowid > 20")
    with keeper_of(place) as keeper:
        forks = []
        for count in (0, 20):
            put(place, rows(20, after=20)[:count])
            keeper.step()
            forks.append(keeper.fork is not None)

        assert forks == [True, False]
        assert keeper.head == LogHead(1, ORIGIN, 40, 40)


def test_a_new_log_is_begun_by_a_new_name_and_no_earlier_name_is_taken_again(place: Place) -> None:
    made(place, 30)
    caught_up(place)
    alter(place, "DELETE FROM stored_events WHERE rowid > 20")

    with keeper_of(place, origin="example.org/second") as keeper:
        keeper.step()

        assert keeper.fork is None
        assert keeper.head == LogHead(2, "example.org/second", 20, 20)
    with store_of(place) as store:
        assert store.heads() == [LogHead(1, ORIGIN, 30, 30), LogHead(2, "example.org/second", 20, 20)]
    with keeper_of(place) as keeper, pytest.raises(Conflict, match="was kept here before"):
        keeper.step()


def test_the_last_word_of_a_place_that_was_left_is_not_in_the_log(place: Place) -> None:
    made(place, 30)
    put(place, [(31, "ledger:", 1, "ledger.closed", b"{}")])

    assert caught_up(place).head == LogHead(1, ORIGIN, 30, 30)


def test_a_store_that_was_lost_is_made_again_and_a_damaged_one_is_said(tmp_path: Path) -> None:
    made(tmp_path, 300)
    caught_up(tmp_path)
    before = kept_root(tmp_path)
    for file in tmp_path.glob("log.db*"):
        file.unlink()

    caught_up(tmp_path)

    assert kept_root(tmp_path) == before
    alter(tmp_path, "log.db: UPDATE log_tile SET hashes=x'00' WHERE number=1")
    with keeper_of(tmp_path) as keeper, pytest.raises(LedgerUnusable, match="lacks hashes of tile/0/001"):
        keeper.step()
    (tmp_path / "log.db").write_bytes(b"no database at all, but long enough to be looked at" * 100)
    with keeper_of(tmp_path) as keeper, pytest.raises(LedgerUnusable, match=r"log\.db cannot be used"):
        keeper.step()
