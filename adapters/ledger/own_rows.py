"""The rows of `ledger_meta`: what a ledger says of itself, in its own database. No log has them, so only a backup mends one."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import msgspec

from domain.errors import LedgerUnusable

OBJECTS = ("copying", "copied", "place")
OWN_ROWS = ("pseudonym_key", "pseudonym_key_check", "sealed", "played_by", *OBJECTS)
OWN_ROW = "SELECT CAST(value AS BLOB), typeof(value) FROM ledger_meta WHERE name=?"
"""SQLite lets other programs write anything into a column of texts; so what comes is bytes, and what they were."""

ObjectT = TypeVar("ObjectT")
ReadOwnRow = Callable[[str], str | None]


def own_text(name: str, raw: bytes, kind: str) -> str:
    """What such a row says. Raises `LedgerUnusable`, in words that name it, where that is no text."""
    with suppress(UnicodeDecodeError):
        if kind == "text":
            return raw.decode()
    raise damaged_row(name, "no text")


def damaged_row(name: str, what: str) -> LedgerUnusable:
    """The error of a row that has `what` in place of what it has to say."""
    shown = name if name in OWN_ROWS else repr(name)
    return LedgerUnusable(
        f"the row {shown} of ledger_meta is damaged: another program wrote {what} there. Stop Dialtrail, keep the database as it "
        "is, and restore the whole of it from a backup"
    )


def damaged_rows(read: ReadOwnRow) -> list[LedgerUnusable]:
    """An error for each row that cannot be what Dialtrail wrote; whether a key is the right one is asked elsewhere."""
    found: list[LedgerUnusable] = []
    for name in OWN_ROWS:
        try:
            text = read(name)
            if text is not None and name in OBJECTS:
                own_object(name, text, dict[str, object])
        except LedgerUnusable as error:
            found.append(error)
    return found


def own_object(name: str, text: str, shape: type[ObjectT]) -> ObjectT:
    """What a row of `OBJECTS` has. Raises `LedgerUnusable` where it is no JSON object, or not of that shape."""
    try:
        return msgspec.json.decode(text, type=shape)
    except msgspec.MsgspecError:
        raise damaged_row(name, "what is no such JSON object") from None


def require_own_rows(read: ReadOwnRow) -> None:
    """Raises `LedgerUnusable` for the first that is damaged."""
    for error in damaged_rows(read):
        raise error
