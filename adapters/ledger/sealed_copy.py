"""A ledger that is not sealed, copied into one that is: each event as it has to be stored there, and whether it is the same."""

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime

import msgspec

from adapters.event_mapper import ENVELOPE_FIELDS, EventMapper, Stamp
from adapters.keys import KeyTable, SealingCipher
from adapters.known_fields import unknown_field
from adapters.ledger.recorder import Row
from adapters.verifiable_log.growing import GrowingTree
from adapters.verifiable_log.leaf import entry
from adapters.verifiable_log.tree import leaf_hash
from domain.errors import LedgerUnusable
from domain.events import Recorded
from domain.identity import SEALED_STREAM
from domain.ledger_life import LedgerSealed

SEALED_POSITION = 0
"""Before all others: events keep their positions."""


_envelope = msgspec.json.Decoder(dict[str, msgspec.Raw])


class SealingCopy:
    """Seals rows in their order, and grows the tree of what they were. `keys` has the keys of the copy."""

    def __init__(
        self,
        keys: KeyTable,
        origin: str,
        *,
        new_bytes: Callable[[int], bytes],
        new_event_id: Callable[[], str],
        clock: Callable[[], datetime],
    ) -> None:
        """`origin` is the name of the log of what is copied."""
        self._plain = EventMapper()
        self._sealed = EventMapper(SealingCipher(keys, new_bytes))
        self._origin = origin
        self._new_event_id = new_event_id
        self._clock = clock
        self._tree = GrowingTree()

    def stored(self, row: Row) -> Row:
        """As the copy has it. Raises `LedgerUnusable` for an event that this version does not know whole: it could not be sealed whole."""
        one = self._plain.decode(*row)
        self._require_known(one, row[4])
        stamp = Stamp(recorded_at=one.recorded_at, clock_at=one.clock_at, passed_at=one.passed_at)
        return (*row[:4], self._sealed.encode(one.stream, one.version, one.event_id, stamp, one.metadata, one.event))

    def is_same(self, ours: Row, theirs: Row) -> bool:
        """Whether the copy's row says what the ledger's does; each pair once, in order, for the tree grows with it."""
        self._tree.extend([leaf_hash(entry(*ours))])
        return ours[:4] == theirs[:4] and self._plain.decode(*ours) == self._sealed.decode(*theirs)

    def first(self, copy_id: str, last_position: int) -> Row:
        """What stands before all, once all were compared up to a position: what the ledger's log has come to."""
        event = LedgerSealed(
            copy_id=copy_id,
            origin=self._origin,
            size=self._tree.size,
            root=b64encode(self._tree.root()).decode(),
            last_position=last_position,
        )
        stamp = Stamp(recorded_at=self._clock())
        state = self._plain.encode(SEALED_STREAM, 1, self._new_event_id(), stamp, {"actor": "copy"}, event)
        return SEALED_POSITION, SEALED_STREAM, 1, LedgerSealed.NAME, state

    def _require_known(self, one: Recorded, state: bytes) -> None:
        envelope = _envelope.decode(state)
        more = min(envelope.keys() - ENVELOPE_FIELDS, default=None)
        if more is None:
            more = unknown_field(type(one.event), bytes(envelope["event"]))
        if more is not None:
            raise LedgerUnusable(
                f"the event at position {one.position} has {more!a}, which this Dialtrail does not know and could not seal: "
                "upgrade to the version that wrote it, and copy with that"
            )
