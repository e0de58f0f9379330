from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adapters.ledger import open_reader
from adapters.verifiable_log.checkpoint import read_checkpoint
from adapters.verifiable_log.tiles import TILE_WIDTH
from adapters.verifiable_log.tree import verify_inclusion
from application.evidence.places import EventPlaces
from application.log_keeping.keeper import leaf_of
from domain.errors import LedgerUnusable, NotFound
from tests.application.copied_ledgers import Place
from tests.application.log_keeping.ledgers import MINUTE, T0, alter, made, place, put, rows, signed, store_of

__all__ = ["place"]
CLOSED = (5_000, "ledger:", 1, "ledger.closed", b"{}")  # in the ledger, and not in the log


def located(where: Place, size: int | None = None) -> EventPlaces:
    folder, url = (where, None) if isinstance(where, Path) else (Path(), where)
    with closing(open_reader(folder, url)) as reader, store_of(where) as store:
        found = EventPlaces(reader, store, size)
        root = read_checkpoint(found.checkpoint.note.encode()).root
        for row in reader.read_rows(0, 2_000):
            if row[0] <= found.head.position and row != CLOSED:
                index, hashes = found.proof(row)
                verify_inclusion(leaf_of(row), index, found.head.size, hashes, root)
        return found


def test_each_event_is_proven_where_it_stands_whatever_gaps_there_are(place: Place, tmp_path: Path) -> None:
    made(place, 700)
    signed(place, tmp_path)
    put(place, [*rows(100, after=700), *rows(232, after=801), CLOSED])
    signed(place, tmp_path, now=T0 + MINUTE)

    assert located(place).head.size == 1_032
    then = located(place, 700)
    assert (then.head.size, then.head.position) == (700, 707)
    with pytest.raises(NotFound, match="no checkpoint over 701 events is kept; the nearest is over 700"):
        located(place, 701)


def test_before_the_first_checkpoint_nothing_can_be_proven(place: Place) -> None:
    made(place, 3)
    with pytest.raises(NotFound, match="no checkpoint yet"):
        located(place)


def test_where_the_ledger_is_another_one_nothing_is_proven(place: Place, tmp_path: Path) -> None:
    made(place, 300)
    signed(place, tmp_path)
    alter(place, "UPDATE stored_events SET originator_version=2 WHERE rowid=5")
    with pytest.raises(LedgerUnusable, match="at position 5 the ledger has not what the log has"):
        located(place)
    alter(place, "DELETE FROM stored_events WHERE rowid>200")
    with pytest.raises(LedgerUnusable, match="the ledger lacks events that the log has"):
        located(place)


def test_of_events_far_apart_only_the_rows_around_the_last_one_are_kept(tmp_path: Path) -> None:
    made(tmp_path, 1_500)
    signed(tmp_path, tmp_path)
    with closing(open_reader(tmp_path, None)) as reader, store_of(tmp_path) as store:
        found = EventPlaces(reader, store)
        for row in rows(1_500)[::300]:
            found.proof(row)
        assert _rows_in(vars(found)) == TILE_WIDTH


def _rows_in(held: Any) -> int:
    """How many of the ledger's rows something holds."""
    values = held.values() if isinstance(held, dict) else held
    if (
        isinstance(held, tuple)
        and len(held) == len(CLOSED)
        and isinstance(held[-1], bytes)
        and isinstance(held[1], str)
    ):
        return 1
    return sum(_rows_in(one) for one in values if isinstance(one, dict | tuple | list))
