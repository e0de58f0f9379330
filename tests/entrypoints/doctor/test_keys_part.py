"""The keys of a sealed ledger: missing, open, older than the ledger, and with what was destroyed in them again."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from adapters.keys import KEYS_FILE
from adapters.wal_files import LEDGER_FILE
from domain.identity import KEYS_STREAM
from entrypoints.doctor.finding import Finding
from entrypoints.doctor.keys_file import KeysFacts, read_keys_file
from entrypoints.doctor.keys_part import keys_findings
from entrypoints.doctor.ledger_file import read_ledger_file
from tests.entrypoints.http.routes.test_erasures import SEALED, erase
from tests.entrypoints.serving import OTHER, TO, Serving, play


def found(folder: Path) -> list[Finding]:
    return keys_findings(read_keys_file(folder), folder)


def levels(folder: Path) -> list[tuple[str, str]]:
    return [(one.level, one.what.removeprefix(str(folder / KEYS_FILE)).strip(": ")) for one in found(folder)]


def files(folder: Path) -> dict[Path, bytes]:
    return {one: one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """The folder of a sealed ledger with somebody in it, closed."""

    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)

    play(tmp_path, scene, **SEALED)
    return tmp_path


def goes_on(folder: Path, *, erases: bool = False) -> None:
    """Somebody else comes; or who is there is erased."""

    async def scene(stage: Serving) -> None:
        if erases:
            assert (await erase(stage, confirmed=True))[0] == 200
        else:
            await stage.campaign(OTHER, campaign_id="autumn")

    play(folder, scene, **SEALED)


def test_a_ledger_without_seals_or_none_has_nothing_to_say(tmp_path: Path) -> None:
    assert found(tmp_path) == []

    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)

    play(tmp_path, scene, **{**SEALED, "DIALTRAIL_SEALED": "0"})
    assert found(tmp_path) == []


def test_all_is_well_and_no_database_has_a_file_more_beside_it(sealed: Path) -> None:
    before = files(sealed)

    assert levels(sealed) == [("ok", "has the keys of what is sealed, and none that was destroyed")]
    assert read_ledger_file(sealed / LEDGER_FILE, lambda: 0.0) is not None
    assert files(sealed) == before


def test_keys_that_are_missing_or_no_database(sealed: Path) -> None:
    (sealed / KEYS_FILE).write_bytes(b"not a database at all, but some text that is long enough")
    (sealed / KEYS_FILE).chmod(0o600)
    [one] = found(sealed)
    assert (one.level, "keys.db cannot be read" in one.what) == ("danger", True)

    (sealed / KEYS_FILE).unlink()
    assert levels(sealed) == [("danger", "is missing: nothing that is sealed in the ledger can be read")]


def test_files_that_others_may_read(sealed: Path) -> None:
    (sealed / KEYS_FILE).chmod(0o640)
    (sealed / "keys").chmod(0o755)

    assert [(one.level, one.what_to_do) for one in found(sealed)] == [
        ("danger", f"run: chmod 700 {sealed / 'keys'}"),
        ("danger", f"run: chmod 600 {sealed / KEYS_FILE}"),
    ]


def test_a_backup_that_is_older_than_the_ledger(sealed: Path) -> None:
    kept = (sealed / KEYS_FILE).read_bytes()
    goes_on(sealed)
    (sealed / KEYS_FILE).write_bytes(kept)

    facts = read_keys_file(sealed)
    assert facts is not None
    assert facts.missing_at is not None
    assert [one.level for one in found(sealed)] == ["danger"]


def test_keys_that_were_destroyed_and_are_there_again(sealed: Path) -> None:
    kept = (sealed / KEYS_FILE).read_bytes()
    goes_on(sealed, erases=True)
    assert [level for level, _ in levels(sealed)] == ["ok"]
    (sealed / KEYS_FILE).write_bytes(kept)

    facts = read_keys_file(sealed)
    assert facts is not None
    assert (facts.come_back, facts.missing_at) == (1, None)
    assert [one.level for one in found(sealed)] == ["warning"]
    goes_on(sealed)  # a start destroys them
    assert read_keys_file(sealed) == KeysFacts()


@pytest.mark.parametrize(
    "state", [b"{junk", b"\xff\xfe", "text{", 5, b'{"sealed":{"key":"x"}}', b'{"sealed":{"key":"no-batch"}}']
)
@pytest.mark.parametrize("which", ["rowid=(SELECT max(rowid)-1 FROM stored_events)", f"originator_id='{KEYS_STREAM}'"])
def test_a_damaged_event_hides_nothing_else(sealed: Path, state: object, which: str) -> None:
    goes_on(sealed, erases=True)
    with closing(sqlite3.connect(sealed / LEDGER_FILE)) as ledger, ledger:
        ledger.execute(f"UPDATE stored_events SET state=? WHERE {which}", (state,))

    assert [level for level, _ in levels(sealed)] == ["ok"]
