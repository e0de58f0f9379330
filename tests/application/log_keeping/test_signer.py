"""What the log has come to is signed by its key alone, told elsewhere, and never in place of what was told before."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.verifiable_log.checkpoint import open_checkpoint
from adapters.verifiable_log.key_file import KEY_FILE, NEXT_FILE, LogKeys
from adapters.verifiable_log.note import VerifierKey
from adapters.verifiable_log.store import KeptCheckpoint, LogHead, LogStore
from application.log_keeping.keeper import LogKeeper
from application.log_keeping.publishing import CHECKPOINT_FILE, CheckpointPlaces
from application.log_keeping.signer import LogSigner, Witnessed
from domain.errors import Conflict, NotReady
from tests.application.copied_ledgers import Place
from tests.application.log_keeping.ledgers import (
    MINUTE,
    ORIGIN,
    T0,
    alter,
    caught_up,
    made,
    put,
    read_rows_of,
    row,
    rows,
    signed,
    signer_of,
    store_of,
)


def opened_with(note: bytes, *keys: str) -> tuple[int, int]:
    """Over how many leaves, and by how many known keys."""
    opened = open_checkpoint(note, ORIGIN, [VerifierKey.parse(key) for key in keys])
    return opened.checkpoint.size, len(opened.note.signed)


def keys_of(place: Place) -> list[str]:
    with store_of(place) as store:
        return store.signing_keys()


def test_the_first_checkpoint_makes_a_key_that_only_its_owner_reads(place: Place, tmp_path: Path) -> None:
    made(place, 300)

    signer = signed(place, tmp_path)

    assert signer.newest is not None
    assert (signer.newest.size, signer.newest.at) == (300, T0.timestamp())
    assert (tmp_path / CHECKPOINT_FILE).read_text() == signer.newest.note
    assert opened_with((tmp_path / CHECKPOINT_FILE).read_bytes(), *keys_of(place)) == (300, 1)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys", tmp_path / "keys" / KEY_FILE)]
    assert modes == [0o700, 0o600]
    assert (tmp_path / "keys" / KEY_FILE).read_text().startswith("PRIVATE+KEY+")
    with store_of(place) as store:
        assert store.newest() == signer.newest
        assert store.checkpoints(1) == [signer.newest]


def test_it_signs_when_it_is_time_and_something_is_new(place: Place, tmp_path: Path) -> None:
    made(place, 3)
    with store_of(place) as store:
        keeper, signer = LogKeeper(read_rows_of(place), store, ORIGIN), signer_of(place, tmp_path, store)
        sizes: list[int] = []
        for minutes, more in ((0, 0), (0.5, 1), (0.99, 0), (1, 0), (2, 0), (2.5, 1)):
            if more:
                put(place, rows(more, after=3 + len(sizes)))
            keeper.step()
            assert keeper.head is not None
            signer.tick(keeper.head, T0 + minutes * MINUTE)
            assert signer.newest is not None
            sizes.append(signer.newest.size)
        assert sizes == [3, 3, 3, 4, 4, 5]


def test_at_the_end_what_is_new_is_signed_at_once(place: Place, tmp_path: Path) -> None:
    made(place, 3)
    signed(place, tmp_path)
    put(place, rows(1, after=3))
    head = caught_up(place).head
    assert head is not None
    with store_of(place) as store:
        signer = signer_of(place, tmp_path, store)
        signer.tick(head, T0 + MINUTE / 60, at_once=True)
        signer.tick(head, T0 + MINUTE / 60, at_once=True)

        assert [one.size for one in store.checkpoints(1)] == [3, 4]


def test_a_file_and_a_directory_elsewhere_have_it(tmp_path: Path) -> None:
    made(tmp_path, 3)
    folder = tmp_path / "elsewhere"
    folder.mkdir()

    signer = signed(tmp_path, tmp_path, [folder, tmp_path / "other"])

    note = (tmp_path / CHECKPOINT_FILE).read_bytes()
    assert (tmp_path / "other").read_bytes() == note
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "checkpoint": note,
        "checkpoint-2026-11-30": note,
    }
    assert signer.notes == []


def test_with_a_new_key_one_checkpoint_has_both_and_the_next_the_new_one_alone(place: Place, tmp_path: Path) -> None:
    made(place, 3)
    signed(place, tmp_path)
    [first] = keys_of(place)
    keys = LogKeys(tmp_path, b"another seed".ljust)
    second = keys.make_next().key.text
    with pytest.raises(Conflict, match="a new key is there already"):
        keys.make_next()

    put(place, rows(1, after=3))
    both = signed(place, tmp_path, now=T0 + MINUTE).newest
    put(place, rows(1, after=4))
    new = signed(place, tmp_path, now=T0 + 2 * MINUTE).newest

    assert keys_of(place) == [first, second]
    assert both is not None
    assert new is not None
    assert opened_with(both.note.encode(), first, second) == (4, 2)
    assert opened_with(new.note.encode(), first, second) == opened_with(new.note.encode(), second) == (5, 1)
    assert not (tmp_path / "keys" / NEXT_FILE).exists()


def test_with_another_servers_key_or_none_or_one_that_others_read_nothing_is_signed(
    place: Place, tmp_path: Path
) -> None:
    made(place, 3)
    signed(place, tmp_path)
    [known] = keys_of(place)
    bare, foreign = tmp_path / "bare", tmp_path / "foreign"
    bare.mkdir()
    foreign.mkdir()
    other = LogKeys(foreign, b"another seed".ljust).make(ORIGIN)

    with pytest.raises(NotReady, match="the log's key is not in") as gone:
        signed(place, bare)
    assert known in str(gone.value)
    with pytest.raises(NotReady, match="is not the log's, so nothing is signed here") as not_ours:
        signed(place, foreign)
    assert other.key.text in str(not_ours.value)
    (tmp_path / "keys" / KEY_FILE).chmod(0o644)
    with pytest.raises(NotReady, match="can be read by others"):
        signed(place, tmp_path)
    (tmp_path / "keys" / KEY_FILE).chmod(0o600)
    (tmp_path / "keys" / KEY_FILE).write_text("PRIVATE+KEY+secret")
    with pytest.raises(NotReady, match="put the file back from your backup of keys") as damaged:
        signed(place, tmp_path)
    assert "secret" not in str(damaged.value)


def test_what_was_published_before_is_never_signed_otherwise(place: Place, tmp_path: Path) -> None:
    made(place, 300)
    elsewhere = tmp_path / "elsewhere"
    signed(place, tmp_path, [elsewhere])
    # the ledger and all of the log's store are from another time, as of a backup of everything
    (tmp_path / CHECKPOINT_FILE).unlink()
    begin_anew = ("log.db: DELETE FROM log", "log.db: DELETE FROM log_tile", "log.db: DELETE FROM log_checkpoint")
    alter(place, "DELETE FROM stored_events WHERE rowid > 200", *begin_anew)

    cut = signed(place, tmp_path, [elsewhere])
    put(place, [row(position, "another") for position in range(201, 400)])
    caught_up(place)
    other = signed(place, tmp_path, [elsewhere])

    assert cut.fork is not None
    assert f"{elsewhere} has a signed checkpoint of this log over 300 events, and the ledger has 199" in cut.fork
    assert other.fork is not None
    assert "over its first 300 events, and they are not those of the ledger" in other.fork
    assert (cut.newest, other.newest) == (None, None)
    assert not (tmp_path / CHECKPOINT_FILE).exists()


def test_what_nobody_of_us_signed_holds_nothing_up(tmp_path: Path) -> None:
    made(tmp_path, 3)
    (tmp_path / CHECKPOINT_FILE).write_text("no checkpoint")

    signer = signed(tmp_path, tmp_path)

    assert signer.fork is None
    assert signer.newest is not None


def test_once_a_witness_knows_another_history_nothing_more_is_signed(place: Place, tmp_path: Path) -> None:
    made(place, 3)

    def refuse(head: LogHead, note: bytes) -> Witnessed:
        raise Conflict("it has cosigned another history")

    with store_of(place) as store:
        keeper = LogKeeper(read_rows_of(place), store, ORIGIN)
        signer = LogSigner(store, LogKeys(tmp_path, bytes), CheckpointPlaces(tmp_path), MINUTE, refuse)
        for minutes in range(3):
            put(place, rows(1, after=3 + minutes))
            keeper.step()
            assert keeper.head is not None
            signer.tick(keeper.head, T0 + minutes * MINUTE)
            signer.witness()

        assert signer.fork == "it has cosigned another history"
        assert [one.size for one in store.checkpoints(1)] == [4]


def test_the_last_of_each_day_and_the_newest_are_kept(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LogStore, "checkpoints_kept_max", 20)
    day = timedelta(days=1)
    made(place, 3)
    with store_of(place) as store:
        head = store.begin(ORIGIN)
        assert head == LogHead(1, ORIGIN, 0, 0)
        for size in range(1, 31):
            at = T0 + (day if size > 5 else timedelta()) + size * timedelta(seconds=1)
            store.put_checkpoint(1, KeptCheckpoint(size, at.timestamp(), f"note {size}"))

        assert [one.size for one in store.checkpoints(1)] == [5, *range(11, 31)]
