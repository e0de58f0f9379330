"""How much of what is dear each caller may have under way at the same time."""

from collections.abc import Iterator
from contextlib import contextmanager

from application.actor import Actor
from domain.errors import TooManyAtOnce

DEAR_READS_MAX = 4
DEAR_READS = "reads that cost much (preflight, lists of the past, people, feeds, comparisons and previews of imports)"


class AtOnce:
    """Counts by the caller's name, in the event loop. The owner of the data folder is not counted."""

    def __init__(self, most: int, what: str) -> None:
        self._most = most
        self._what = what
        self._under_way: dict[str, int] = {}

    def check(self, actor: Actor) -> None:
        """Raises `TooManyAtOnce` where this caller has as many as it may."""
        if not actor.is_owner and self._under_way.get(actor.name, 0) >= self._most:
            raise TooManyAtOnce(f"{self._most} {self._what} of yours are under way already; wait for one to end")

    @contextmanager
    def one(self, actor: Actor) -> Iterator[None]:
        """One more of this caller's, while the block runs. Raises `TooManyAtOnce`."""
        self.check(actor)
        name = actor.name
        self._under_way[name] = self._under_way.get(name, 0) + 1
        try:
            yield
        finally:
            self._under_way[name] -= 1
            if not self._under_way[name]:
                del self._under_way[name]
