"""Whether a subscription's place in the outbox is one in this ledger."""

from adapters.ledger import Ledger
from adapters.outbox_rows import SubscriberPlace

LOST = (
    "where it stood is not known: outbox.db was removed, or outbox.db and the ledger are of different backups; "
    "give it a secret anew, choose by replay from where it is told, and resume it"
)


def has_lost_its_place(ledger: Ledger, place: SubscriberPlace) -> bool:
    """Whether the event at its position is another one here, or none."""
    return place.position > ledger.position or not ledger.has_event(place.position, place.event_id)


def event_before(ledger: Ledger, position: int) -> tuple[int, str]:
    """The last event up to a position, by its position and id; (0, "") before all."""
    while position > 0:
        found = ledger.read_feed(position - 1, 1)
        if found and found[0].position == position:
            return position, found[0].event_id
        position -= 1
    return 0, ""
