"""Whatever another program does to ledger or log, the first position that does not hold is named, and rightly."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from adapters.verifiable_log.checkpoint import Checkpoint, sign_checkpoint
from adapters.verifiable_log.key_file import LogKeys
from adapters.verifiable_log.note import VerifierKey, made_signer
from adapters.verifiable_log.store import KeptCheckpoint
from application.log_keeping.publishing import CHECKPOINT_FILE
from application.log_keeping.verified import Verified, verify
from domain.errors import InvalidInput
from tests.application.copied_ledgers import Place, copy
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
    store_of,
)

EVENT = "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) VALUES "
MADE_UP = EVENT + "({}, 'campaign:made_up', 1, 'campaign.created', CAST('{{}}' AS BLOB))"
CHANGE = "UPDATE stored_events SET state=CAST('{{}}' AS BLOB) WHERE rowid={}"
FORGET_LOG = ("log.db: DELETE FROM log", "log.db: DELETE FROM log_tile", "log.db: DELETE FROM log_checkpoint")


def move(where: str, by: int) -> tuple[str, str]:
    """In two steps, so that no position is taken twice on the way."""
    return (
        f"UPDATE stored_events SET rowid=-rowid WHERE {where}",
        f"UPDATE stored_events SET rowid=-rowid+({by}) WHERE rowid<0",
    )


SWAP = (
    "UPDATE stored_events SET rowid=-1 WHERE rowid=57",
    "UPDATE stored_events SET rowid=57 WHERE rowid=61",
    "UPDATE stored_events SET rowid=61 WHERE rowid=-1",
)
ALTERATIONS = {
    "a byte": ([CHANGE.format(57)], "changed", 57),
    "the first event": ([CHANGE.format(1)], "changed", 1),
    "the last event": ([CHANGE.format(707)], "changed", 707),
    "another name": (["UPDATE stored_events SET topic='campaign.started' WHERE rowid=257"], "changed", 257),
    "another stream": (["UPDATE stored_events SET originator_id='campaign:x' WHERE rowid=57"], "changed", 57),
    "another version": (["UPDATE stored_events SET originator_version=2 WHERE rowid=57"], "changed", 57),
    "another position": (["UPDATE stored_events SET rowid=100 WHERE rowid=101"], "reordered", 100),
    "one is missing": (["DELETE FROM stored_events WHERE rowid=57"], "missing", 57),
    "several are missing": (["DELETE FROM stored_events WHERE rowid BETWEEN 250 AND 270"], "missing", 250),
    "the first is missing": (["DELETE FROM stored_events WHERE rowid=1"], "missing", 1),
    "one is missing, and the gap closed": (
        ["DELETE FROM stored_events WHERE rowid=57", *move("rowid>57", -1)],
        "missing",
        57,
    ),
    "inserted where nothing was": ([MADE_UP.format(100)], "inserted", 100),
    "inserted, and all others moved": ([*move("rowid>=57", 1), MADE_UP.format(57)], "inserted", 57),
    "inserted, and called the last word": (
        [MADE_UP.format(100), "UPDATE stored_events SET topic='ledger.closed' WHERE rowid=100"],
        "inserted",
        100,
    ),
    "the last called the last word": (
        ["UPDATE stored_events SET topic='ledger.closed', originator_id='ledger:' WHERE rowid=707"],
        "cut_tail",
        706,
    ),
    "swapped": (SWAP, "reordered", 57),
    "replaced": (["DELETE FROM stored_events WHERE rowid=57", MADE_UP.format(57)], "changed", 57),
    "the end cut": (["DELETE FROM stored_events WHERE rowid>600"], "cut_tail", 601),
    "the last cut": (["DELETE FROM stored_events WHERE rowid=707"], "cut_tail", 706),
    "all cut": (["DELETE FROM stored_events"], "cut_tail", 1),
}


def verified(place: Place, given: Sequence[Path] = (), keys: Sequence[str] = (), since: int = 0) -> Verified:
    with store_of(place) as store:
        return verify(
            read_rows_of(place),
            store,
            given=[(path.name, path.read_bytes()) for path in given],
            keys=[VerifierKey.parse(key) for key in keys],
            since_position=since,
        )


def found(told: Verified) -> list[tuple[str, int]]:
    return [(one.kind, one.position) for one in told.findings]


def keys_of(place: Place) -> list[str]:
    with store_of(place) as store:
        return store.signing_keys()


@pytest.fixture
def kept(place: Place, tmp_path: Path) -> Place:
    """700 events in the log; checkpoints over 300 and 700 of them."""
    made(place, 300)
    signed(place, tmp_path)
    (tmp_path / CHECKPOINT_FILE).rename(tmp_path / "earlier")
    put(place, rows(400, after=300))
    signed(place, tmp_path, now=T0 + MINUTE)
    return place


def test_what_nobody_touched_holds(kept: Place, tmp_path: Path) -> None:
    [key] = keys_of(kept)
    plain = Verified(
        origin=ORIGIN,
        events=700,
        position=707,
        from_position=1,
        not_logged=0,
        checkpoints=2,
        signed=700,
        unjudged=0,
        keys=[key],
        findings=[],
    )

    assert verified(kept) == plain
    brought = verified(kept, [tmp_path / "earlier", tmp_path / CHECKPOINT_FILE], [key])
    assert (brought.holds, brought.checkpoints) == (True, 4)
    since = verified(kept, since=520)
    assert (since.holds, since.from_position, since.checkpoints, since.events) == (True, 518, 2, 700)
    put(kept, rows(3, after=700))
    more = verified(kept)
    assert (more.holds, more.events, more.not_logged) == (True, 703, 3)


@pytest.mark.parametrize("what", ALTERATIONS)
def test_each_alteration_is_named_with_its_position(kept: Place, what: str) -> None:
    statements, kind, position = ALTERATIONS[what]
    alter(kept, *statements)

    told = verified(kept)

    assert found(told)[0] == (kind, position), told.findings


def test_since_a_position_only_what_follows_its_tile_is_looked_at(kept: Place) -> None:
    alter(kept, CHANGE.format(57))

    assert verified(kept, since=700).holds
    assert found(verified(kept, since=200))[0] == ("changed", 57)


def test_an_event_that_is_altered_before_it_came_into_a_checkpoint_is_told_by_the_log(kept: Place) -> None:
    put(kept, rows(10, after=700))
    caught_up(kept)
    alter(kept, CHANGE.format(709))

    assert found(verified(kept)) == [("changed", 709)]


def test_another_history_from_a_point_on_is_told_by_what_was_signed(kept: Place) -> None:
    alter(kept, "DELETE FROM stored_events WHERE rowid>400", "log.db: DELETE FROM log", "log.db: DELETE FROM log_tile")
    put(kept, [row(position, "another") for position in range(401, 900)])
    caught_up(kept)

    told = verified(kept)

    assert found(told) == [("forked", 304)]
    assert told.findings[0].until == 703
    assert (told.checkpoints, told.signed) == (1, 300)


def test_where_ledger_and_log_are_altered_alike_only_a_checkpoint_that_lies_elsewhere_tells(
    kept: Place, tmp_path: Path
) -> None:
    alter(kept, CHANGE.format(400), *FORGET_LOG)
    caught_up(kept)

    assert found(verified(kept)) == [("unsigned", 1)]
    assert verified(kept, [tmp_path / "earlier"]).holds
    told = verified(kept, [tmp_path / "earlier", tmp_path / CHECKPOINT_FILE])
    assert found(told) == [("forked", 304)]
    assert (told.findings[0].until, told.signed) == (707, 300)
    assert told.findings[0].why.startswith("checkpoint was signed over other 700 events than the ledger begins with")


def test_an_end_that_ledger_and_log_lack_alike_is_told_by_a_checkpoint_that_lies_elsewhere(
    kept: Place, tmp_path: Path
) -> None:
    alter(kept, "DELETE FROM stored_events WHERE rowid>600", *FORGET_LOG)
    caught_up(kept)

    assert found(verified(kept)) == [("unsigned", 1)]
    assert found(verified(kept, [tmp_path / CHECKPOINT_FILE])) == [("cut_tail", 601)]


def test_a_thief_of_the_key_who_signs_another_history_is_told_by_an_older_checkpoint(
    kept: Place, tmp_path: Path
) -> None:
    (tmp_path / CHECKPOINT_FILE).unlink()
    alter(kept, CHANGE.format(200), *FORGET_LOG)
    signed(kept, tmp_path)

    assert verified(kept, [tmp_path / CHECKPOINT_FILE]).holds
    assert found(verified(kept, [tmp_path / "earlier"])) == [("forked", 1)]


def test_a_foreign_key_is_told_by_the_stores_own_or_by_the_one_that_was_brought(kept: Place, tmp_path: Path) -> None:
    foreign = made_signer(ORIGIN, b"a thief's seed".ljust)
    with store_of(kept) as store:
        [key] = store.signing_keys()
        head = store.head()
        assert head is not None
        note = sign_checkpoint(Checkpoint(ORIGIN, 700, store.tree(head).root()), [foreign], T0).decode()
        store.put_checkpoint(1, KeptCheckpoint(700, T0.timestamp(), note))

    assert found(verified(kept)) == [("foreign_key", 0)]
    alter(kept, f"log.db: INSERT INTO log_key VALUES ('{foreign.key.text}', 0)")
    assert verified(kept).holds  # who can write the store can name any key
    told = verified(kept, keys=[key])
    assert found(told) == [("foreign_key", 0)]
    assert (
        "is not signed as it has to be: note: none of its signatures is of a key that is known here"
        in told.findings[0].why
    )


def test_after_a_new_key_either_is_enough_for_who_brings_it(kept: Place, tmp_path: Path) -> None:
    LogKeys(tmp_path, b"another".ljust).make_next()
    for more in range(2):
        put(kept, rows(1, after=700 + more))
        signed(kept, tmp_path, now=T0 + (2 + more) * MINUTE)
    old, new = keys_of(kept)

    assert verified(kept).checkpoints == 4
    told = verified(kept, keys=[new])
    assert (told.holds, told.checkpoints, told.unjudged) == (True, 2, 2)
    assert found(verified(kept, keys=[old])) == [("foreign_key", 0)]
    assert (verified(kept, keys=[old, new]).checkpoints, verified(kept, keys=[old, new]).unjudged) == (4, 0)


def test_a_store_that_was_altered_is_told_from_a_ledger_that_was(kept: Place) -> None:
    alter(
        kept,
        "log.db: UPDATE log_tile SET hashes=(SELECT hashes FROM log_tile WHERE level=0 AND number=1) WHERE level=0 AND number=0",
    )
    told = verified(kept)
    assert found(told) == [("store", 1)] or [one.kind for one in told.findings] == ["store"]
    assert "not the ledger was altered, but the store" in told.findings[0].why

    alter(kept, "log.db: DELETE FROM log_tile WHERE level=0 AND number=1")
    assert {one.kind for one in verified(kept).findings} == {"store"}


def test_without_a_log_what_is_brought_is_compared_all_the_same(kept: Place, tmp_path: Path) -> None:
    alter(kept, *FORGET_LOG, "log.db: DELETE FROM log_key")

    alone = verified(kept)
    assert (found(alone), alone.events, alone.not_logged, alone.checkpoints) == ([("unsigned", 1)], 700, 700, 0)
    assert found(verified(kept, [tmp_path / CHECKPOINT_FILE])) == [("foreign_key", 0)]


def test_a_checkpoint_of_another_log_and_what_is_none_are_told_apart(kept: Place, tmp_path: Path) -> None:
    other = made_signer("example.org/other", b"seed".ljust)
    strange, none = tmp_path / "strange", tmp_path / "none"
    strange.write_bytes(sign_checkpoint(Checkpoint("example.org/other", 3, bytes(32)), [other], T0))
    none.write_text("no checkpoint at all")

    told = verified(kept, [strange], [other.key.text])
    assert ("foreign_key", 0) in found(told)
    assert any("it is of another log, 'example.org/other'" in one.why for one in told.findings)
    with pytest.raises(InvalidInput, match="none is no checkpoint"):
        verified(kept, [none])


def test_a_ledger_that_was_copied_goes_on_in_the_same_log(place: Place, tmp_path: Path) -> None:
    made(place, 255)
    signed(place, tmp_path)
    [key], here = keys_of(place), tmp_path / CHECKPOINT_FILE
    there = tmp_path / "there"
    there.mkdir()
    copy(place, there)
    left = caught_up(place)
    shutil.copytree(tmp_path / "keys", there / "keys")
    put(there, [row(900, "there")])
    signed(there, there, now=T0 + MINUTE)

    assert left.head is not None
    assert left.head.size == 255
    assert verified(place, [here], [key]).holds
    told = verified(there, [here, there / CHECKPOINT_FILE], [key])
    assert (told.holds, told.events, told.checkpoints) == (True, 256, 3)
