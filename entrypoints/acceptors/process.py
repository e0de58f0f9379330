"""An acceptor's process: `python -m entrypoints.acceptors.process CHANNEL`, with a socket that it inherits.

It ends with the process that started it, whose end of the channel closes, and is ended by it; what a terminal or a
service manager sends to all of a group is not for it.
"""

import gc
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from msgspec import MsgspecError

from entrypoints.acceptors.acceptor import Acceptor
from entrypoints.acceptors.channel import Channel, ChannelEnded, MessageTooLong
from entrypoints.acceptors.messages import ORDERS, read_orders

GC_THRESHOLDS = (200_000, 50, 100)


def main(channel_fd: int) -> None:
    """Accept until told to end, or until nobody is there to tell."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    try:
        run(Channel(socket.socket(fileno=channel_fd)))
    except (MessageTooLong, MsgspecError) as error:
        sys.exit(f"an acceptor ends: it cannot go on with the process that writes ({error})")
    except ChannelEnded:
        return


def utc_now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)  # noqa: TID251 - it comes in here, as in `entrypoints.process`


def run(channel: Channel, clock: Callable[[], datetime] = utc_now) -> None:
    """The whole life of an acceptor, which begins with its orders and the listening socket. Raises `ChannelEnded`."""
    waiting = select.poll()  # not `select`, which takes no descriptor from 1024 on
    waiting.register(channel.fileno(), select.POLLIN)
    waiting.poll()
    for kind, message, listening in channel.receive():
        if kind == ORDERS and listening is not None:
            with listening:  # the channel may end while the acceptor is made
                acceptor = Acceptor(listening, channel, read_orders(message), clock, time.monotonic)
                try:
                    while acceptor.turn():
                        pass
                finally:
                    acceptor.end()
            return


if __name__ == "__main__":
    main(int(sys.argv[1]))
