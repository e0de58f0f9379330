from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence

from domain.events import Recorded
from domain.set_right import SetRight


class FeedLedger:
    """Events in one order, read as a ledger is read."""

    def __init__(self, feed: Iterable[Recorded] = ()) -> None:
        self.feed: list[Recorded] = []
        self._streams: dict[str, list[Recorded]] = {}
        self._acknowledged: list[SetRight] = []
        for one in feed:
            self.add(one)

    @property
    def position(self) -> int:
        """The last position."""
        return len(self.feed)

    def add(self, one: Recorded) -> None:
        """The next event."""
        self._streams.setdefault(one.stream, []).append(one)
        self.feed.append(one)
        if one.set_right is not None:
            self._acknowledged.append(one.set_right)

    def read_feed(self, after_position: int, events_max: int) -> list[Recorded]:
        """Events after a position."""
        return self.feed[after_position : after_position + events_max]

    def read_some(
        self, after_position: int, looked_at_max: int, is_wanted: Callable[[str, str], bool]
    ) -> tuple[int, list[Recorded]]:
        """Of the next events those that are wanted."""
        some = self.read_feed(after_position, looked_at_max)
        return after_position + len(some), [one for one in some if is_wanted(one.stream, one.name)]

    def read_streams(self, streams: Collection[str], up_to_position: int) -> dict[str, Sequence[Recorded]]:
        """Several streams' events up to a position; streams without any are left out."""
        found: dict[str, Sequence[Recorded]] = {}
        acknowledged = [one for one in self._acknowledged if one.position <= up_to_position]
        for stream in streams:
            events = self._streams.get(stream, [])
            upto = bisect_right(events, up_to_position, key=lambda one: one.position)
            if upto:
                found[stream] = [one.believed(acknowledged) for one in events[:upto]]
        return found

    @property
    def acknowledged(self) -> Sequence[SetRight]:
        """When the clock was set right."""
        return self._acknowledged

    def read_on(self, stream: str, after_version: int, up_to_position: int, events_max: int) -> list[Recorded]:
        """A stream's next events after a version, at most so many, up to a position."""
        acknowledged = [one for one in self._acknowledged if one.position <= up_to_position]
        some = self._streams.get(stream, [])[after_version : after_version + events_max]
        return [one.believed(acknowledged) for one in some if one.position <= up_to_position]

    def recipient_stream(self, number: str) -> str:
        """The stream of a person, readable here."""
        return f"recipient:{number}"

    def versions(self, stream: str) -> int:
        """How many events a stream has."""
        return len(self._streams.get(stream, ()))
