"""A pair of sockets between two processes: messages that arrive whole, some of them with an open connection.

The pair is made before the second process, which inherits its end: nobody else can speak on it, and it has no path.
"""

import array
import errno
import socket
from collections import deque
from collections.abc import Iterator

MESSAGE_BYTES_MAX = 192 * 1024
BUFFER_BYTES = 1024 * 1024
FD_BYTES = array.array("i").itemsize
BESIDE_BYTES = socket.CMSG_SPACE(FD_BYTES)
MESSAGES_A_LOOK_MAX = 4
KIND_BYTES = 1
TRUNCATED, CLOSE_ON_EXEC = int(socket.MSG_TRUNC), int(socket.MSG_CMSG_CLOEXEC)
"""As plain numbers: the library's flags take a call into Python each time that they are asked."""
REFUSED_SECONDS = 0.05
"""After how long to try again where the system refused a message."""
REFUSED_MAX = 80
"""So often in a row, some 4 s, and the channel is of no more use."""
_REFUSALS = {errno.ENOBUFS, errno.ENOMEM, errno.ETOOMANYREFS}


class ChannelEnded(Exception):
    """The other end is closed: its process has ended."""


class MessageTooLong(ChannelEnded):
    """A message does not fit, which is a mistake of ours: without it the channel is of no more use."""


def pair() -> tuple[socket.socket, socket.socket]:
    """The two ends, neither of which waits."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    return ends


class Channel:
    """One end. Nothing waits: what the other has no room for is kept, in order, until `flush`."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._end = end
        self._unsent: deque[tuple[bytes, socket.socket | None]] = deque()
        self._buffer = bytearray(MESSAGE_BYTES_MAX)
        self._view = memoryview(self._buffer)
        self._refused = 0

    def fileno(self) -> int:
        """What to poll."""
        return self._end.fileno()

    @property
    def is_blocked(self) -> bool:
        """Whether something waits for the other's room."""
        return bool(self._unsent)

    @property
    def is_refused(self) -> bool:
        """Whether it is the system that had no room, for memory or for connections under way: no poll tells when it has."""
        return self._refused > 0

    def send(self, kind: bytes, message: bytes, connection: socket.socket | None = None) -> None:
        """Send a message of at most MESSAGE_BYTES_MAX, kind included; the connection goes with it, and is closed here.

        After a refusal it waits for the next `flush`. Raises `ChannelEnded`, and `MessageTooLong`.
        """
        self._unsent.append((kind + message, connection))
        if KIND_BYTES + len(message) > MESSAGE_BYTES_MAX:
            raise MessageTooLong(_too_long(kind, f"of {KIND_BYTES + len(message)} bytes was to be sent"))
        if not self._refused:
            self.flush()

    def flush(self) -> None:
        """Send what is kept, as far as there is room; after a refusal not before REFUSED_SECONDS. Raises `ChannelEnded`."""
        while self._unsent:
            message, connection = self._unsent[0]
            try:
                if connection is None:
                    self._end.send(message)
                else:
                    socket.send_fds(self._end, [message], [connection.fileno()])
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno not in _REFUSALS:
                    raise ChannelEnded from error
                self._refused += 1
                if self._refused > REFUSED_MAX:
                    raise ChannelEnded(f"the system refused a message {REFUSED_MAX} times ({error})") from error
                return
            self._refused = 0
            self._unsent.popleft()
            if connection is not None:
                connection.close()

    def receive(self) -> Iterator[tuple[bytes, bytes, socket.socket | None]]:
        """What came: each message's kind, its bytes and the connection that came with it.

        Raises `ChannelEnded`, and `MessageTooLong` where one was cut off.
        """
        for _ in range(MESSAGES_A_LOOK_MAX):
            try:
                size, beside, flags, _ = self._end.recvmsg_into([self._buffer], BESIDE_BYTES, CLOSE_ON_EXEC)
            except BlockingIOError:
                return
            except OSError as error:
                raise ChannelEnded from error
            if size == 0:
                raise ChannelEnded
            connection = _connection_in(beside) if beside else None
            kind, message = bytes(self._view[:KIND_BYTES]), bytes(self._view[KIND_BYTES:size])
            if flags & TRUNCATED:
                if connection is not None:
                    connection.close()
                raise MessageTooLong(_too_long(kind, "came cut off"))
            yield kind, message, connection

    def close(self) -> None:
        """Close this end, and what was to go with the messages that are left."""
        self._end.close()
        for _, connection in self._unsent:
            if connection is not None:
                connection.close()
        self._unsent.clear()


def _too_long(kind: bytes, what: str) -> str:
    return f"a message {kind.decode('ascii', 'replace')} {what}; one has at most {MESSAGE_BYTES_MAX} bytes"


def _connection_in(beside: list[tuple[int, int, bytes]]) -> socket.socket | None:
    for level, kind, data in beside:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS) and len(data) >= FD_BYTES:
            return socket.socket(fileno=array.array("i", data[:FD_BYTES])[0])
    return None
