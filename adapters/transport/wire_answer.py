"""One answer as it comes in, in whatever pieces: its head, its body, and where it ends."""

from collections.abc import Sequence

import httpx
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

HEAD_BYTES_MAX = 100 * 1024  # names and values of an answer and its interim answers, and its trailers
HEADERS_MAX = 200  # so many lines
UNREAD_BYTES_MAX = 2 * HEAD_BYTES_MAX  # with all that a head may be padded with
_FIRST_STATUS = 100
_LAST_INTERIM_STATUS = 199
_SWITCHED = 101


class WireAnswer:
    """What `feed` was given so far. Interim answers (100, 103) are passed over; trailers are read, and left out.

    `is_asked_for_a_body` is False for HEAD. `has_surplus` says that more came than the answer: nothing that follows on this
    connection can be believed.
    """

    def __init__(self, *, is_asked_for_a_body: bool = True) -> None:
        self.status = 0
        self.reason = b""
        self.version = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.has_head = False
        self.is_complete = False
        self.has_surplus = False
        self.is_kept_alive = False
        self.waiting_bytes = 0
        self._is_asked_for_a_body = is_asked_for_a_body
        self._body: list[bytes] = []
        self._has_length = False
        self._is_chunked = False
        self._head_bytes = 0
        self._head_lines = 0
        self._unread_bytes = 0
        self._parser = HttpResponseParser(self)

    def feed(self, piece: bytes) -> None:
        """The next bytes. Raises `httpx.RemoteProtocolError` for what is no answer, or one beyond the bounds."""
        try:
            self._parser.feed_data(piece)
        except (HttpParserError, HttpParserUpgrade) as error:
            self.has_surplus = self.is_complete
            if not self.has_surplus:
                cause = error.__context__
                raise cause if isinstance(cause, httpx.RemoteProtocolError) else _not_http(str(error)) from None
        if not self.has_head:
            self._unread_bytes += len(piece)
            if self._unread_bytes > UNREAD_BYTES_MAX:
                raise _head_too_long()

    def end(self) -> None:
        """Nothing more comes. Raises `httpx.RemoteProtocolError` unless the answer is whole, or ends where the connection does."""
        if self.is_complete:
            return
        if not self.has_head:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        if self._has_length or self._is_chunked:
            raise httpx.RemoteProtocolError("the answer broke off in its body")
        self.is_complete = True

    def take(self) -> bytes:
        """What has come of the body and was not taken yet."""
        taken, self._body, self.waiting_bytes = self._body, [], 0
        return taken[0] if len(taken) == 1 else b"".join(taken)

    def on_message_begin(self) -> None:
        if self.is_complete:
            self.has_surplus = True
        else:
            self._count_line(0)

    def on_status(self, piece: bytes) -> None:
        if self.is_complete:
            return
        self._head_bytes += len(piece)
        self.reason += piece

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.is_complete:
            return
        self._count_line(len(name) + len(value))
        if self.has_head:
            return
        self.headers.append((name, value))
        folded = name.lower()
        if folded == b"content-length":
            self._has_length = True
        elif folded == b"transfer-encoding":
            self._is_chunked = value.lower().endswith(b"chunked")

    def on_headers_complete(self) -> None:
        if self.is_complete:
            return
        self.status = self._parser.get_status_code()
        version = self._parser.get_http_version()
        if not version.startswith("1.") or self.status < _FIRST_STATUS:
            raise _not_http(f"HTTP/{version} {self.status:03}")
        if self.status == _SWITCHED:
            raise _not_http("another protocol was not asked for")
        if self.status <= _LAST_INTERIM_STATUS:
            return
        self.version = f"HTTP/{version}".encode()
        self.has_head = True
        self.is_kept_alive = self._parser.should_keep_alive()
        if not self._is_asked_for_a_body:
            self.is_complete, self.is_kept_alive = True, False  # the parser waits for a body now

    def on_body(self, piece: bytes) -> None:
        if not self.is_complete:
            self._body.append(piece)
            self.waiting_bytes += len(piece)

    def on_message_complete(self) -> None:
        if self.has_head:
            self.is_complete = True
        else:
            self.reason, self.headers = b"", []
            self._has_length = self._is_chunked = False

    def _count_line(self, size: int) -> None:
        self._head_bytes += size
        self._head_lines += 1
        if self._head_bytes > HEAD_BYTES_MAX:
            raise _head_too_long()
        if self._head_lines > HEADERS_MAX:
            raise httpx.RemoteProtocolError(f"the answer has more than {HEADERS_MAX} headers")


def _head_too_long() -> httpx.RemoteProtocolError:
    return httpx.RemoteProtocolError(f"the answer's head is longer than {HEAD_BYTES_MAX} bytes")


def _not_http(what: str) -> httpx.RemoteProtocolError:
    return httpx.RemoteProtocolError(f"the answer is not HTTP/1.1: {what}")


def head_of(method: str, target: bytes, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """A request's head. Raises `httpx.LocalProtocolError` where a header would become two, or something else."""
    lines = [b"%b %b HTTP/1.1" % (method.encode(), target), *(b"%b: %b" % header for header in headers)]
    head = b"\r\n".join(lines)
    if head.count(b"\r") != len(headers) or head.count(b"\n") != len(headers) or b"\0" in head:
        raise httpx.LocalProtocolError("a header has a line end or a zero byte")
    return head + b"\r\n\r\n"
