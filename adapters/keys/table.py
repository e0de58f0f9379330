"""What a store of keys is: batches of keys under random ids, each key known by its batch and its place in it.

A batch is one value, so that a thousand keys cost one row and one fsync. A key that is destroyed is overwritten where it
stands, by `DESTROYED`. A batch that was lost, of which only that is known which were destroyed, has `MISSING` elsewhere.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from domain.errors import LedgerUnusable

KEY_BYTES = 32
DESTROYED = b"\xff" * KEY_BYTES
MISSING = bytes(KEY_BYTES)
PLACE_MAX = 65_535


class KeyTable(Protocol):
    """A database of batches. Usable from any thread. All raise `LedgerUnavailable` where it does not do it."""

    def read(self, batch: str) -> bytes | None:
        """A batch's keys, one after another; None where there is no such batch."""

    def add(self, batch: str, keys: bytes) -> None:
        """Keep a batch; it is durable once this returns."""

    def batches(self, after: str, batches_max: int) -> list[tuple[str, bytes]]:
        """The next batches by their ids, after one."""

    def put(self, batches: Sequence[tuple[str, bytes]]) -> None:
        """Keep batches, or have what they are now; durable once this returns."""

    def overwrite(self, keys: Iterable[str], mark: str | None) -> None:
        """Overwrite these keys by `DESTROYED`, in one transaction with the mark, and leave nothing of them behind in the database's own files."""

    def mark(self) -> str | None:
        """How far the ledger's list of destroyed keys was gone through here, in the words of who did; None where never."""

    def close(self) -> None:
        """Close every connection."""


def key_place(key_id: str) -> tuple[str, int]:
    """A key's batch and its place in that. Raises `LedgerUnusable` for what is no key's id."""
    batch, dot, place = key_id.rpartition(".")
    if not dot or not batch or not (place.isascii() and place.isdigit()) or int(place) > PLACE_MAX:
        raise LedgerUnusable(f"personal fields are sealed with {key_id[:80]!r}, which is no key of this Dialtrail's")
    return batch, int(place)


def slice_of(keys: bytes, place: int) -> bytes:
    """The key at a place; `MISSING` where the batch has none there, or not all of it."""
    found = keys[place * KEY_BYTES : (place + 1) * KEY_BYTES]
    return found if len(found) == KEY_BYTES else MISSING


def by_batch(keys: Iterable[str]) -> dict[str, set[int]]:
    """The places of keys, by their batches."""
    found: dict[str, set[int]] = {}
    for key_id in keys:
        batch, place = key_place(key_id)
        found.setdefault(batch, set()).add(place)
    return found


def destroy_in(keys: bytes | None, places: Collection[int]) -> bytes:
    """A batch, or nothing, with what stands at these places overwritten."""
    size = KEY_BYTES * (max(places, default=-1) + 1)
    changed = bytearray((keys or b"").ljust(size, b"\0"))
    for place in places:
        changed[place * KEY_BYTES : (place + 1) * KEY_BYTES] = DESTROYED
    return bytes(changed)
