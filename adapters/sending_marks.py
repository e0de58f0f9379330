"""Which requests may be on the wire, in a file that is mapped: what is written there outlives a kill -9.

An attempt is entered before it is committed, marked just before the first byte of its request is written to the socket,
and taken out when its outcome is in the ledger. After a kill, an attempt that stands there without a mark was certainly
not sent. That is believed only of exactly what the file is about: this ledger, under this boot of the machine, in this
very file, by that run, and only where the ledger still has the last event that the file knows of. Anything else, such as
a ledger restored from a copy, proves nothing.

The file lies in the machine's memory, away from the data folder. A copy or a snapshot of the folder, of its disk or of
the database does not have it, so that none can bring back the marks of an earlier moment; and it ends with the boot.

    1024 bytes: `MarksHeader` as JSON
      64 bytes: the last commit, its position and event id
    then one slot of 64 bytes for each attempt without an outcome: its id, and in the last byte whether it is marked
"""

import mmap
import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from domain.errors import SettingsError

MARKS_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - what is ours there is in a folder that only we may open
EARLIER_MARKS_FILE = "sending.marks"
FOLDER_FORM = "set it to a folder in memory (tmpfs) that you may write"
OTHERS = 0o077
FORM = "dialtrail sending marks 2"
HEADER_BYTES = 1024
HIGH_WATER_BYTES = 64
SLOT_BYTES = 64
SLOTS_MAX = 1024
FILE_BYTES = HEADER_BYTES + HIGH_WATER_BYTES + SLOT_BYTES * SLOTS_MAX
BOOT_ID_BYTES_MAX = 64
NOT_READ = "the marks are damaged, or an earlier version's"
_BEGUN, _MARKED = b"b", b"m"
LedgerIdentity = Mapping[str, str | int]


class MarksHeader(Struct, frozen=True, kw_only=True):
    """What the marks are about: `ledger` is None where it cannot be told from another one; `device` and `inode` are the file's own."""

    form: str = FORM
    boot_id: str
    ledger: LedgerIdentity | None
    epoch: str
    device: int = 0
    inode: int = 0


class LastCommit(Struct, frozen=True):
    """The last commit that is known, by its last event; at position 0 there was none."""

    position: int = 0
    event_id: str = ""


class Witness:
    """What an earlier process left: whether an attempt's request certainly was not sent. `doubt` says why nothing is proven."""

    def __init__(self, epoch: str = "", slots: Mapping[str, bool] | None = None, doubt: str | None = None) -> None:
        self.doubt = doubt
        self._epoch = epoch
        self._marked = slots or {}

    def certainly_not_sent(self, attempt_id: str, epoch: str) -> bool:
        """True only where that run entered the attempt, and did not mark it."""
        return epoch == self._epoch and self._marked.get(attempt_id) is False

    def may_be_on_the_wire(self, attempt_id: str) -> bool:
        """Whether it was marked."""
        return self._marked.get(attempt_id, False)


class SendingMarks:
    """The marks of this process; at most `SLOTS_MAX` attempts at once."""

    def __init__(self, path: Path, mapped: mmap.mmap) -> None:
        self._path = path
        self._mapped = mapped
        self._free = list(range(SLOTS_MAX - 1, -1, -1))
        self._slots: dict[str, int] = {}

    @property
    def is_full(self) -> bool:
        """Whether no further attempt may be begun before an outcome is recorded."""
        return not self._free

    def has(self, attempt_id: str) -> bool:
        """Whether this attempt was begun here, and has no outcome yet."""
        return attempt_id in self._slots

    def begin(self, attempt_id: str) -> None:
        """This attempt is about to be committed."""
        text = attempt_id.encode()
        if len(text) >= SLOT_BYTES:
            raise ValueError(f"an attempt id may have at most {SLOT_BYTES - 1} bytes")
        slot = self._free.pop()
        self._slots[attempt_id] = slot
        self._write(_place(slot), text.ljust(SLOT_BYTES - 1, b"\0") + _BEGUN)

    def mark(self, attempt_id: str) -> None:
        """The request of this attempt, which was begun, is about to leave."""
        self._write(_place(self._slots[attempt_id]) + SLOT_BYTES - 1, _MARKED)

    def clear(self, attempt_id: str) -> None:
        """The outcome of this attempt is in the ledger, or the attempt never was."""
        slot = self._slots.pop(attempt_id, None)
        if slot is not None:
            self._write(_place(slot), b"\0" * SLOT_BYTES)
            self._free.append(slot)

    def raise_to(self, position: int, event_id: str) -> None:
        """So far the ledger has come; called before those who wait for that commit can clear a mark. Any thread may."""
        with suppress(ValueError):  # it is closed: nothing is sent any more
            self._write(HEADER_BYTES, f"{position} {event_id}".encode().ljust(HIGH_WATER_BYTES, b"\0"))

    def close(self) -> None:
        """Let go of the file. It stays where an attempt has no outcome, and else it has nothing more to say."""
        self._mapped.close()
        if not self._slots:
            self._path.unlink(missing_ok=True)

    def _write(self, at: int, text: bytes) -> None:
        self._mapped[at : at + len(text)] = text


