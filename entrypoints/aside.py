"""What a server tells the person who started it, said by a thread of its own: nobody has to read it."""

from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread

END_SECONDS_MAX = 2.0


class Aside:
    """Says each text by `say`, in order, and waits for none of them."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._texts: SimpleQueue[str | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="dialtrail-aside", daemon=True)
        self._thread.start()

    def __call__(self, text: str) -> None:
        """Say it, as soon as what was said before is read."""
        self._texts.put(text)

    def close(self) -> None:
        """Wait until all is said, for at most END_SECONDS_MAX."""
        self._texts.put(None)
        self._thread.join(END_SECONDS_MAX)

    @property
    def is_stuck(self) -> bool:
        """Whether nobody read it, so that the thread still waits."""
        return self._thread.is_alive()

    def _run(self) -> None:
        for text in iter(self._texts.get, None):
            with suppress(OSError, ValueError):  # the reader is gone, or the stream closed
                self._say(text)
