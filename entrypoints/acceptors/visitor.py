"""A connection as an acceptor has it, and the head of a request that it may take itself."""

import socket
from collections.abc import Collection
from contextlib import suppress

import httptools
from msgspec import Struct

from entrypoints.http.plain import plain_fields

HEAD_BYTES_MAX = 8 * 1024
FIELDS_MAX = 20
"""No more than the least that the settings allow: what has more is for the process that knows them."""
LEAVING_READ_BYTES, LEAVING_READS_MAX = 32 * 1024, 4
END_OF_HEAD = b"\r\n\r\n"


class PlainHead(Struct, frozen=True):
    """A plain delivery's head: how many bytes it has, how many its body, and its headers by lower-case name."""

    head_bytes: int
    body_bytes: int
    fields: dict[bytes, bytes]
    keep_alive: bool


class Visitor:
    """A connection. `held` is what was read of it since the last request that was taken; `since` when that began.

    One that `is_leaving` has its last answer: what it still sends is `thrown_away`, so many bytes of it.
    """

    __slots__ = (
        "address",
        "head",
        "held",
        "id",
        "is_leaving",
        "is_let_go",
        "is_owed",
        "is_paused",
        "keep_alive",
        "since",
        "sock",
        "thrown_away",
    )

    def __init__(self, visitor_id: int, sock: socket.socket, address: str, now: float) -> None:
        self.id = visitor_id
        self.sock = sock
        self.address = address
        self.held = b""
        self.head: PlainHead | None = None
        self.is_owed = self.is_paused = self.is_let_go = self.is_leaving = False
        self.thrown_away = 0
        self.keep_alive = True
        self.since = now


def leave(sock: socket.socket) -> None:
    """Say no more on it, and take what is there: closed over unread bytes, a connection is reset, and its last answer lost."""
    with suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
        for _ in range(LEAVING_READS_MAX):
            if not sock.recv(LEAVING_READ_BYTES):
                return


class _HeadReader:
    """What llhttp finds in the bytes of a head."""

    def __init__(self) -> None:
        self.url = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.heads = 0
        self.has_body = False

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.heads += 1

    def on_body(self, _: bytes) -> None:
        self.has_body = True


def plain_head(raw: bytes, urls: Collection[bytes]) -> PlainHead | None:
    """The head of a plain delivery, from its first byte to its empty line; None where it is of anything else."""
    reader = _HeadReader()
    parser = httptools.HttpRequestParser(reader)
    try:
        parser.feed_data(raw)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        return None
    if reader.heads != 1 or reader.has_body or reader.url not in urls or parser.get_method() != b"POST":
        return None
    fields = plain_fields(reader.headers) if len(reader.headers) <= FIELDS_MAX else None
    if fields is None:
        return None
    keep_alive = parser.get_http_version() != "1.0" and parser.should_keep_alive()
    return PlainHead(len(raw), int(fields[b"content-length"]), fields, keep_alive)
