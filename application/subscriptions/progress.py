"""How far a subscription has come: what is written to the outbox, and what of it may be forgotten."""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from adapters.outbox_rows import Letter, SubscriberPlace, Try


class LineProgress:
    """Deliveries that are only in memory hold the position back; those that failed are kept as letters, and do not.

    So a process that is killed repeats at most what it had delivered since the last write.
    """

    def __init__(self, place: SubscriberPlace) -> None:
        self._place = place
        self._planned = (place.position, place.event_id)
        self._in_memory: dict[tuple[int, int], tuple[int, str]] = {}
        self._letters: dict[tuple[int, int], Letter] = {}
        self._settled: list[Letter] = []
        self._tries: list[Try] = []
        self._stored: set[tuple[int, int]] = set()
        self.is_dirty = False

    @property
    def place(self) -> SubscriberPlace:
        """Where it stands."""
        position, event_id = next(iter(self._in_memory.values()), self._planned)
        return replace(self._place, position=position, event_id=event_id)

    @property
    def planned(self) -> int:
        """The last event whose deliveries are known."""
        return self._planned[0]

    @property
    def planned_event(self) -> tuple[int, str]:
        """That event: its position and its id."""
        return self._planned

    @property
    def in_memory(self) -> int:
        """How many deliveries only this process knows."""
        return len(self._in_memory)

    @property
    def unwritten(self) -> int:
        """How many tries are not on disk yet."""
        return len(self._tries)

    def loaded(self, letters: Iterable[Letter]) -> None:
        """These are in the outbox."""
        self._stored.update(letter.key for letter in letters)

    def plan(self, key: tuple[int, int], before: tuple[int, str]) -> None:
        """A delivery that is only in memory; `before` is the event that was looked at before its own."""
        self._in_memory[key] = before

    def planned_to(self, position: int, event_id: str) -> None:
        """All deliveries up to this event are known."""
        self._planned = (position, event_id)
        self.is_dirty = True

    def tried(self, one: Try, failed_at: datetime | None, why: str | None) -> None:
        """A try and whether it failed, and of what."""
        self._tries.append(one)
        since = None if failed_at is None else self._place.failing_since or failed_at
        self._place = replace(self._place, failing_since=since, failing_last=why)
        self.is_dirty = True

    def keep(self, letter: Letter) -> None:
        """It waits, or was given up: the outbox knows it."""
        self._in_memory.pop(letter.key, None)
        self._letters[letter.key] = letter
        self._stored.add(letter.key)
        self.is_dirty = True

    def settle(self, letter: Letter) -> None:
        """It was delivered."""
        self._in_memory.pop(letter.key, None)
        self._letters.pop(letter.key, None)
        if letter.key in self._stored:
            self._stored.discard(letter.key)
            self._settled.append(letter)
        self.is_dirty = True

    def taken(self) -> tuple[SubscriberPlace, list[Letter], list[Letter], list[Try]]:
        """What is to be written; as copies, for a thread."""
        found = (self.place, [replace(one) for one in self._letters.values()], self._settled, self._tries)
        self._letters, self._settled, self._tries = {}, [], []
        self.is_dirty = False
        return found

    def give_back(self, letters: list[Letter], settled: list[Letter], tries: list[Try]) -> None:
        """It could not be written: it is to be written with the next."""
        gone = {letter.key for letter in self._settled}
        self._letters = {one.key: one for one in letters if one.key not in gone} | self._letters
        self._settled = settled + self._settled
        self._tries = tries + self._tries
        self.is_dirty = True
