"""An installation whose files are damaged, bit by bit: what is served of it, and what says that it is damaged."""

import asyncio
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing
from pathlib import Path
from random import Random  # noqa: TID251 - seeded

from msgspec import Struct

from adapters.folder_owner import FolderOwner
from adapters.high_water import is_there, places_of_high_water, raise_by_commits, read_high_water
from adapters.keys import KEYS_FILE
from adapters.ledger import IndexDamage, Ledger, Sealing, look_through_indexes, open_reader, open_sqlite_ledger
from adapters.verifiable_log.opening import open_log_store
from application.log_keeping.verified import verify
from domain.errors import DialtrailError
from domain.events import Recorded
from entrypoints.doctor.ledger_file import read_ledger_file
from entrypoints.process import THIS_MACHINE, new_id, utc_now
from tests.adapters.ledger.stage import create, do, enroll
from tests.application.dialer.stage import numbers
from tests.crashes.short_run import day
from tests.crashes.sqlite_bytes import Places, places_in_database, places_in_wal

HOME = "data"
COMMITS_IN_WAL = 5
PEOPLE_SEALED = 6
NAMED_BY = frozenset({"start", "verify"})


class Installation(Struct, frozen=True):
    """A folder with a data folder in it, and what is true of it."""

    folder: Path
    events: Sequence[Recorded]

    def copy(self, to: Path) -> Path:
        """All of it, to be damaged; its data folder."""
        shutil.copytree(self.folder, to)
        return to / HOME


def made(folder: Path, recipients: int) -> tuple[Installation, Installation]:
    """A short day with its log, as it was closed; and with some commits more that are in the WAL, as kill -9 leaves them."""
    closed, later, left = folder / "closed", folder / "later", folder / "left"
    closed.mkdir()
    asyncio.run(day(closed, recipients))
    shutil.copytree(closed, later)
    home = later / HOME
    with closing(_opened(home)) as ledger:
        before = list(ledger.replay())
        raise_by_commits(ledger, places_of_high_water(home))
        for n in range(COMMITS_IN_WAL):
            do(ledger, create(f"later_{n}"))
        shutil.copytree(later, left)
        return Installation(closed, before), Installation(left, list(ledger.replay()))


def sealed(folder: Path) -> Installation:
    """One whose personal fields are sealed, with people of whom each has keys of their own."""
    home = folder / "sealed" / HOME
    home.mkdir(parents=True)
    with closing(_opened(home, begins=True)) as ledger:
        do(ledger, create("spring"))
        for number in numbers(PEOPLE_SEALED):
            do(ledger, enroll(ledger.recipient_stream(number), "spring", number))
        return Installation(folder / "sealed", list(ledger.replay()))


def served(home: Path, true: Sequence[Recorded]) -> tuple[str, str]:
    """What is served of it: `true`, `refused`, `less` (the end is missing) or `other`; and in which words it is refused."""
    try:
        with closing(_opened(home)) as ledger:
            return _compared(ledger, true), ""
    except DialtrailError as error:
        return "refused", str(error)


def said_of(home: Path) -> Iterator[tuple[str, str]]:
    """Who says that something is wrong, and in which words: the start, `doctor`, `verify`."""
    yield from _said_at_start(home)
    facts = read_ledger_file(home / "ledger.db", lambda: 0.0)
    if facts is not None and (facts.trouble or facts.complaints):
        yield "doctor", str(facts.trouble or facts.complaints)
    try:
        with closing(open_reader(home, None)) as reader, closing(open_log_store(home, None, only_reads=True)) as store:
            found = verify(reader.read_rows, store, indexes=look_through_indexes(home / "ledger.db"))
            if found.findings:
                yield "verify", f"position {found.findings[0].position}: {found.findings[0].why}"
    except DialtrailError as error:
        yield "verify", str(error)


