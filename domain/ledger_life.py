"""The life of a ledger itself: closed where it was copied away, restored where it was put back; and which keys were destroyed."""

from collections.abc import Mapping
from typing import ClassVar, Literal, assert_never

from msgspec import Struct

NOBODYS: frozenset[str] = frozenset()
KEYS_A_DESTRUCTION_MAX = 1_000
DestroyedCause = Literal["erasure", "retention"]
RestoredWhy = Literal["copied", "events_missing", "elsewhere", "mark_missing"]


class LedgerClosed(Struct, frozen=True, kw_only=True):
    """It was copied to another place, where it goes on: this is its last event here, and in no copy.

    `copied_to` names the place without any password; `copy_id` is the copy's own, `last_position` the last event that was copied.
    """

    NAME: ClassVar = "ledger.closed"
    PERSONAL: ClassVar = NOBODYS
    copy_id: str
    copied_to: str
    last_position: int


class LedgerRestored(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """It is not, or not where, it was when somebody last dialled on it; nobody is called until an operator says so.

    `why` is `copied` (by `dialtrail copy`), `events_missing` (it lacks an event that it had), `elsewhere` (another file,
    machine or database) or `mark_missing`. `missing_position` and `missing_event_id` are the event that it lacks, `was`
    and `now` what told the one place from the other.
    """

    NAME: ClassVar = "ledger.restored"
    PERSONAL: ClassVar = NOBODYS
    why: RestoredWhy
    missing_position: int | None = None
    missing_event_id: str | None = None
    was: Mapping[str, str | int] | None = None
    now: Mapping[str, str | int] | None = None


class KeysDestroyed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was sealed under these keys is erased, for good: wherever a store still has one, it is destroyed again.

    At most `KEYS_A_DESTRUCTION_MAX`. `kinds` counts them by what they sealed, `streams` is of how many streams; `reason` is
    a person's.
    """

    NAME: ClassVar = "keys.destroyed"
    PERSONAL: ClassVar = NOBODYS
    keys: tuple[str, ...]
    cause: DestroyedCause
    kinds: Mapping[str, int]
    streams: int
    reason: str | None = None


class LedgerSealed(Struct, frozen=True, kw_only=True):
    """It is the sealed copy of a ledger that was not sealed: this stands before all its events, and is the first leaf of its log.

    `size` events up to `last_position` were there, and `root` (base64) is that of their log, RFC 6962's tree over what was
    stored of each. `origin` is the name of that log, whether or not it was ever signed.
    """

    NAME: ClassVar = "ledger.sealed"
    PERSONAL: ClassVar = NOBODYS
    copy_id: str
    origin: str
    size: int
    root: str
    last_position: int


LedgerEvent = LedgerClosed | LedgerRestored | KeysDestroyed | LedgerSealed


class LedgerLife(Struct, frozen=True, kw_only=True):
    """Whether it was closed, and as what it was last found to be restored."""

    closed: LedgerClosed | None = None
    restored: LedgerRestored | None = None


INITIAL = LedgerLife()


def evolve(state: LedgerLife, event: LedgerEvent) -> LedgerLife:
    """The ledger after one more event about itself."""
    match event:
        case LedgerClosed():
            return LedgerLife(closed=event, restored=state.restored)
        case LedgerRestored():
            return LedgerLife(closed=state.closed, restored=event)
        case KeysDestroyed() | LedgerSealed():
            return state
        case _:
            assert_never(event)


def close(state: LedgerLife, copy_id: str, copied_to: str, last_position: int) -> list[LedgerEvent]:
    """Let nothing more be recorded here; nothing where that is so."""
    if state.closed is not None:
        return []
    return [LedgerClosed(copy_id=copy_id, copied_to=copied_to, last_position=last_position)]
