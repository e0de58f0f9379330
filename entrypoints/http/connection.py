"""One connection: uvicorn's, with bounds on what a client may send, and how long it may take."""

import asyncio
from enum import IntEnum
from typing import ClassVar

import httptools
from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from entrypoints.http.connections import Connections, Fault
from entrypoints.http.problems import KINDS, problem
from entrypoints.http.trailers import TRAILERS

BODY_BYTES_PER_SECOND_MIN = 16 * 1024
LINGER_SECONDS = 5.0


class Part(IntEnum):
    """What of a request is awaited; who waits for the lowest gives way first to a new connection."""

    FIRST_BYTE = 0
    NEXT_REQUEST = 1
    HEAD = 2
    BODY = 3
    ANSWER = 4
    REFUSED = 5


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's protocol over httptools. What it has not read to the end is kept nowhere beyond the bounds, but for what
    one read from the socket brought.

    Every webhook comes through here: nothing is done for each header. uvicorn adds trailers to the headers; here they go
    into a list of their own, since they come when everything was decided by the headers.
    """

    keeper: ClassVar[Connections]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let it in, or turn it away."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self.address = self.client[0] if self.client else ""
        self.since = self._now = self.loop.time()
        self._part = Part.FIRST_BYTE
        self._sent_nothing_since: float | None = None
        self._closing_since: float | None = None
        self._unsent_bytes = 0
        self._fault: Fault = "not_http"
        self._is_deaf = False
        self._read_bytes = self._unread_bytes = self._body_bytes = 0
        self.headers = []
        self._head = self.headers
        if not self.keeper.join(self):
            self._answer(503, "too-many-connections", "too many connections are open; try again")
            self._is_deaf = True
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self.keeper.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, as far as the bounds go."""
        if self._is_deaf:
            return
        self._unset_keepalive_if_required()
        self._now = self.loop.time()
        if self._part <= Part.NEXT_REQUEST:
            self._await(Part.HEAD)
        self._read_bytes = len(data)
        self._unread_bytes += self._read_bytes
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:  # answered as if it had not asked; what follows is of another protocol
            self.cycle.keep_alive = False
            self._is_deaf = True
            return
        except httptools.HttpParserError:
            self._refuse(self._fault)
            return
        if self._unread_bytes > self.keeper.bounds.http_head_bytes_max:
            self._refuse("head_too_large")
        elif len(self.headers) > self.keeper.bounds.http_fields_max:
            self._refuse("too_many_fields")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._unread_bytes = self._read_bytes
        self._await(Part.HEAD)

    def on_headers_complete(self) -> None:
        """The body is next, and then perhaps trailers."""
        self._check_head(self.headers)
        if self.parser.should_upgrade() and self._has_body():
            self._fault = "upgrade"
            raise ValueError(self._fault)
        self._head = self.headers
        self._body_bytes = self._unread_bytes = 0
        self._begin_answer()
        self.headers = self.scope["state"][TRAILERS] = []
        self._await(Part.BODY)

    def _begin_answer(self) -> None:
        """The head is here: have the application begin, beside the body."""
        super().on_headers_complete()

    def _has_body(self) -> bool:
        """Whether a body is announced: the parser leaves that of an upgrade out."""
        announced = dict(self.headers)
        return b"transfer-encoding" in announced or announced.get(b"content-length", b"0").strip(b"0 ") != b""

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._body_bytes += len(body)
        self._unread_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The whole request is here."""
        if self.headers:
            self._unread_bytes += self._read_bytes
            self._check_head([*self._head, *self.headers])
        is_answered = self.cycle.response_complete
        self._unread_bytes = 0
        self._await(Part.NEXT_REQUEST if is_answered else Part.ANSWER)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """It is answered. A body that is still coming is read to its end, and thrown away."""
        if self._part is not Part.ANSWER or self.pipeline:
            super().on_response_complete()
            return
        self.since, self._part = self.loop.time(), Part.NEXT_REQUEST
        # What the library does here, but for a timer that each next request would cancel: `look` keeps the time as well.
        self.server_state.total_requests += 1
        if not self.transport.is_closing():
            self.flow.resume_reading()

    def pause_writing(self) -> None:
        """The reader takes nothing."""
        self._sent_nothing_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """It took some."""
        self._sent_nothing_since = None
        super().resume_writing()

    @property
    def patience(self) -> int | None:
        """Its part, while it is the client that keeps us waiting, and not the answer that is on its way."""
        is_ours = self._part is Part.ANSWER or self.flow.read_paused or self.transport.get_write_buffer_size() > 0
        return None if is_ours else self._part

    def look(self, now: float) -> None:
        """End what takes too long: with an answer where a request has begun, in any case for good."""
        bounds = self.keeper.bounds
        self._look_at_reader(now)
        if self.transport.is_closing():
            self._closing_since = self._closing_since or now
            if now - self._closing_since > LINGER_SECONDS:
                self.transport.abort()
        elif self._sent_nothing_since is not None and now - self._sent_nothing_since > bounds.http_reader_seconds:
            self.keeper.fault("slow_reader")
            self.transport.abort()
        elif self._part is Part.REFUSED:
            if now - self.since > LINGER_SECONDS:
                self.transport.abort()
        elif self._part is Part.FIRST_BYTE and now - self.since > bounds.http_first_byte_seconds:
            self.keeper.fault("silent")
            self.transport.close()
        elif self._part is Part.HEAD and now - self.since > bounds.http_head_seconds:
            self._refuse("slow_head")
        elif self._part is Part.BODY:
            self._look_at_body(now)
        # The library's own timer ends with the first byte after an answer, also where that was of the answered request.
        elif self._part is Part.NEXT_REQUEST and now - self.since > self.timeout_keep_alive:
            self.transport.close()

    def _look_at_reader(self, now: float) -> None:
        """A reader that takes some of what is unsent is slow, and not gone: its time begins anew."""
        unsent = self.transport.get_write_buffer_size()
        if unsent < self._unsent_bytes:
            self._closing_since = now if unsent else self._closing_since
            self._sent_nothing_since = None if self._sent_nothing_since is None else now
        self._unsent_bytes = unsent

    def drop(self) -> None:
        """Close it at once."""
        self.transport.abort()

    def _look_at_body(self, now: float) -> None:
        if self.flow.read_paused:  # it is we who do not read on
            self.since = now
            return
        allowed = self.keeper.bounds.http_body_seconds
        if not self.cycle.response_complete:
            allowed += self._body_bytes / BODY_BYTES_PER_SECOND_MIN
        if now - self.since > allowed:
            self._refuse("slow_body")

    def _await(self, part: Part) -> None:
        self._part, self.since = part, self._now

    def _check_head(self, fields: list[tuple[bytes, bytes]]) -> None:
        """Look at the bounds of a whole head. What it has in bytes matters only where so many came since it began."""
        bounds = self.keeper.bounds
        if len(fields) > bounds.http_fields_max:
            self._fault = "too_many_fields"
            raise ValueError(self._fault)
        if self._unread_bytes > bounds.http_head_bytes_max:
            size = len(self.url) + sum(len(name) + len(value) + len(b": \r\n") for name, value in fields)
            if size > bounds.http_head_bytes_max:
                self._fault = "head_too_large"
                raise ValueError(self._fault)

    def _refuse(self, fault: Fault) -> None:
        """Say why, read nothing more, and end the request that was being read.

        The client has LINGER_SECONDS to read the answer: closing at once would take it from it again.
        """
        self.keeper.fault(fault)
        self._is_deaf = True
        if self.pipeline:  # an answer here would come before those that are owed
            self.transport.abort()
            return
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            if self._part is not Part.BODY:  # the request before is still being answered
                cycle.keep_alive = False
                self._part = Part.ANSWER
                return
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started:
                self.transport.abort()
                return
        self.since, self._part = self.loop.time(), Part.REFUSED
        self.flow.resume_reading()
        kind, detail = self._words(fault)
        self._answer(KINDS[kind].status, kind, detail)
        self.transport.write_eof()

    def _words(self, fault: Fault) -> tuple[str, str]:
        bounds = self.keeper.bounds
        size, fields = bounds.http_head_bytes_max, bounds.http_fields_max
        return {
            "head_too_large": ("head-too-large", f"line, headers and trailers may have at most {size} bytes together"),
            "too_many_fields": ("head-too-large", f"a request may have at most {fields} headers and trailers"),
            "upgrade": ("not-http", "a request with a body may not ask for an upgrade; send it without Upgrade"),
            "slow_head": ("too-slow", f"the headers did not come within {bounds.http_head_seconds:g} seconds"),
            "slow_body": ("too-slow", f"a body has {bounds.http_body_seconds:g} seconds, and one more for each 16 KiB"),
        }.get(fault, ("not-http", "this is not a request in HTTP/1.1"))

    def _answer(self, status: int, kind: str, detail: str) -> None:
        self.transport.write(written(problem(status, kind, KINDS[kind].title, detail), keep_alive=False))


def written(answer: Response, *, keep_alive: bool) -> bytes:
    """A whole answer as it goes to the socket; one that says itself that it is the last says so once."""
    close = b"" if keep_alive or "connection" in answer.headers else b"connection: close\r\n"
    head = b"".join(b"%s: %s\r\n" % header for header in answer.raw_headers)
    return b"%s%s%s\r\n%s" % (STATUS_LINE[answer.status_code], head, close, answer.body)
