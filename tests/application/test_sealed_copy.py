"""A ledger that is not sealed, copied into one that is: it says the same, and its log names what the old one came to."""

from base64 import b64decode
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from adapters.keys import KEYS_FILE, KeyTable
from adapters.ledger import Ledger, Sealing, open_reader, open_side, open_sqlite_ledger
from adapters.ledger.key_tables import keys_of
from adapters.ledger.postgres import open_postgres_ledger
from adapters.ledger.sealed_copy import SealingCopy
from adapters.verifiable_log.growing import GrowingTree
from application.copying import Copied
from application.log_keeping.keeper import LogKeeper, leaf_of
from application.log_keeping.verified import Verified, verify
from domain.errors import Conflict, LedgerUnusable
from domain.identity import SEALED_STREAM
from domain.ledger_life import LedgerSealed
from tests.adapters.ledger.stage import KEY, NUMBER, SEALING, T0, Clock, create, do, enroll, event_ids
from tests.application.copied_ledgers import Killed, Place, copy, is_closed, small_batches, table
from tests.application.log_keeping.ledgers import ORIGIN, alter, read_rows_of, signer_of, store_of

PERSON = "recipient:00112233445566778899aabbccddeeff"


def opened(place: Place, *, begins: bool = False) -> Ledger:
    """As a sealed one where it is one."""
    sealing = Sealing(new_bytes=SEALING.new_bytes, begins=begins)
    how = {"clock": Clock(), "new_event_id": event_ids(), "new_key": lambda _: KEY, "sealing": sealing}
    if isinstance(place, Path):
        return open_sqlite_ledger(place, **how)  # type: ignore[arg-type]
    return open_postgres_ledger(place, **how)  # type: ignore[arg-type]


def keys_at(place: Place) -> KeyTable:
    return keys_of(
        place if isinstance(place, Path) else Path(), None if isinstance(place, Path) else place, writes=True
    )


def sealed(source: Place, target: Place, **more: object) -> Copied:
    with closing(keys_at(target)) as keys:
        sealer = SealingCopy(keys, ORIGIN, new_bytes=SEALING.new_bytes, new_event_id=lambda: "first", clock=lambda: T0)
        return copy(source, target, sealer=sealer, **more)  # type: ignore[arg-type]


@pytest.fixture(params=["to_folder", "to_postgres", "from_postgres"])
def places(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Place, Place]:
    monkeypatch.setattr("tests.application.copied_ledgers.opened", opened)  # that never begins as a sealed one
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    if request.param == "to_folder":
        return here, there
    url = request.getfixturevalue("postgres").new_database()
    return (here, url) if request.param == "to_postgres" else (url, there)


@pytest.fixture
def source(places: tuple[Place, Place]) -> Place:
    with closing(opened(places[0])) as ledger:
        for n in range(7):
            do(ledger, create(f"c{n}"))
        do(ledger, enroll(PERSON, "c0"))
    return places[0]


def said(place: Place) -> list[object]:
    with closing(opened(place)) as ledger:
        return [one for one in ledger.replay() if one.event.NAME != "ledger.closed"]


def logged(place: Place, folder: Path, origin: str = ORIGIN) -> Verified:
    """Its log is brought to its end and signed; then all is looked at."""
    folder.mkdir(exist_ok=True)
    with store_of(place) as store:
        keeper = LogKeeper(read_rows_of(place), store, origin, rows_a_batch=3)
        while keeper.step():
            pass
        assert keeper.fork is None
        assert keeper.head is not None
        signer_of(place, folder, store).tick(keeper.head, T0)
        return verify(read_rows_of(place), store)


def test_it_says_the_same_sealed_and_its_first_leaf_is_the_old_log(
    source: Place, places: tuple[Place, Place], tmp_path: Path
) -> None:
    before, rows, target = said(source), table(source), places[1]
    old = logged(source, tmp_path / "old")
    with small_batches():
        done = sealed(source, target)

    assert done == Copied(events=8, last_position=8)
    assert is_closed(source)
    assert said(target) == before
    with closing(open_side(target, is_source=True)) as side:
        first, *others = side.rows(-1, 100)
    assert [row[:4] for row in others] == [row[:4] for row in rows]
    assert NUMBER.encode() in b"".join(row[4] for row in rows)
    assert NUMBER.encode() not in b"".join(row[4] for row in others)
    tree = GrowingTree()
    tree.extend([leaf_of(row) for row in rows])
    with closing(opened(target)) as ledger:
        [one] = ledger.read_stream(SEALED_STREAM)
        assert ledger.sealed is not None
        assert ledger.sealed.is_copy
        event = cast("LedgerSealed", one.event)
        assert (one.position, event.origin, event.size, event.last_position) == (0, ORIGIN, old.signed, 8)
        assert b64decode(event.root) == tree.root()
        assert do(ledger, create("goes_on")) == "goes_on"
    told = logged(target, tmp_path / "new", "example.org/sealed")
    assert (told.holds, told.events, told.not_logged, told.signed) == (True, 10, 0, 10)
    assert first[0] == 0


