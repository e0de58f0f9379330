"""Which keys the events of a stream name."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import msgspec

from adapters.ledger.reader import readable
from adapters.ledger.recorder import LedgerRecorder, Row
from adapters.ledger.sealing import SEALED, SEALED_BY_COPY, Destruction
from domain.errors import LedgerUnusable

ROWS_A_READ = 500
BYTES_A_READ = 1024 * 1024


class _Named(msgspec.Struct, frozen=True):
    key: str
    kind: str = ""


class _Sealed(msgspec.Struct, frozen=True):
    sealed: _Named | tuple[_Named, ...] = ()


_DECODER = msgspec.json.Decoder(_Sealed)


def keys_named(state: bytes) -> dict[str, str]:
    """The keys that a stored event names, each with the kind that it sealed. Raises `LedgerUnusable` for a damaged state."""
    return {one.key: one.kind for one in _named(state)}


def _named(state: bytes) -> tuple[_Named, ...]:
    try:
        sealed = _DECODER.decode(state).sealed
    except (TypeError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise LedgerUnusable(f"an event's stored state cannot be read ({error}): it is damaged") from error
    return sealed if isinstance(sealed, tuple) else (sealed,)


class SealedStream(msgspec.Struct, frozen=True, kw_only=True):
    """What of a stream is sealed and not destroyed: `keys` and what kind each sealed, and of how many `events` something of each kind.

    `last_position` is of its last event, those left out that were not to count; 0 where there is no other.
    """

    first_position: int
    last_position: int
    keys: Mapping[str, str]
    events: Mapping[str, int]


class SealedKeys:
    """What is sealed of a ledger, and under which keys."""

    def __init__(self, recorder: LedgerRecorder, is_destroyed: Callable[[str], bool], destruction: Destruction) -> None:
        self._recorder = recorder
        self._is_destroyed = is_destroyed
        self._destruction = destruction

    @property
    def trouble(self) -> str | None:
        """Why keys that the ledger lists as destroyed may still be in the store; None where none is."""
        return self._destruction.trouble

    @property
    def destroyed_times(self) -> int:
        """How often keys were destroyed since this process began: what it has made of events before may show what is erased."""
        return self._destruction.times

    @property
    def is_copy(self) -> bool:
        """Whether it was copied from a ledger that was not sealed, whose log is another one."""
        return self._recorder.read_meta(SEALED) == SEALED_BY_COPY

    def of(self, streams: Iterable[str]) -> dict[str, str]:
        """The keys of streams by their ids, with the kind that each sealed, but for those that were destroyed. Raises `LedgerUnavailable`, `LedgerUnusable`."""
        found: dict[str, str] = {}
        for stream in streams:
            with readable():
                rows = self._recorder.read_stream(stream)
            for row in rows:
                found |= keys_named(row[4])
        return {key_id: kind for key_id, kind in found.items() if not self._is_destroyed(key_id)}

    def look(self, stream: str, kinds: Collection[str], not_counted: Collection[str]) -> SealedStream | None:
        """What of these kinds is sealed in a stream; None where there is no such stream. Raises `LedgerUnavailable`.

        Events named in `not_counted` say nothing about when it was last recorded in.
        """
        first = last = 0
        keys: dict[str, str] = {}
        events: Counter[str] = Counter()
        for row in self._rows(stream):
            first = first or row[0]
            last = last if row[3] in not_counted else row[0]
            for one in _named(row[4]):
                if one.kind in kinds and (one.key in keys or not self._is_destroyed(one.key)):
                    keys[one.key] = one.kind
                    events[one.kind] += 1
        if not first:
            return None
        return SealedStream(first_position=first, last_position=last, keys=keys, events=events)

    def _rows(self, stream: str) -> Iterator[Row]:
        version = 0
        while True:
            with readable():
                rows = self._recorder.read_stream_within(stream, version, ROWS_A_READ, BYTES_A_READ)
            yield from rows
            if len(rows) < ROWS_A_READ and sum(len(row[4]) for row in rows) <= BYTES_A_READ:
                return
            version = rows[-1][2]
