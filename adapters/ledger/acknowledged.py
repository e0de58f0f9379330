"""When the ledger's clock was set right: what an operator acknowledged, with whatever account it is recorded."""

from collections.abc import Callable, Iterable

from adapters.ledger.recorder import LedgerRecorder
from domain.events import Recorded, sets_right
from domain.set_right import SetRight

Decode = Callable[[int, str, int, str, bytes], Recorded]


class Acknowledged:
    """As far as it was read or told; usable from any thread."""

    def __init__(self, recorder: LedgerRecorder, decode: Decode) -> None:
        self._recorder = recorder
        self._decode = decode
        self._looked_up_to = 0
        self.given: tuple[SetRight, ...] = ()

    def read(self) -> bool:
        """Read what is on disk and was not read yet; whether there was any."""
        rows, known = self._recorder.read_resumptions(self._looked_up_to), self.given
        found = [one for row in rows if (one := self._decode(*row).set_right) is not None]
        if rows:
            # Threads that read at once find the same.
            self.given = (*(one for one in known if one.position < rows[0][0]), *found)
            self._looked_up_to = rows[-1][0]
        return bool(found)

    def read_up_to(self, position: int) -> bool:
        """The same, where there is something at that position that was not read yet."""
        return position > self._looked_up_to and self.read()

    def take(self, recorded: Iterable[Recorded]) -> bool:
        """This was appended just now; whether anything of it sets the clock right."""
        found = [one for event in recorded if sets_right(event.event) and (one := event.set_right) is not None]
        self.given += tuple(found)
        return bool(found)

    def up_to(self, position: int | None) -> tuple[SetRight, ...]:
        """What was acknowledged up to a position, or ever; in order."""
        if position is None or not self.given:
            return self.given
        return tuple(one for one in self.given if one.position <= position)

    def decode_as_of(self, position: int | None) -> Decode:
        """Reads rows as what was acknowledged up to a position leaves them."""
        given = self.up_to(position)
        if not given:
            return self._decode

        def decode(place: int, stream: str, version: int, name: str, state: bytes) -> Recorded:
            return self._decode(place, stream, version, name, state).believed(given)

        return decode
