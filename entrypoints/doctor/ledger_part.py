"""Is the ledger sound, and has it room and privacy?"""

import os
import stat
from datetime import datetime, timedelta
from pathlib import Path

from adapters.wal_files import WalFiles
from domain.counted import counted
from entrypoints.doctor.finding import Finding, Level
from entrypoints.doctor.ledger_file import CHECK_SECONDS_MAX, LedgerFacts

FREE_BYTES_DANGER = 100 * 1024**2
FREE_BYTES_WARNING = 1024**3
CLOCK_BEHIND_SECONDS_MAX = 2.0
WAL_RESET_FAULT_FROM, WAL_RESET_FAULT_UP_TO = (3, 7, 0), (3, 51, 2)
RESTORE = "stop Dialtrail, keep the folder as it is, and restore ledger.db from a backup"
PRIVATE_FILES = ("owner.json",)


def ledger_findings(facts: LedgerFacts | None, folder: Path, now: datetime) -> list[Finding]:
    """What the file says of itself."""
    if facts is None:
        return [_found("note", f"no ledger in {folder} yet", "the first command that stores something makes it")]
    size = f"{counted(facts.events, 'event')}, {size_of(facts.bytes)}, and {size_of(facts.wal_bytes)} in its WAL"
    if facts.trouble is not None:
        return [_found("danger", f"ledger.db in {folder} cannot be read: {facts.trouble}", RESTORE)]
    if facts.complaints:
        return [_found("danger", f"ledger.db is damaged ({size}): {'; '.join(facts.complaints)}", RESTORE)]
    if facts.copied_to is not None:
        what = f"ledger.db in {folder} was closed when it was copied to {facts.copied_to}: here nothing is stored or dialled"
        return [_found("danger", what, "go on there; it can still be read here")]
    if facts.whole:
        found = [_found("ok", f"ledger.db is sound: {size}")]
    else:
        what = f"ledger.db is so large ({size}) that its check was stopped after {CHECK_SECONDS_MAX:g} s, without complaint"
        found = [_found("note", what, "for all of it, on a copy: sqlite3 copy.db 'PRAGMA integrity_check'")]
    if facts.journal_mode != "wal":
        what = f"ledger.db is in SQLite's {facts.journal_mode} mode, where it has to be WAL"
        found.append(_found("warning", what, "the next `dialtrail up` sets it; keep other programs from changing it"))
    behind = timedelta() if facts.ledger_at is None else facts.ledger_at - now
    if behind > timedelta(seconds=CLOCK_BEHIND_SECONDS_MAX):
        what = f"this machine's clock is {behind.total_seconds():.0f} s behind the ledger's time"
        todo = (
            "set the clock right (timedatectl shows it); where the ledger's time was the wrong one, acknowledge that: "
            "`dialtrail account resume`. While it is more than 5 s, nobody is called"
        )
        found.append(_found("danger", what, todo))
    return found


def wal_findings(folder: Path, bytes_max: int) -> list[Finding]:
    """Whether the WALs of the folder are short, as they are where nobody reads for long."""
    todo = (
        f"end that program (`fuser -v {folder}/*.db` shows which have the files open); then the file shrinks by itself "
        "while `dialtrail up` runs"
    )
    return [_found("warning", what, todo) for what in WalFiles(folder, bytes_max).long()]


def in_postgres() -> Finding:
    """The finding where the ledger is not in the folder; whoever opens it checks the server's durability and the key."""
    what = "DIALTRAIL_DATABASE_URL: the ledger is in PostgreSQL; opening it checks its durability settings and its key"
    return _found("note", what, "its integrity, size and free disk are for PostgreSQL's own tools")


def checksum_findings(*, has_checksums: bool | None) -> list[Finding]:
    """Whether PostgreSQL notices a bit that turned on its disk; nothing where it could not be asked."""
    if has_checksums is None or has_checksums:
        return []
    what = "PostgreSQL's data_checksums is off: a bit that turns on its disk is served as true, and may hide an event"
    return [
        _found("warning", what, "stop the server, run pg_checksums --enable on its data directory, and start it again")
    ]


def sqlite_finding(version: tuple[int, int, int]) -> Finding:
    """The linked SQLite, and whether it has the fault that our one owner guards against."""
    name = ".".join(map(str, version))
    how = "each writer sets WAL and synchronous=FULL"
    if not WAL_RESET_FAULT_FROM <= version <= WAL_RESET_FAULT_UP_TO:
        return _found("ok", f"SQLite {name}; {how}")
    what = (
        f"SQLite {name} has the WAL-reset fault (3.7.0 to 3.51.2): with two connections that write or checkpoint at once, "
        f"a commit can be lost. Harmless here: one process owns the folder, and one connection in it does both; {how}"
    )
    return _found("note", what, "never write to ledger.db with another program; `.backup` copies are safe")


def disk_finding(folder: Path, free_bytes: int) -> Finding:
    """Whether there is room to go on writing."""
    what = f"{size_of(free_bytes)} free on the disk of {folder}"
    if free_bytes >= FREE_BYTES_WARNING:
        return _found("ok", what)
    level: Level = "danger" if free_bytes < FREE_BYTES_DANGER else "warning"
    limit = FREE_BYTES_DANGER if level == "danger" else FREE_BYTES_WARNING
    todo = "make room: on a full disk webhooks are answered 503, and nothing is dialled"
    return _found(level, f"{what}, less than {size_of(limit)}", todo)


def unusable_findings(folder: Path, there: Path) -> list[Finding]:
    """Whether the folder can be made and written; `there` is what exists of its path."""
    if not there.is_dir():
        what = f"DIALTRAIL_HOME: {folder} lies in what is no folder: {there}"
    elif not os.access(there, os.R_OK | os.W_OK | os.X_OK):
        what = f"DIALTRAIL_HOME: {there} may not be read and written by this user"
    else:
        return []
    return [_found("danger", what, "set DIALTRAIL_HOME to a folder that you may read and write")]


def rights_findings(folder: Path) -> list[Finding]:
    """Who but the owner may look into the folder: it holds numbers, and the token of a running owner."""
    found = []
    if (mode := _mode(folder)) & 0o077:
        what = f"{folder} is open to others on this machine (mode {mode:03o}), and holds phone numbers"
        found.append(_found("warning", what, f"run: chmod 700 {folder}"))
    for name in PRIVATE_FILES:
        if (folder / name).exists() and (mode := _mode(folder / name)) & 0o077:
            what = f"{folder / name} is open to others (mode {mode:03o}), and may hold a token"
            found.append(_found("danger", what, f"run: chmod 600 {folder / name}, and restart `dialtrail up`"))
    return found


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def size_of(count: int) -> str:
    size, unit = float(count), "bytes"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if size < 1024:
            break
        size, unit = size / 1024, larger
    return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"


def _found(level: Level, what: str, what_to_do: str = "") -> Finding:
    return Finding("ledger", level, what, what_to_do)
