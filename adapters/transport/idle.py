"""Connections that nobody uses at the moment: the last one first, none that is too old, and the oldest close by themselves."""

import asyncio

from adapters.transport.connection import HttpConnection


class IdleConnections:
    """The stack of them. None stays for longer than `age_seconds`."""

    def __init__(self, age_seconds: float) -> None:
        self._age_seconds = age_seconds
        self._since: dict[HttpConnection, float] = {}  # in order: the last one is the youngest
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._since)

    def take(self, loop: asyncio.AbstractEventLoop) -> HttpConnection | None:
        """The youngest that can be used; what cannot is closed."""
        while self._since:
            connection, since = self._since.popitem()
            connection.on_useless = None
            if loop.time() - since < self._age_seconds and connection.is_silent():
                return connection
            connection.close()
        return None

    def put(self, connection: HttpConnection, loop: asyncio.AbstractEventLoop) -> None:
        """It is free from now on."""
        connection.rest()
        connection.on_useless = self._gone
        self._since[connection] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(self._age_seconds, self._expire, loop)

    def close(self) -> None:
        """Close all of them."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for connection in list(self._since):
            connection.close()

    def _gone(self, connection: HttpConnection) -> None:
        self._since.pop(connection, None)

    def _expire(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        while self._since:
            oldest, since = next(iter(self._since.items()))
            left = since + self._age_seconds - loop.time()
            if left > 0:
                self._timer = loop.call_later(left, self._expire, loop)
                return
            oldest.close()
