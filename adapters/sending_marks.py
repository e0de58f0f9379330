"""Which requests may be on the wire, in a file mapped into memory: what is written there outlives a kill -9.

An attempt is marked just before the first byte of its request is written to the socket, and its mark is taken away when
its outcome is in the ledger. After a kill, under the same boot of the machine, a started attempt without a mark was
certainly not sent. After a reboot the file proves nothing, and says so.

    64 bytes: boot id            then one slot of 64 bytes for each request that may be on the wire at once
"""

import mmap
import os
from pathlib import Path

from domain.errors import SettingsError

MARKS_FILE = "sending.marks"
SLOT_BYTES = 64
SLOTS_MAX = 1024
_EMPTY = b"\0" * SLOT_BYTES


class Witness:
    """What an earlier process left: whether an attempt's request certainly was not sent."""

    def __init__(self, marked: frozenset[str] | None) -> None:
        self._marked = marked

    @property
    def can_tell(self) -> bool:
        """Whether the file was written under the present boot of the machine."""
        return self._marked is not None

    def certainly_not_sent(self, attempt_id: str) -> bool:
        """True only where the marks are of this boot and the attempt has none."""
        return self._marked is not None and attempt_id not in self._marked


class SendingMarks:
    """The marks of this process; at most `SLOTS_MAX` at once."""

    def __init__(self, mapped: mmap.mmap) -> None:
        self._mapped = mapped
        self._free = list(range(SLOTS_MAX, 0, -1))
        self._slots: dict[str, int] = {}

    @property
    def is_full(self) -> bool:
        """Whether no further request may be sent before an outcome is recorded."""
        return not self._free

    def mark(self, attempt_id: str) -> None:
        """The request of this attempt is about to leave."""
        slot = self._free.pop()
        self._slots[attempt_id] = slot
        self._write(slot, attempt_id.encode())

    def clear(self, attempt_id: str) -> None:
        """The outcome of this attempt is in the ledger."""
        slot = self._slots.pop(attempt_id, None)
        if slot is not None:
            self._write(slot, b"")
            self._free.append(slot)

    def close(self) -> None:
        """Let go of the file; the marks stay in it."""
        self._mapped.close()

    def _write(self, slot: int, text: bytes) -> None:
        if len(text) > SLOT_BYTES:
            raise ValueError(f"an attempt id may have at most {SLOT_BYTES} bytes")
        start = slot * SLOT_BYTES
        self._mapped[start : start + SLOT_BYTES] = text.ljust(SLOT_BYTES, b"\0")


def read_witness(folder: Path, boot_id: str) -> Witness:
    """What the marks of an earlier process can prove."""
    try:
        content = (folder / MARKS_FILE).read_bytes()
    except OSError:
        return Witness(None)
    if len(content) != SLOT_BYTES * (SLOTS_MAX + 1) or content[:SLOT_BYTES].rstrip(b"\0") != boot_id.encode():
        return Witness(None)
    slots = (content[at : at + SLOT_BYTES] for at in range(SLOT_BYTES, len(content), SLOT_BYTES))
    return Witness(frozenset(slot.rstrip(b"\0").decode(errors="replace") for slot in slots if slot != _EMPTY))


def open_marks(folder: Path, boot_id: str) -> SendingMarks:
    """Begin with no marks, once every attempt of an earlier process is settled."""
    encoded = boot_id.encode()
    if not 0 < len(encoded) <= SLOT_BYTES:
        raise SettingsError("the machine's boot id cannot be read from /proc/sys/kernel/random/boot_id")
    path = folder / MARKS_FILE
    fresh = path.with_suffix(".new")
    fresh.write_bytes(encoded.ljust(SLOT_BYTES, b"\0") + _EMPTY * SLOTS_MAX)
    fresh.replace(path)
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        return SendingMarks(mmap.mmap(descriptor, SLOT_BYTES * (SLOTS_MAX + 1)))
    finally:
        os.close(descriptor)
