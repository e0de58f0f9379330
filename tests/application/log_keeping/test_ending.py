"""A ledger that is left has its log brought to its end, and signed there."""

from pathlib import Path

import pytest

from application.log_keeping.ending import end_log
from application.log_keeping.keeper import LogKeeper
from domain.errors import LedgerUnusable
from tests.application.copied_ledgers import Place
from tests.application.log_keeping.ledgers import (
    MINUTE,
    ORIGIN,
    T0,
    alter,
    made,
    place,
    put,
    read_rows_of,
    rows,
    signed,
    signer_of,
    store_of,
)
from tests.application.log_keeping.test_verified import found, verified

__all__ = ["place"]


def ended(place: Place, folder: Path) -> str | None:
    with store_of(place) as store:
        keeper = LogKeeper(read_rows_of(place), store, ORIGIN, rows_a_batch=10)
        return end_log(keeper, signer_of(place, folder, store), lambda: T0 + MINUTE / 60)


def test_what_was_in_no_log_yet_is_signed_though_it_is_not_time(place: Place, tmp_path: Path) -> None:
    made(place, 300)
    signed(place, tmp_path)
    put(place, rows(25, after=300))

    assert ended(place, tmp_path) is None
    told = verified(place)
    assert (told.holds, told.events, told.not_logged, told.signed) == (True, 325, 0, 325)
    assert ended(place, tmp_path) is None  # again: nothing is new


def test_without_its_key_it_is_taken_in_and_told(place: Place, tmp_path: Path) -> None:
    made(place, 300)
    signed(place, tmp_path)
    put(place, rows(2, after=300))
    (tmp_path / "keys" / "log.key").unlink()

    told = ended(place, tmp_path)

    assert told is not None
    assert told.startswith("2 events are in the log, and under no checkpoint of it: the log's key is not in ")
    assert verified(place).not_logged == 0


def test_a_ledger_that_is_not_the_log_s_is_left_by_nobody(place: Place, tmp_path: Path) -> None:
    made(place, 300)
    signed(place, tmp_path)
    alter(place, "UPDATE stored_events SET topic='campaign.started' WHERE rowid=303")

    with pytest.raises(LedgerUnusable, match="the ledger is not the one that the log"):
        ended(place, tmp_path)
    assert found(verified(place))[0] == ("changed", 303)
