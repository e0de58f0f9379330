"""The streams that are open, which sleep until something is committed or they have to end."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from application.actor import Actor
from application.at_once import AtOnce
from domain.errors import NotReady
from domain.events import Recorded

STREAMS_AT_ONCE_MAX = 32
STREAMS_OF_A_CALLER_MAX = 8


class OpenStreams:
    """The streams that are open, at most STREAMS_AT_ONCE_MAX. All but `committed` is called in the loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bells: set[asyncio.Event] = set()
        self._callers = AtOnce(STREAMS_OF_A_CALLER_MAX, "streams")
        self.closing = False

    @property
    def open(self) -> int:
        """How many there are."""
        return len(self._bells)

    def committed(self, _: Sequence[Recorded]) -> None:
        """Wake those that sleep. Called in the writer's thread: where none sleeps it costs one look at an attribute."""
        loop = self._loop
        if loop is None:
            return
        self._loop = None
        with suppress(RuntimeError):  # the loop closed, and no stream sleeps in it any more
            loop.call_soon_threadsafe(self.wake)

    def listen(self, bell: asyncio.Event) -> None:
        """From now on a commit rings this bell; what is read after this and not found is told by it."""
        bell.clear()
        self._loop = asyncio.get_running_loop()

    def check_room(self, actor: Actor) -> None:
        """Raises `NotReady` where no other stream can be opened, `TooManyAtOnce` where this caller has enough."""
        if self.closing:
            raise NotReady("the server is stopping; open the stream again when it has started")
        if len(self._bells) >= STREAMS_AT_ONCE_MAX:
            raise NotReady(f"{STREAMS_AT_ONCE_MAX} streams are open already; close one, or read /v1/events")
        self._callers.check(actor)

    @contextmanager
    def opened(self, actor: Actor) -> Iterator[asyncio.Event]:
        """The bell of one more stream of this caller's. Raises `TooManyAtOnce`."""
        bell = asyncio.Event()
        with self._callers.one(actor):
            self._bells.add(bell)
            try:
                yield bell
            finally:
                self._bells.discard(bell)

    def close(self) -> None:
        """End all of them, and open no other."""
        self.closing = True
        self.wake()

    def wake(self) -> None:
        """Let each look whether it may go on."""
        for bell in self._bells:
            bell.set()