@pytest.mark.parametrize(
    "what", ["UPDATE stored_events SET topic='x' WHERE rowid=0", "DELETE FROM stored_events WHERE rowid=0"]
)
def test_what_is_done_to_the_first_leaf_is_named(
    source: Place, places: tuple[Place, Place], tmp_path: Path, what: str
) -> None:
    sealed(source, places[1])
    assert logged(places[1], tmp_path).holds
    alter(places[1], what)

    with store_of(places[1]) as store:
        found = verify(read_rows_of(places[1]), store).findings
    assert found[0].position in {0, 1}


@pytest.mark.parametrize("is_done_first", [False, True])
def test_broken_off_at_any_write_it_goes_on(source: Place, places: tuple[Place, Place], is_done_first: bool) -> None:
    before = said(source)
    with small_batches():
        for dies_at in (1, 2, 1) if is_done_first else (1, 2, 2, 3):
            with pytest.raises(Killed):
                sealed(source, places[1], dies_at=dies_at, is_done_first=is_done_first)
        with pytest.raises(Conflict, match="this copy was begun with --seal"):
            copy(source, places[1])
        with pytest.raises(Killed):
            sealed(source, places[1], dies_closed=True)
        sealed(source, places[1])

    assert said(places[1]) == before


@pytest.mark.parametrize(("first", "then", "how"), [(copy, sealed, "without --seal"), (sealed, copy, "with --seal")])
def test_one_that_is_complete_is_not_told_as_one_of_the_other_kind(
    source: Place, places: tuple[Place, Place], first: Callable[..., object], then: Callable[..., object], how: str
) -> None:
    first(source, places[1])

    with pytest.raises(Conflict, match=f"this copy was complete {how}: give the command {how}"):
        then(source, places[1])


def test_a_sealed_copy_is_copied_on_with_what_stands_before_all(
    source: Place, places: tuple[Place, Place], tmp_path: Path
) -> None:
    sealed(source, places[1])
    third = tmp_path / "third"
    third.mkdir()
    copy(places[1], third)

    with closing(open_side(places[1], is_source=True)) as one, closing(open_side(third, is_source=True)) as other:
        assert other.rows(-1, 100) == one.rows(-1, 100)[:-1]
        assert other.rows(-1, 1)[0][0] == 0


def test_what_this_version_does_not_know_is_not_lost(source: Place, places: tuple[Place, Place]) -> None:
    before, after = '"limits":{', '"limits":{"newer":1,'
    alter(
        source,
        f"UPDATE stored_events SET state=CAST(replace(CAST(state AS TEXT), '{before}', '{after}') AS BLOB) WHERE rowid=1"
        if isinstance(source, Path)
        else f"UPDATE stored_events SET state=convert_to(replace(convert_from(state, 'UTF8'), '{before}', '{after}'), 'UTF8') "
        "WHERE rowid=1",
    )
    with pytest.raises(
        LedgerUnusable, match=r"at position 1 has 'plan\.limits\.newer', which this Dialtrail does not know"
    ):
        sealed(source, places[1])
    assert not is_closed(source)


@pytest.mark.parametrize("before", ['"event":{', '{"event_id"'])
def test_nor_is_a_field_of_the_event_itself_or_beside_it(tmp_path: Path, before: str) -> None:
    state = '{"event_id":"1","recorded_at":"2026-03-02T08:00:00Z","metadata":{},"event":{"reason":"no"}}'
    after = '{"newer":1,"event_id"' if before.startswith("{") else '"event":{"newer":1,'
    row = (3, "campaign:spring", 2, "campaign.canceled", state.encode())
    with closing(keys_at(tmp_path)) as keys:
        sealer = SealingCopy(keys, ORIGIN, new_bytes=SEALING.new_bytes, new_event_id=lambda: "first", clock=lambda: T0)
        assert sealer.stored(row)[:4] == row[:4]
        with pytest.raises(LedgerUnusable, match="the event at position 3 has 'newer', which this Dialtrail does not"):
            sealer.stored((*row[:4], state.replace(before, after).encode()))


def test_a_reader_opens_what_was_sealed(source: Place, places: tuple[Place, Place]) -> None:
    sealed(source, places[1])
    folder, url = (places[1], None) if isinstance(places[1], Path) else (Path(), places[1])
    with closing(open_reader(folder, url)) as reader:
        assert [one.event.NAME for one in reader.read_feed(0, 100)][-1] == "recipient.enrolled"
    if isinstance(places[1], Path):
        assert (places[1] / KEYS_FILE).exists()
