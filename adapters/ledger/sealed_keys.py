"""Which keys the events of a stream name."""

from collections.abc import Callable, Iterable

import msgspec

from adapters.ledger.reader import readable
from adapters.ledger.recorder import LedgerRecorder


class _Named(msgspec.Struct, frozen=True):
    key: str
    kind: str = ""


class _Sealed(msgspec.Struct, frozen=True):
    sealed: _Named | tuple[_Named, ...] = ()


_DECODER = msgspec.json.Decoder(_Sealed)


class SealedKeys:
    """What is sealed of a ledger, and under which keys."""

    def __init__(self, recorder: LedgerRecorder, is_destroyed: Callable[[str], bool]) -> None:
        self._recorder = recorder
        self._is_destroyed = is_destroyed

    def of(self, streams: Iterable[str]) -> dict[str, str]:
        """The keys of streams by their ids, with the kind that each sealed, but for those that were destroyed. Raises `LedgerUnavailable`."""
        found: dict[str, str] = {}
        for stream in streams:
            with readable():
                rows = self._recorder.read_stream(stream)
            for row in rows:
                sealed = _DECODER.decode(row[4]).sealed
                found.update((one.key, one.kind) for one in (sealed if isinstance(sealed, tuple) else (sealed,)))
        return {key_id: kind for key_id, kind in found.items() if not self._is_destroyed(key_id)}
