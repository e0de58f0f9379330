"""Events on their way to the disk: as they are stored, and as they are told once they have a position."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from adapters.event_mapper import EventMapper, Stamp
from adapters.ledger.recorder import NewRow, WriteSession
from adapters.ledger.transaction import Appended
from domain.events import Recorded


class Encoded(Struct, frozen=True):
    """An event that a transaction appended, with its id, its stamp, and its row."""

    appended: Appended
    event_id: str
    stamp: Stamp
    row: NewRow


class Encode:
    """Gives what one command appended as it is stored, each event under an id of its own. For one thread."""

    def __init__(self, mapper: EventMapper, new_event_id: Callable[[], str]) -> None:
        self._mapper = mapper
        self._new_event_id = new_event_id
        self._stamp: Stamp | None = None
        self._instants = b""

    def __call__(self, appended: Sequence[Appended], stamp: Stamp) -> list[Encoded]:
        """Its rows; a stamp is that of many commands."""
        if stamp is not self._stamp:
            self._stamp, self._instants = stamp, self._mapper.instants(stamp)
        encoded: list[Encoded] = []
        metadata, envelope = None, b""
        for one in appended:
            if one.metadata is not metadata:
                metadata, envelope = one.metadata, self._mapper.envelope_in(self._instants, one.metadata)
            event_id, event = self._new_event_id(), one.event
            state = self._mapper.encode_in(one.stream, one.version, event_id, envelope, event)
            encoded.append(Encoded(one, event_id, stamp, (one.stream, one.version, event.NAME, state)))
        return encoded


def append(session: WriteSession, encoded: Sequence[Encoded]) -> list[Recorded]:
    """Append them to the ledger, in order; as they are told then."""
    positions = session.append([one.row for one in encoded])
    return [
        Recorded(
            position=position,
            event_id=one.event_id,
            stream=one.appended.stream,
            version=one.appended.version,
            metadata=one.appended.metadata,
            event=one.appended.event,
            recorded_at=one.stamp.recorded_at,
            clock_at=one.stamp.clock_at,
            passed_at=one.stamp.passed_at,
        ).with_folded(one.appended.state)
        for one, position in zip(encoded, positions, strict=True)
    ]
