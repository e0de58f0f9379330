"""A ledger that is left has its log brought to its end, and signed there."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.verifiable_log.key_file import LogKeys
from adapters.verifiable_log.store import LogHead
from application.log_keeping.ending import end_log
from application.log_keeping.keeper import LogKeeper
from application.log_keeping.publishing import CHECKPOINT_FILE, CheckpointPlaces
from application.log_keeping.signer import AskWitnesses, LogSigner, Witnessed
from domain.errors import Conflict, LedgerUnusable, NotReady
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


def test_the_witnesses_are_asked_for_it_though_another_process_signed_it_and_it_ends_without_them(
    place: Place, tmp_path: Path
) -> None:
    made(place, 300)
    signed(place, tmp_path)
    said: list[bytes] = []

    def asked(answers: bool) -> AskWitnesses:
        def ask(_: LogHead, note: bytes) -> Witnessed:
            said.append(note)
            if not answers:
                raise NotReady("the network is not there")
            return Witnessed(
                note + b"\xe2\x80\x94 example.org/witness d2l0bmVzcw==\n", ["the witness silent did not cosign"]
            )

        return ask

    with capture_logs() as lines:
        for answers in (False, True):
            with store_of(place) as store:
                signer = LogSigner(store, LogKeys(tmp_path, bytes), CheckpointPlaces(tmp_path), MINUTE, asked(answers))
                keeper = LogKeeper(read_rows_of(place), store, ORIGIN)
                assert end_log(keeper, signer, lambda: T0 + MINUTE / 60) is None

    assert len(said) == 2
    assert (tmp_path / CHECKPOINT_FILE).read_bytes().startswith(said[0])
    assert b"example.org/witness" in (tmp_path / CHECKPOINT_FILE).read_bytes()
    assert [one["why"] for one in lines if "without a cosignature" in one["event"]] == [
        "the log's witnesses could not be asked: the network is not there",
        "the witness silent did not cosign",
    ]


def test_a_witness_that_knows_another_history_lets_nobody_leave(place: Place, tmp_path: Path) -> None:
    made(place, 3)

    def refuse(head: LogHead, note: bytes) -> Witnessed:
        raise Conflict("it has cosigned another history")

    with store_of(place) as store:
        signer = LogSigner(store, LogKeys(tmp_path, bytes), CheckpointPlaces(tmp_path), MINUTE, refuse)
        with pytest.raises(LedgerUnusable, match="another history"):
            end_log(LogKeeper(read_rows_of(place), store, ORIGIN), signer, lambda: T0)


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
