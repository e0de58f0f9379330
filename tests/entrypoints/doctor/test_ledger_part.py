from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from entrypoints.doctor.ledger_file import LedgerFacts
from entrypoints.doctor.ledger_part import (
    checksum_findings,
    disk_finding,
    ledger_findings,
    rights_findings,
    sqlite_finding,
    unusable_findings,
    wal_findings,
)

NOON = datetime(2026, 5, 29, 12, 0, tzinfo=UTC)
FOLDER = Path("/data/calls")
SOUND = LedgerFacts(bytes=2048, wal_bytes=10, events=3, ledger_at=NOON, journal_mode="wal")


def test_a_sound_ledger_is_told_with_its_size() -> None:
    (finding,) = ledger_findings(SOUND, FOLDER, NOON)

    assert (finding.level, finding.what) == ("ok", "ledger.db is sound: 3 events, 2.0 KiB, and 10 bytes in its WAL")


def test_none_yet_is_no_fault() -> None:
    assert [one.level for one in ledger_findings(None, FOLDER, NOON)] == ["note"]


@pytest.mark.parametrize(
    ("changes", "levels", "said"),
    [
        ({"trouble": "file is not a database"}, ["danger"], "cannot be read: file is not a database"),
        ({"complaints": ("row 3 missing from index",)}, ["danger"], "is damaged"),
        ({"whole": False}, ["note"], "its check was stopped after 20 s, without complaint"),
        ({"journal_mode": "delete"}, ["ok", "warning"], "is in SQLite's delete mode"),
        ({"ledger_at": NOON + timedelta(seconds=9)}, ["ok", "danger"], "clock is 9 s behind the ledger's time"),
        ({"ledger_at": NOON + timedelta(seconds=1)}, ["ok"], "is sound"),
        ({"events": 0, "ledger_at": None}, ["ok"], "0 events"),
    ],
)
def test_what_is_wrong_with_it_is_told(changes: dict[str, object], levels: list[str], said: str) -> None:
    findings = ledger_findings(replace(SOUND, **changes), FOLDER, NOON)

    assert [one.level for one in findings] == levels
    assert said in findings[-1].what
    assert findings[-1].what_to_do or findings[-1].level == "ok"


@pytest.mark.parametrize("name", ["ledger.db", "views.db"])
def test_a_wal_beyond_its_limit_is_told_with_what_to_do(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}-wal").write_bytes(bytes(2_000_000))

    (finding,) = wal_findings(tmp_path, 1_999_999)

    assert finding.level == "warning"
    assert finding.what.startswith(f"{name}-wal has grown to 1.9 MiB, more than DIALTRAIL_WAL_BYTES_MAX=1999999")
    assert f"fuser -v {tmp_path}" in finding.what_to_do
    assert wal_findings(tmp_path, 2_000_000) == []


@pytest.mark.parametrize(
    ("version", "level"),
    [((3, 6, 23), "ok"), ((3, 7, 0), "note"), ((3, 40, 1), "note"), ((3, 51, 2), "note"), ((3, 51, 3), "ok")],
)
def test_the_linked_sqlite_is_named_with_its_fault(version: tuple[int, int, int], level: str) -> None:
    finding = sqlite_finding(version)

    assert finding.level == level
    assert finding.what.startswith("SQLite " + ".".join(map(str, version)))
    assert ("WAL-reset" in finding.what) is (level == "note")


@pytest.mark.parametrize(
    ("free", "level", "said"),
    [
        (1024**3, "ok", "1.0 GiB free on the disk of /data/calls"),
        (1024**3 - 1, "warning", "less than 1.0 GiB"),
        (100 * 1024**2 - 1, "danger", "less than 100.0 MiB"),
    ],
)
def test_a_full_disk_is_seen_in_time(free: int, level: str, said: str) -> None:
    finding = disk_finding(FOLDER, free)

    assert (finding.level, said in finding.what) == (level, True)


def test_who_else_may_look_into_the_folder_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    owner = folder / "owner.json"
    assert rights_findings(folder) == []
    owner.touch(mode=0o600)
    assert rights_findings(folder) == []

    folder.chmod(0o750)
    owner.chmod(0o640)

    first, second = rights_findings(folder)
    assert (first.level, first.what_to_do) == ("warning", f"run: chmod 700 {folder}")
    assert (second.level, second.what_to_do) == ("danger", f"run: chmod 600 {owner}, and restart `dialtrail up`")


def test_a_folder_that_this_user_may_not_write_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write everywhere, and tests may run as root

    (finding,) = unusable_findings(tmp_path / "home", tmp_path)

    assert (finding.level, finding.what) == (
        "danger",
        f"DIALTRAIL_HOME: {tmp_path} may not be read and written by this user",
    )


@pytest.mark.parametrize(("has_checksums", "levels"), [(True, []), (None, []), (False, ["warning"])])
def test_a_server_without_checksums_is_told_of(has_checksums: bool | None, levels: list[str]) -> None:
    assert [one.level for one in checksum_findings(has_checksums=has_checksums)] == levels
