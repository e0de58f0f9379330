"""What the lines of all subscriptions share, and what they hand on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from adapters.ledger import Ledger
from adapters.outbox import Outbox
from adapters.outbox_rows import Letter
from adapters.outgoing import OutgoingClient


class GivenUp(Struct):
    """Deliveries that were given up and of which no event tells yet."""

    letters: int = 0
    first_position: int = 0
    last_position: int = 0
    status: int | None = None
    why: str | None = None

    def add(self, letter: Letter) -> None:
        """One more."""
        self.first_position = min(self.first_position or letter.position, letter.position)
        self.last_position = max(self.last_position, letter.position)
        self.letters += 1
        self.status, self.why = letter.status, letter.why

    def joined(self, more: "GivenUp") -> "GivenUp":
        """Both together; `more` came later, and has some."""
        return GivenUp(
            self.letters + more.letters,
            min(self.first_position, more.first_position),
            max(self.last_position, more.last_position),
            more.status,
            more.why,
        )


class PutLetters(NamedTuple):
    """Letters that are in the outbox and in no event, whose they are, and what was given up for them."""

    subscription_id: str
    letters: list[Letter]
    given_up: GivenUp


class LineParts(Struct, frozen=True):
    """What all subscriptions share. `threads` are for reads of the ledger and writes to the outbox."""

    ledger: Ledger
    outbox: Outbox
    client: OutgoingClient
    threads: ThreadPoolExecutor
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    delivered: Callable[[str], None]
