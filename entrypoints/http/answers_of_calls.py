"""Answers about one call, encoded, for whoever asks the same again before something is appended to that call."""

from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

from domain.events import Event, Recorded, sets_right
from domain.ledger_life import KeysDestroyed

KEPT_BYTES_MAX = 8 * 1024 * 1024
ENTRY_BYTES = 300
"""About what an answer takes beside its own bytes."""


class ReadBegun:
    """One read of a stream that is under way, begun when commits were told up to `since`."""

    __slots__ = ("is_overtaken", "since", "stream")

    def __init__(self, stream: str, since: int) -> None:
        self.stream = stream
        self.since = since
        self.is_overtaken = False


class AnswersOfCalls:
    """At most `bytes_max` bytes of answers; those of the stream that was asked for longest ago go first.

    An answer rests on one stream alone, and ends in the ledger's position, which each who asks is told as it is then. It
    is dropped in the writer's thread, before whoever appended to its stream hears that this is on disk; so one that is
    there has all that was acknowledged before it was asked for. Only where this process alone writes the ledger does it hear
    of each commit before that is acknowledged: elsewhere `bytes_max` has to be 0.
    """

    def __init__(self, bytes_max: int, position: int) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._kept: OrderedDict[str, dict[Hashable, bytes]] = OrderedDict()
        self._under_way: dict[str, set[ReadBegun]] = {}
        self._told = position
        self._lock = Lock()

    def committed(self, recorded: Sequence[Recorded]) -> None:
        """Drop what rests on these streams, and on all where the clock was set right, keys were destroyed, or a commit was not told."""
        with self._lock:
            if self._kept or self._under_way:
                if recorded[0].position != self._told + 1 or any(_is_of_all(one.event) for one in recorded):
                    for stream in {*self._kept, *self._under_way}:
                        self._drop(stream)
                for one in recorded:
                    self._drop(one.stream)
            self._told = recorded[-1].position

    def answer(self, stream: str, question: Hashable, position: int) -> bytes | None:
        """The answer as of now, where it is kept; `position` is how far the ledger is known to be."""
        with self._lock:
            of_stream = self._kept.get(stream)
            # A reader meets a commit a moment before it is told here: then what is kept may lack it.
            if of_stream is None or position > self._told or question not in of_stream:
                return None
            self._kept.move_to_end(stream)
            return b"%s%d}" % (of_stream[question], self._told)

    @contextmanager
    def reading(self, stream: str) -> Iterator[ReadBegun]:
        """Begin to read a stream. What is appended to it from now on overtakes the reading."""
        with self._lock:
            one = ReadBegun(stream, self._told)
            self._under_way.setdefault(stream, set()).add(one)
        try:
            yield one
        finally:
            with self._lock:
                left = self._under_way[stream]
                left.discard(one)
                if not left:
                    del self._under_way[stream]

    def keep(self, reading: ReadBegun, question: Hashable, answer: bytes, position: int) -> None:
        """Keep what was read, as of a position, unless it was overtaken."""
        end = b"%d}" % position
        if not answer.endswith(b'"position":' + end):
            raise ValueError("an answer that is kept has its position at its end")
        head = answer.removesuffix(end)
        with self._lock:
            if reading.is_overtaken or position < reading.since or _size(head) > self._bytes_max:
                return
            of_stream = self._kept.setdefault(reading.stream, {})
            if question not in of_stream:
                self._bytes += _size(head)
                of_stream[question] = head
            self._kept.move_to_end(reading.stream)
            while self._bytes > self._bytes_max:
                self._drop(next(iter(self._kept)))

    def _drop(self, stream: str) -> None:
        for one in self._under_way.get(stream, ()):
            one.is_overtaken = True
        gone = self._kept.pop(stream, None)
        if gone is not None:
            self._bytes -= sum(_size(head) for head in gone.values())


def _is_of_all(event: Event) -> bool:
    return sets_right(event) or type(event) is KeysDestroyed


def _size(head: bytes) -> int:
    return len(head) + ENTRY_BYTES
