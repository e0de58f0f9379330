"""`dialtrail verify` and `dialtrail log`, over a data folder."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from application.log_keeping.publishing import CHECKPOINT_FILE
from tests.application.log_keeping.ledgers import MINUTE, ORIGIN, T0, alter, made, put, rows, signed, store_of
from tests.entrypoints.cli.conftest import Run


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ledger of 300 events, which are signed."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("DIALTRAIL_HOME", str(folder))
    made(folder, 300)
    signed(folder, folder)
    return folder


def key_of(home: Path) -> str:
    with store_of(home) as store:
        return store.signing_keys()[-1]


def test_what_nobody_touched_holds(dialtrail: Run, home: Path) -> None:
    code, data, talk = dialtrail("verify")

    assert (code, data) == (
        0,
        "holds: 300 events up to position 303, 300 of them under the largest of 1 checkpoint that holds\n",
    )
    assert talk == (
        f"the log's store says that this key signs: {key_of(home)}; if you were given one, name it with --key\n"
    )


def test_with_a_key_and_a_checkpoint_that_were_brought_along(dialtrail: Run, home: Path) -> None:
    put(home, rows(2, after=300))
    code, data, talk = dialtrail(
        "verify", "--key", key_of(home), "--checkpoint", str(home / CHECKPOINT_FILE), "--since", "280"
    )

    assert (code, talk) == (0, "2 events are not in the log yet: nothing is proven of them\n")
    assert data.startswith("holds: 302 events up to position 305 (their bytes from position 259 on), 300 of them under")


def test_what_does_not_hold_is_named_and_the_exit_code_says_so(dialtrail: Run, home: Path) -> None:
    alter(home, "DELETE FROM stored_events WHERE rowid=57")

    code, data, _ = dialtrail("verify")
    as_json = dialtrail("verify", "--json")

    assert code == 1
    lines = data.splitlines()
    assert lines[0] == ("does not hold: an event is missing between position 56 and 58: the log has more there")
    assert lines[-1] == "looked at 299 events up to position 303; and no checkpoint that holds"
    told = json.loads(as_json[1])
    assert (as_json[0], told["holds"], told["origin"]) == (1, False, ORIGIN)
    assert (told["findings"][0]["kind"], told["findings"][0]["position"]) == ("missing", 57)


def test_a_row_beside_the_events_that_is_damaged_is_named_and_the_events_are_looked_at(
    dialtrail: Run, home: Path
) -> None:
    alter(home, "INSERT INTO ledger_meta VALUES ('place', CAST(x'ff' AS TEXT))")

    code, data, _ = dialtrail("verify")

    assert code == 1
    assert data.splitlines() == [
        (
            "does not hold: the row place of ledger_meta is damaged: another program wrote no text there. Stop Dialtrail, keep "
            "the database as it is, and restore the whole of it from a backup"
        ),
        "looked at 300 events up to position 303; 300 of them under the largest of 1 checkpoint that holds",
    ]


def test_an_event_that_an_index_hides(dialtrail: Run, home: Path) -> None:
    raw = bytearray((home / "ledger.db").read_bytes())
    raw[raw.rindex(b"campaign:c57") + len("campaign:c5")] ^= 64  # the last one is in the index, which was made later
    assert raw.count(b"campaign:c57") == 1
    (home / "ledger.db").write_bytes(raw)

    code, data, _ = dialtrail("verify")

    assert code == 1
    assert data.startswith(
        "does not hold: an index of ledger.db is damaged, and not all that is stored is found in its stream: "
        "the event at position 57 is not found by sqlite_autoindex_stored_events_1, and so not in its stream; where nothing"
    )
    assert len(data.splitlines()) == 2

    with closing(sqlite3.connect(home / "ledger.db")) as connection:
        connection.execute("REINDEX")
    assert dialtrail("verify")[0] == 0


def test_what_lies_where_checkpoints_go_is_compared(
    dialtrail: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = home / "not" / "there"
    monkeypatch.setenv("DIALTRAIL_LOG_CHECKPOINT_FILES", str(away))
    alter(home, "DELETE FROM stored_events", "log.db: DELETE FROM log", "log.db: DELETE FROM log_checkpoint")

    code, data, talk = dialtrail("verify")

    assert code == 1
    assert f"does not hold: {home / CHECKPOINT_FILE} was signed over 300 events, and the ledger has 0" in data
    assert f"the place for checkpoints {away} (No such file or directory) cannot be read" in talk


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--since", "yesterday"), "--since: is neither a position nor a time"),
        (("--since", "-5"), "--since: is neither a position nor a time"),
        (("--since", "9999999999999999999"), "--since: is neither a position nor a time"),
        (("--key", "no key"), "--key: is no key"),
        (("--checkpoint", "not-there"), "--checkpoint: not-there cannot be read (No such file or directory)"),
    ],
)
def test_what_cannot_be_meant_is_refused(dialtrail: Run, home: Path, words: tuple[str, ...], said: str) -> None:
    code, data, talk = dialtrail("verify", *words)

    assert (code, data) == (2, "")
    assert said in talk


def test_where_there_is_no_data_nothing_is_made(
    dialtrail: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALTRAIL_HOME", str(tmp_path / "none"))

    for words in (("verify",), ("log", "keys")):
        code, _, talk = dialtrail(*words)
        assert code == 1
        assert "there is no data in" in talk
    monkeypatch.setenv("DIALTRAIL_URL", "https://calls.example.org")
    for words in (("verify",), ("log", "keys"), ("log", "rotate-key")):
        code, _, talk = dialtrail(*words)
        assert code == 1
        assert "without DIALTRAIL_URL" in talk
    assert not (tmp_path / "none").exists()


def test_keys_are_shown_and_a_new_one_follows(dialtrail: Run, home: Path) -> None:
    first = key_of(home)
    shown = dialtrail("log", "keys")
    code, second, talk = dialtrail("log", "rotate-key", "--yes")
    again = dialtrail("log", "rotate-key", "--yes")
    put(home, rows(1, after=300))
    signed(home, home, now=T0 + MINUTE)

    assert shown == (0, f"{first}\n", "")
    assert (code, talk) == (
        0,
        "the next checkpoint is signed by both keys, those after it by this one alone: give it to whoever checks\n",
    )
    assert (again[0], "a new key is there already" in again[2]) == (1, True)
    assert json.loads(dialtrail("log", "keys", "--json")[1]) == {"keys": [first, second.strip()]}
    assert dialtrail("verify", "--key", second.strip())[0] == 0
