"""The disk as it may be after the power was lost: what was synced is there, and of what was not, any part.

A file's bytes are on disk by `fsync` of the file, its name by `fsync` of the folder that it is in: that is all that POSIX
promises, and less than most file systems keep.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random  # noqa: TID251 - seeded
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from tests.crashes.shim import Call

SECTOR_BYTES = 512
FOLDER = -1
Change = tuple[int, Call]
"""The number of the file that a call changed, and the call."""
Loss = Literal["nothing", "names", "everything", "prefix", "dropped", "torn"]
LOSSES: Sequence[Loss] = ("nothing", "names", "everything", "prefix", "dropped", "torn")
"""What is on disk of what was not synced: nothing; new names alone; all; the first calls; all but one; all, one of them in part."""


class State(Struct, frozen=True):
    """One possible disk: after so many calls, with such a loss; its files by their path below the folder."""

    calls: int
    loss: Loss
    files: dict[str, bytes]


class Disk:
    """Follows the calls, and knows what is on disk for certain, and what may be."""

    def __init__(self) -> None:
        self._files: list[bytes] = []  # each that ever was, as it was when last synced
        self._pending: list[Change] = []  # what was done to files since
        self._names: dict[str, int] = {}
        self._new_names: list[Change] = []
        self._number_of: dict[int, int] = {}  # by inode, which is used again

    def do(self, call: Call) -> None:
        """One call more. Of one that failed nothing is known: what was not synced before it is not synced now."""
        match call.kind:
            case _ if call.failed:
                return
            case "create":
                self._number_of[call.inode] = len(self._files)
                self._new_names.append((len(self._files), call))
                self._files.append(b"")
            case "write" | "cut":
                self._pending.append((self._number(call), call))
            case "sync":
                number = self._number(call)
                mine = [one for one in self._pending if one[0] == number]
                self._files[number] = _changed(self._files[number], mine)
                self._pending = [one for one in self._pending if one[0] != number]
            case "sync_folder":
                mine = [one for one in self._new_names if one[1].path.rpartition("/")[0] == call.path]
                self._names = _named(self._names, mine)
                self._new_names = [one for one in self._new_names if one not in mine]
            case _:
                self._new_names.append((FOLDER, call))

    def states(self, calls: int, random: Random) -> Iterator[State]:
        """Each kind of disk that may be left by a loss of power now; those that are alike are given once."""
        pending, seen = self._pending, list[dict[str, bytes]]()
        middle = random.randrange(len(pending)) if pending else 0
        before, one, after = pending[:middle], pending[middle : middle + 1], pending[middle + 1 :]
        kept: dict[Loss, Sequence[Change]] = {
            "nothing": [],
            "names": [],
            "everything": pending,
            "prefix": before,
            "dropped": [*before, *after],
            "torn": [*before, *_torn(one, random), *after],
        }
        for loss in LOSSES:
            names = self._names if loss == "nothing" else _named(self._names, self._new_names)
            there = {path: n for path, n in names.items() if n != FOLDER and _has_folders(path, names)}
            files = {path: _changed(self._files[n], [c for c in kept[loss] if c[0] == n]) for path, n in there.items()}
            if files not in seen:
                seen.append(files)
                yield State(calls, loss, files)

    def _number(self, call: Call) -> int:
        number = self._number_of.get(call.inode)
        assert number is not None, f"{call.path} was there before the first call"
        return number


def losses_of(calls: Sequence[Call], random: Random, ignored: Callable[[str], bool]) -> Iterator[State]:
    """The disks that may be left by a loss of power just before each sync, and at the end, without ignored files."""
    disk = Disk()
    for n, call in enumerate(calls):
        if ignored(call.path):
            continue
        if call.kind in {"sync", "sync_folder"}:
            yield from disk.states(n, random)
        disk.do(call)
    yield from disk.states(len(calls), random)


def lay_out(state: State, folder: Path) -> None:
    """Write such a disk into a folder."""
    for path, content in state.files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        if path.endswith("-wal"):  # its index is as likely to be nonsense: nothing may believe it
            place.with_name(place.name.removesuffix("-wal") + "-shm").write_bytes(b"\xff" * 32_768)


def _named(names: dict[str, int], changes: Sequence[Change]) -> dict[str, int]:
    named = dict(names)
    for number, call in changes:
        if call.kind == "create":
            named[call.path] = number
        elif call.kind == "folder":
            named[call.path] = FOLDER
        else:
            was = named.pop(call.path, None)
            if call.kind == "rename" and was is not None:
                named[call.target] = was
    return named


def _has_folders(path: str, names: dict[str, int]) -> bool:
    """Whether each folder that it lies in is there."""
    folder = path.rpartition("/")[0]
    return not folder or (folder in names and _has_folders(folder, names))


def _changed(content: bytes, changes: Sequence[Change]) -> bytes:
    if not changes:
        return content
    changed = bytearray(content)
    for _, call in changes:
        changed += bytes(max(0, call.at - len(changed)))
        if call.kind == "cut":
            del changed[call.at :]
        else:
            changed[call.at : call.at + len(call.data)] = call.data
    return bytes(changed)


def _torn(changes: Sequence[Change], random: Random) -> list[Change]:
    """Only the first sectors of a write came to the disk; one of less than two is whole or not there at all."""
    torn = []
    for number, call in changes:
        sectors = len(call.data) // SECTOR_BYTES
        if call.kind == "write" and sectors > 1:
            part = call.data[: random.randrange(1, sectors) * SECTOR_BYTES]
            torn.append((number, replace(call, data=part)))
    return torn
