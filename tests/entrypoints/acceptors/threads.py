"""An acceptor in a thread instead of a process."""

import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from threading import Thread

from entrypoints.acceptors.channel import Channel, ChannelEnded
from entrypoints.acceptors.process import run


class AcceptorThread:
    """The same life as a process's, with an end of its own."""

    def __init__(self, end: socket.socket, clock: Callable[[], datetime]) -> None:
        self._channel = Channel(end.dup())
        self._clock = clock
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def kill(self) -> None:
        """It goes on until it notices that nobody hears it."""

    def wait(self, timeout: float | None = None) -> int:
        """0, once it has ended."""
        self._thread.join(timeout)
        if self._thread.is_alive():
            raise subprocess.TimeoutExpired("acceptor", timeout or 0)
        return 0

    def _run(self) -> None:
        with suppress(ChannelEnded):
            run(self._channel, self._clock)
