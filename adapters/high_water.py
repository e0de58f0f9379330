"""How far a ledger has come, in files outside of it that outlive a restart of the machine.

Each names the last event that is known to be on disk. Where the ledger lacks it, it was set back to an earlier moment. One
file lies beside the data folder, so that a folder that is put back as a whole does not bring its own; one lies in it, for
where the folder beside may not be written, or is anybody's to write.

    512 bytes: `HighWaterHeader` as JSON
     64 bytes: the last commit, its position and event id
"""

import mmap
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from adapters.ledger import Ledger
from domain.events import Recorded

MARK_FILE = "ledger.highwater"
FORM = "dialtrail high water 1"
HEADER_BYTES = 512
LAST_BYTES = 64
FILE_BYTES = HEADER_BYTES + LAST_BYTES


class HighWater(NamedTuple):
    """Position and id of the last event that was known to be on disk, and by which mark."""

    position: int
    event_id: str
    taken: str = ""


class HighWaterHeader(Struct, frozen=True):
    """Of which ledger it is: by the check value of its key, which its copies have, too. `taken` names who raised it."""

    key_check: str
    form: str = FORM
    taken: str = ""


def places_of_high_water(folder: Path) -> list[Path]:
    """Where the marks of a data folder lie, the one beside it first."""
    folder = folder.resolve()
    inside, beside = folder / MARK_FILE, folder.parent / f".{folder.name}.highwater"
    try:
        is_anybodys = bool(folder.parent.stat().st_mode & stat.S_IWOTH)
    except OSError:
        is_anybodys = True
    return [inside] if is_anybodys else [beside, inside]


def read_high_water(places: Sequence[Path], key_check: str) -> list[HighWater]:
    """What was last, by each mark that is of this ledger and can be read."""
    found = []
    for place in places:
        try:
            content = place.read_bytes()
            header = msgspec.json.decode(content[:HEADER_BYTES].rstrip(b"\0"), type=HighWaterHeader)
            position, event_id = content[HEADER_BYTES:FILE_BYTES].rstrip(b"\0").decode().split(" ")
            mark = HighWater(int(position), event_id, header.taken)
        except (OSError, ValueError):  # msgspec's errors are such
            continue
        if (header.form, header.key_check) == (FORM, key_check):
            found.append(mark)
    return found


def is_there(ledger: Ledger, mark: HighWater) -> bool:
    """Whether a ledger has the event of a mark; a copy lacks nothing by the `ledger.closed` of what it was copied from."""
    return mark.position == ledger.place.closed_elsewhere_at() or ledger.has_event(mark.position, mark.event_id)


def raise_by_commits(ledger: Ledger, places: Sequence[Path]) -> None:
    """From now on each commit of this process, which does not dial, raises the marks that there are of the ledger.

    A mark whose event the ledger lacks now is left alone: it says to whoever dials next that the ledger was put back.
    """
    raised = [
        place for place in places if all(is_there(ledger, mark) for mark in read_high_water([place], ledger.key_check))
    ]
    ledger.add_own_listener(partial(raise_high_water, raised, ledger.key_check))


def raise_high_water(places: Sequence[Path], key_check: str, commit: Sequence[Recorded]) -> None:
    """So far a ledger has come, on disk: in the marks of it that are lower. It makes none."""
    for place in places:
        if any(mark.position < commit[-1].position for mark in read_high_water([place], key_check)):
            with suppress(OSError), place.open("r+b") as file:
                file.seek(HEADER_BYTES)
                file.write(_last(commit[-1].position, commit[-1].event_id))


def mark_at_least(places: Sequence[Path], key_check: str, last: HighWater) -> None:
    """Have the marks name this event, but for those that are beyond it. Raises `OSError` where nothing says it then."""
    lower = [
        place for place in places if all(one.position <= last.position for one in read_high_water([place], key_check))
    ]
    try:
        HighWaterMarks(lower, key_check, last).close()
    except OSError:
        if len(lower) == len(places):
            raise


class HighWaterMarks:
    """The marks of this process; raised with each commit."""

    def __init__(self, places: Sequence[Path], key_check: str, last: HighWater) -> None:
        """Begin at an event. Raises `OSError` where none of the places can be written."""
        self._mapped: list[mmap.mmap] = []
        failed: OSError | None = None
        for place in places:
            try:
                self._mapped.append(_mapped(place, key_check, last))
            except OSError as error:
                failed = error
        if not self._mapped and failed is not None:
            raise failed

    def raise_to(self, position: int, event_id: str) -> None:
        """So far the ledger has come, on disk. Any thread may."""
        text = _last(position, event_id)
        for mapped in self._mapped:
            with suppress(ValueError):  # it is closed: nothing is sent any more
                mapped[HEADER_BYTES:FILE_BYTES] = text

    def close(self) -> None:
        """Let go of the files, which stay."""
        for mapped in self._mapped:
            mapped.close()


def _mapped(place: Path, key_check: str, last: HighWater) -> mmap.mmap:
    fresh = place.with_name(f"{place.name}.new")
    with os.fdopen(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "w+b") as file:
        file.write(msgspec.json.encode(HighWaterHeader(key_check, taken=last.taken)).ljust(HEADER_BYTES, b"\0"))
        file.write(_last(last.position, last.event_id))
        file.flush()
        os.fsync(file.fileno())
        mapped = mmap.mmap(file.fileno(), FILE_BYTES)
    fresh.replace(place)
    return mapped


def _last(position: int, event_id: str) -> bytes:
    return f"{position} {event_id}".encode().ljust(LAST_BYTES, b"\0")
