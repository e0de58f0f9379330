"""What lies where checkpoints go is compared before each time that something is written there."""

from pathlib import Path

import pytest

from application.log_keeping.publishing import CHECKPOINT_FILE
from tests.application.copied_ledgers import Place
from tests.application.log_keeping.ledgers import (
    MINUTE,
    T0,
    alter,
    caught_up,
    made,
    put,
    rows,
    signed,
    signer_of,
    store_of,
)
from tests.application.log_keeping.test_verified import CHANGE, FORGET_LOG


@pytest.fixture
def share(place: Place, tmp_path: Path) -> Path:
    """Has the checkpoint of 300 events; then one was altered, and log and checkpoint taken away beside the ledger."""
    share = tmp_path / "mount" / "share"
    share.mkdir(parents=True)
    made(place, 300)
    signed(place, tmp_path, [share])
    alter(place, CHANGE.format(57), *FORGET_LOG)
    (tmp_path / CHECKPOINT_FILE).unlink()
    return share


def test_nothing_is_signed_while_a_place_cannot_be_read_and_what_lies_there_stays(
    place: Place, tmp_path: Path, share: Path
) -> None:
    honest = (share / CHECKPOINT_FILE).read_bytes()
    (tmp_path / "mount").rename(tmp_path / "away")
    head = caught_up(place).head
    assert head is not None
    with store_of(place) as store:
        signer = signer_of(place, tmp_path, store, [share])
        signer.tick(head, T0 + MINUTE)
        assert signer.newest is None
        assert signer.notes == [
            f"nothing is signed while the log's checkpoint at {share} (No such file or directory) cannot be read"
        ]
        (tmp_path / "away").rename(tmp_path / "mount")
        signer.tick(head, T0 + MINUTE)
        assert signer.fork is not None

    assert signer.newest is None
    assert (share / CHECKPOINT_FILE).read_bytes() == honest


def test_what_came_back_after_the_first_signature_is_not_written_over(
    place: Place, tmp_path: Path, share: Path
) -> None:
    honest = (share / CHECKPOINT_FILE).read_bytes()
    away = share.rename(tmp_path / "away")
    head = caught_up(place).head
    assert head is not None
    with store_of(place) as store:
        signer = signer_of(place, tmp_path, store, [share])
        signer.tick(head, T0 + MINUTE)
        share.unlink()  # it is a file then, for no directory was there
        away.rename(share)
        signer.tick(head, T0 + 2 * MINUTE)
        assert signer.fork is not None

    assert (share / CHECKPOINT_FILE).read_bytes() == honest


def test_the_last_of_a_day_is_looked_at_too(place: Place, tmp_path: Path, share: Path) -> None:
    (share / CHECKPOINT_FILE).unlink()

    signer = signed(place, tmp_path, [share], now=T0 + MINUTE)

    assert signer.fork is not None
    assert f"{share / CHECKPOINT_FILE}-2026-11-30 has a signed checkpoint of this log" in signer.fork


def test_a_log_that_goes_on_is_signed_as_before(place: Place, tmp_path: Path) -> None:
    made(place, 3)
    (tmp_path / "share").mkdir()
    for minutes in range(3):
        put(place, rows(1, after=3 + minutes))
        signer = signed(place, tmp_path, [tmp_path / "share"], now=T0 + minutes * MINUTE)
        assert (signer.fork, signer.notes) == (None, [])
        assert signer.newest is not None
        assert signer.newest.size == 4 + minutes