def _said_at_start(home: Path) -> Iterator[tuple[str, str]]:
    """The marks of high water and the indexes, as whoever dials looks at them before."""
    try:
        owner = FolderOwner.take(home, "test")
    except DialtrailError as error:
        yield "start", str(error)
        return
    try:
        with closing(_opened(home)) as ledger:
            marks = read_high_water(places_of_high_water(home), ledger.key_check)
            if not all(is_there(ledger, mark) for mark in marks):
                yield "start", "the ledger was set back"
            for _ in look_through_indexes(home / "ledger.db"):
                pass
    except (DialtrailError, IndexDamage) as error:
        yield "start", str(error)
    finally:
        owner.release()


def _compared(ledger: Ledger, true: Sequence[Recorded]) -> str:
    found = list(ledger.replay())
    by_stream: Mapping[str, list[Recorded]] = {stream: [] for stream in {one.stream for one in true}}
    for one in true:
        by_stream[one.stream].append(one)
    if found == list(true):
        same = all(list(ledger.read_stream(stream)) == events for stream, events in by_stream.items())
        return "true" if same else "other"
    return "less" if found == list(true[: len(found)]) else "other"


def _opened(home: Path, *, begins: bool = False) -> Ledger:
    sealing = Sealing(new_bytes=THIS_MACHINE.new_bytes, begins=begins)
    return open_sqlite_ledger(home, clock=utc_now, new_event_id=new_id, new_key=bytes, sealing=sealing)


def flipped(path: Path, offset: int, bit: int) -> None:
    """Turn one bit."""
    with path.open("r+b") as file:
        file.seek(offset)
        (byte,) = file.read(1)
        file.seek(offset)
        file.write(bytes([byte ^ 1 << bit]))


def cut(path: Path, length: int) -> None:
    """Take off what is behind so many bytes."""
    with path.open("r+b") as file:
        file.truncate(length)


def fault_of(
    installation: Installation, folder: Path, damage: Callable[[Path], None], named_by: AbstractSet[str] = NAMED_BY
) -> str | None:
    """What nobody says of an installation that is damaged so; None where what is wrong is refused or named.

    What is served otherwise than it was has to be named by one of those: `start`, `verify`, `doctor`.
    """
    try:
        home = installation.copy(folder / "served")
        damage(home)
        what, words = served(home, installation.events)
        home = installation.copy(folder / "looked_at")
        damage(home)
        said = dict(said_of(home))
    except Exception as error:  # noqa: BLE001 - whatever it is: it is no word for people
        return f"{type(error).__name__}: {error}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if what == "refused" and "try again" in words:
        return f"it is damaged, and said is: {words}"
    if what in {"less", "other"} and not said.keys() & named_by:
        return f"{what} is served, and only {said} say so"
    return None


def faults_of(
    installation: Installation, name: str, flips: int, chance: Random, folder: Path
) -> Iterator[tuple[str, str | None]]:
    """Of some flips of each class of a file's bytes: which class, and what nobody says."""
    for what, there in _places(installation.folder / HOME / name).items():
        for _ in range(flips):
            offset, bit = chance.choice(there), chance.randrange(8)

            def damage(home: Path, offset: int = offset, bit: int = bit) -> None:
                flipped(home / name, offset, bit)

            # What an index hides is in the rows, and in the log: nobody may be dialled before it is looked for.
            by = frozenset({"start"}) if what.startswith("index") else NAMED_BY
            fault = fault_of(installation, folder / "damaged", damage, by)
            yield f"{name}: {what}", None if fault is None else f"at {offset}, bit {bit}: {fault}"


def _places(path: Path) -> Places:
    raw = path.read_bytes()
    if path.name == KEYS_FILE.name:
        found = dict(places_in_database(raw))
        found["row's keys"] = found.pop("row's stream")  # its rows have an id and the keys of a batch
        return found
    if path.suffix == ".db":
        return places_in_database(raw)
    return places_in_wal(raw) if path.name.endswith("-wal") else {"any": range(len(raw))}
