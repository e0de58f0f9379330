"""Events on their way to the disk: as they are stored, and as they are told once they have a position."""

from collections.abc import Callable, Sequence

from eventsourcing.persistence import StoredEvent
from msgspec import Struct
from msgspec.structs import asdict

from adapters.event_mapper import EventMapper, Stamp
from adapters.ledger.recorder import WriteSession
from adapters.ledger.transaction import Appended
from domain.events import Recorded


class Encoded(Struct, frozen=True):
    """An event that a transaction appended, with its id, its stamp and its bytes."""

    appended: Appended
    event_id: str
    stamp: Stamp
    stored: StoredEvent


def encode(mapper: EventMapper, new_event_id: Callable[[], str], appended: Appended, stamp: Stamp) -> Encoded:
    """An event as it is stored, under an id of its own."""
    event_id, event = new_event_id(), appended.event
    state = mapper.encode(appended.stream, event_id, stamp, appended.metadata, event)
    return Encoded(appended, event_id, stamp, StoredEvent(appended.stream, appended.version, event.NAME, state))


def append(session: WriteSession, encoded: Sequence[Encoded]) -> list[Recorded]:
    """Append them to the ledger, in order; as they are told then."""
    positions = session.append([e.stored for e in encoded])
    return [
        Recorded(
            position=position,
            event_id=e.event_id,
            stream=e.appended.stream,
            version=e.appended.version,
            metadata=e.appended.metadata,
            event=e.appended.event,
            **asdict(e.stamp),
        )
        for e, position in zip(encoded, positions, strict=True)
    ]
