"""What somebody puts where the log does not look by itself is found all the same."""

from pathlib import Path

import pytest

from application.log_keeping.keeper import LogKeeper
from application.log_keeping.publishing import CHECKPOINT_FILE, CheckpointPlaces
from application.log_keeping.verified import verify
from domain.identity import LEDGER_STREAM
from tests.application.copied_ledgers import Place
from tests.application.log_keeping.ledgers import MINUTE, T0, alter, made, read_rows_of, signed, signer_of, store_of
from tests.application.log_keeping.test_verified import (
    CHANGE,
    EVENT,
    FORGET_LOG,
    MADE_UP,
    found,
    kept,
    keys_of,
    verified,
)

__all__ = ["kept"]


@pytest.mark.parametrize("position", [0, -5, -(2**63)])
def test_an_event_below_the_first_position_is_named(kept: Place, position: int) -> None:
    alter(kept, MADE_UP.format(position))

    assert found(verified(kept)) == [("inserted", position)]
    assert found(verified(kept, since=520)) == [("inserted", position)]


def test_events_of_which_no_checkpoint_holds_do_not_hold(kept: Place) -> None:
    alter(kept, *FORGET_LOG, CHANGE.format(57))

    assert found(verified(kept)) == [("unsigned", 1)]
    assert found(verified(kept, keys=keys_of(kept))) == [("unsigned", 1)]


def test_what_an_earlier_log_signed_is_judged_after_a_new_name(kept: Place, tmp_path: Path) -> None:
    alter(kept, CHANGE.format(400))
    with store_of(kept) as store:
        keeper = LogKeeper(read_rows_of(kept), store, "example.org/another")
        while keeper.step():
            pass
        assert keeper.head is not None
        (tmp_path / CHECKPOINT_FILE).unlink()
        signer_of(kept, tmp_path, store).tick(keeper.head, T0 + 2 * MINUTE)

    for keys in ([], keys_of(kept)):
        told = verified(kept, keys=keys)
        assert found(told) == [("forked", 304)]
        assert "the checkpoint of 700 events of the earlier log example.org/log" in told.findings[0].why
        assert told.checkpoints == 2


def test_a_kept_checkpoint_that_was_changed_is_told_with_a_key_too(kept: Place) -> None:
    [key] = keys_of(kept)
    alter(kept, "log.db: UPDATE log_checkpoint SET note=replace(note,'300','299') WHERE size=300")

    assert found(verified(kept)) == found(verified(kept, keys=[key])) == [("foreign_key", 0)]


@pytest.mark.parametrize("name", [CHECKPOINT_FILE, f"{CHECKPOINT_FILE}-2026-11-30"])
def test_a_checkpoint_that_lies_where_they_go_tells_of_a_ledger_and_log_put_back(
    kept: Place, tmp_path: Path, name: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / CHECKPOINT_FILE).rename(elsewhere / name)
    alter(
        kept,
        "DELETE FROM stored_events WHERE rowid>303",
        "log.db: UPDATE log SET size=300, position=303",
        "log.db: DELETE FROM log_checkpoint WHERE size>300",
    )
    places = CheckpointPlaces(tmp_path, [elsewhere, tmp_path / "not" / "there"]).look()

    assert verified(kept).holds
    with store_of(kept) as store:
        told = verify(read_rows_of(kept), store, published=[(str(path), note) for path, note in places.notes])
    assert found(told) == [("cut_tail", 304)]
    assert places.unread == [f"{tmp_path / 'not' / 'there'} (No such file or directory)"]


def test_a_last_word_in_another_stream_is_named_although_it_is_in_no_log_yet(kept: Place) -> None:
    alter(kept, EVENT + "(900, 'campaign:c57', 2, 'ledger.closed', CAST('{}' AS BLOB))")

    assert found(verified(kept)) == found(verified(kept, since=520)) == [("inserted", 900)]


def test_a_last_word_that_others_follow_is_named(kept: Place) -> None:
    alter(
        kept,
        EVENT + f"(900, '{LEDGER_STREAM}', 1, 'ledger.closed', CAST('{{}}' AS BLOB))",
        EVENT + "(901, 'campaign:c57', 2, 'campaign.started', CAST('{}' AS BLOB))",
    )

    assert found(verified(kept)) == [("inserted", 900)]


def test_a_last_word_that_ends_the_ledger_is_told_and_is_no_finding(kept: Place) -> None:
    alter(kept, EVENT + f"(900, '{LEDGER_STREAM}', 1, 'ledger.closed', CAST('{{}}' AS BLOB))")

    told = verified(kept)
    assert (told.holds, told.not_logged, told.closed_at) == (True, 0, 900)


def test_an_event_that_became_a_last_word_is_named_once(kept: Place) -> None:
    alter(kept, "UPDATE stored_events SET topic='ledger.closed' WHERE rowid=57")

    assert [one for one in found(verified(kept)) if one[1] == 57] == [("changed", 57)]


@pytest.mark.parametrize("words", ["originator_id='campaign:a\nb'", "originator_version=-1", "topic='a\nb'"])
def test_a_row_that_dialtrail_could_not_have_written_is_named_with_its_position(kept: Place, words: str) -> None:
    alter(kept, f"UPDATE stored_events SET {words} WHERE rowid=57")

    assert found(verified(kept))[0] == ("changed", 57)


def test_a_text_that_is_none_is_named_with_its_position(place: Path | str, tmp_path: Path) -> None:
    if not isinstance(place, Path):
        pytest.skip("PostgreSQL keeps no such text")
    made(place, 300)
    signed(place, tmp_path)
    alter(place, "UPDATE stored_events SET topic=CAST(x'ff' AS TEXT) WHERE rowid=57")

    assert found(verified(place))[0] == ("changed", 57)
