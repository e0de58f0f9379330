"""All open connections: how many there may be, who gives way to a new one, and who has kept us waiting too long."""

from collections.abc import Callable
from typing import Literal, Protocol

import structlog

from entrypoints.http.limits import network_of
from entrypoints.settings.wire import WireSettings

log = structlog.get_logger("dialtrail.http")

Fault = Literal[
    "not_http",
    "upgrade",
    "head_too_large",
    "too_many_fields",
    "silent",
    "slow_head",
    "slow_body",
    "slow_reader",
    "gave_way",
    "too_many_connections",
]


class Waiting(Protocol):
    """A connection as seen from here."""

    address: str
    since: float

    @property
    def patience(self) -> int | None:
        """How soon it gives way to another: the lowest first; None while its request is being answered."""

    def look(self, now: float) -> None:
        """End what takes too long."""

    def drop(self) -> None:
        """Close it at once, with nothing more said."""


class Connections:
    """Those that are open. All is called in the event loop. `count` is told of each fault."""

    def __init__(self, bounds: WireSettings, connections_max: int, count: Callable[[Fault], None]) -> None:
        self.bounds = bounds
        self._max = connections_max
        self._count = count
        self._open: dict[Waiting, None] = {}
        self._by_address: dict[str, dict[Waiting, None]] = {}
        self._turned_away = 0

    def __len__(self) -> int:
        return len(self._open)

    def fault(self, kind: Fault) -> None:
        """One more client did what it should not."""
        self._count(kind)

    def join(self, connection: Waiting) -> bool:
        """Whether there is room for it; where there was none, the one that has kept us waiting longest gave way."""
        neighbours = self._by_address.get(network_of(connection.address), {})
        if len(neighbours) >= self.bounds.http_connections_per_address_max and not self._make_room(neighbours):
            return self._no_room()
        if len(self._open) >= self._max and not self._make_room(self._open):
            return self._no_room()
        self._open[connection] = None
        self._by_address.setdefault(network_of(connection.address), {})[connection] = None
        return True

    def leave(self, connection: Waiting) -> None:
        """It is closed, or was never let in."""
        if connection not in self._open:
            return
        del self._open[connection]
        network = network_of(connection.address)
        neighbours = self._by_address[network]
        del neighbours[connection]
        if not neighbours:
            del self._by_address[network]

    def sweep(self, now: float) -> None:
        """Let each look at how long it has waited; `now` is the event loop's time."""
        for connection in list(self._open):
            connection.look(now)
        if self._turned_away:
            log.warning("connections were turned away: too many are open", turned_away=self._turned_away)
            self._turned_away = 0

    def _make_room(self, among: dict[Waiting, None]) -> bool:
        ranked = [(one.patience, one.since, one) for one in among]
        waiting = [(patience, since, one) for patience, since, one in ranked if patience is not None]
        if not waiting:
            return False
        _, _, longest = min(waiting, key=lambda found: found[:2])
        self.leave(longest)
        longest.drop()
        self._count("gave_way")
        return True

    def _no_room(self) -> bool:
        self._turned_away += 1
        self._count("too_many_connections")
        return False