def no_place_for_marks(memory: Path) -> str | None:
    """Why `place_of_marks` would refuse this folder, found without making anything; None where it would not."""
    ours, user = memory / f"dialtrail-{os.getuid()}", os.getuid()
    there = ours if ours.exists() else memory
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return f"DIALTRAIL_MARKS_FOLDER: {there} is no folder that this user may write; {FOLDER_FORM}"
    found = ours.lstat() if there == ours else None
    return None if found is None or _is_private(found, user) else _not_private(ours, user)


def place_of_marks(memory: Path, data_folder: Path) -> Path:
    """The file of the marks of a data folder, in a folder of this user in `memory`, which is made if need be.

    What an earlier version left in the data folder is taken away: it is not kept up to date any more, and that version
    would believe it. Raises `SettingsError` where `memory` cannot be used, or its folder is not this user's alone.
    """
    ours, user = memory / f"dialtrail-{os.getuid()}", os.getuid()
    try:
        ours.mkdir(mode=0o700, exist_ok=True)
        found = ours.lstat()
        (data_folder / EARLIER_MARKS_FILE).unlink(missing_ok=True)
        about = data_folder.stat()
    except OSError as error:
        raise SettingsError(
            f"DIALTRAIL_MARKS_FOLDER: {error.filename} cannot be used ({error.strerror}); {FOLDER_FORM}"
        ) from error
    if not _is_private(found, user):
        raise SettingsError(_not_private(ours, user))
    return ours / f"{about.st_dev}-{about.st_ino}.marks"


def read_witness(path: Path, here: MarksHeader, has_event: Callable[[LastCommit], bool]) -> Witness:
    """What the marks of an earlier process can prove, where boot and ledger are those that `here` names."""
    try:
        with path.open("rb") as file:
            own, content = os.fstat(file.fileno()), file.read()
    except OSError:
        return Witness(doubt="no marks were left")
    if len(content) != FILE_BYTES:
        return Witness(doubt=NOT_READ)
    try:
        header = msgspec.json.decode(content[:HEADER_BYTES].rstrip(b"\0"), type=MarksHeader)
        position, event_id = _text(content[HEADER_BYTES : HEADER_BYTES + HIGH_WATER_BYTES]).split(" ")
        high_water = LastCommit(int(position), event_id)
    except ValueError:  # msgspec's errors are such
        return Witness(doubt=NOT_READ)
    doubt = _doubt(header, replace(here, device=own.st_dev, inode=own.st_ino))
    if doubt is None and not has_event(high_water):
        doubt = f"the ledger has lost event {event_id} at position {position}, which the marks know of"
    if doubt is not None:
        return Witness(doubt=doubt)
    slots = (content[_place(slot) : _place(slot + 1)] for slot in range(SLOTS_MAX))
    return Witness(header.epoch, {_text(slot[:-1]): slot[-1:] != _BEGUN for slot in slots if slot.strip(b"\0")})


def open_marks(path: Path, header: MarksHeader, high_water: LastCommit) -> SendingMarks:
    """Begin with no marks, once every attempt of an earlier process is settled."""
    if not 0 < len(header.boot_id.encode()) <= BOOT_ID_BYTES_MAX:
        raise SettingsError("the machine's boot id cannot be read from /proc/sys/kernel/random/boot_id")
    fresh = path.with_suffix(".new")
    with fresh.open("w+b") as file:
        own = os.fstat(file.fileno())
        text = msgspec.json.encode(replace(header, device=own.st_dev, inode=own.st_ino)).ljust(HEADER_BYTES, b"\0")
        file.write(text.ljust(FILE_BYTES, b"\0"))  # with holes in it, a full disk would end the process at a mark
        file.flush()
        marks = SendingMarks(path, mmap.mmap(file.fileno(), FILE_BYTES))
    marks.raise_to(high_water.position, high_water.event_id)
    fresh.replace(path)
    return marks


def _doubt(header: MarksHeader, here: MarksHeader) -> str | None:
    """Why the marks are about something else than what there is now."""
    if header.form != here.form:
        return "the marks are an earlier version's"
    if header.boot_id != here.boot_id:
        return "the machine was started anew since"
    if header.ledger is None or header.ledger != here.ledger:
        return "the marks are about another ledger"
    if (header.device, header.inode) != (here.device, here.inode):
        return "the file of the marks is a copy"
    return None


def _is_private(found: os.stat_result, user: int) -> bool:
    return stat.S_ISDIR(found.st_mode) and found.st_uid == user and not found.st_mode & OTHERS


def _not_private(ours: Path, user: int) -> str:
    return f"DIALTRAIL_MARKS_FOLDER: {ours} is not a folder of user {user} alone; remove it, or set another folder in memory"


def _place(slot: int) -> int:
    return HEADER_BYTES + HIGH_WATER_BYTES + slot * SLOT_BYTES


def _text(padded: bytes) -> str:
    return padded.rstrip(b"\0").decode(errors="replace")
