"""GET /v1/stream: the ledger's feed as server-sent events, pulled in batches and woken by commits."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, cast

import structlog
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from adapters.ledger import Ledger
from application.actor import Actor
from application.installation import Installation
from application.moment import POSITION_DIGITS_MAX
from application.queries.events import read_within, shown_event
from application.queries.masking import seen_by
from application.queries.moments import check_place
from domain.errors import InvalidInput, LedgerError
from domain.events import Recorded
from entrypoints.http.access import READS, allow
from entrypoints.http.json import encode
from entrypoints.http.open_streams import STREAMS_AT_ONCE_MAX, STREAMS_OF_A_CALLER_MAX, OpenStreams
from entrypoints.http.openapi.operation import READ, DescribedRoute, Operation
from entrypoints.http.parameters import AFTER, Header
from entrypoints.http.parts import parts_of

BATCH_EVENTS_MAX = 100
HEARTBEAT_SECONDS = 15.0
RETRY_MILLISECONDS = 2_000
READER_STALLS_SECONDS_MAX = 120.0
ENDING_SECONDS_MAX = 1.0
LAST_EVENT_ID = Header(
    name="Last-Event-ID",
    kind=Annotated[int, Meta(ge=0, le=10**POSITION_DIGITS_MAX - 1)],
    means="the id of the last event that was seen; stronger than `after`",
)
HEARTBEAT = b": still here\n\n"
HEADERS = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no"}

log = structlog.get_logger("dialtrail.stream")


class EventStream(Response):
    """Every event after a position, until the reader goes, their session ends, the server stops or the ledger cannot be read."""

    def __init__(
        self, ledger: Ledger, streams: OpenStreams, actor: Actor, after: int, may_go_on: Callable[[], bool]
    ) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._ledger = ledger
        self._streams = streams
        self._actor = actor
        self._after = after
        self._may_go_on = may_go_on

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Answer, and return when it is over."""
        with self._streams.opened(self._actor) as bell:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            sending = asyncio.create_task(self._send_on(bell, send))
            leaving = asyncio.create_task(_left(receive))
            try:
                await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                sending.cancel()
                leaving.cancel()
                failed = (await asyncio.gather(sending, leaving, return_exceptions=True))[0]
        if isinstance(failed, LedgerError | TimeoutError):
            log.warning("stream ended", after=self._after, reason=str(failed) or "its reader stalled")
        elif isinstance(failed, Exception):
            raise failed
        with suppress(TimeoutError):
            async with asyncio.timeout(ENDING_SECONDS_MAX):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_on(self, bell: asyncio.Event, send: Send) -> None:
        await _send(send, b"retry: %d\n\n" % RETRY_MILLISECONDS)
        while not self._streams.closing and self._may_go_on():
            self._streams.listen(bell)
            if chunk := await asyncio.to_thread(self._read):
                await _send(send, chunk)
            elif not await _rung(bell):
                await _send(send, HEARTBEAT)

    def _read(self) -> bytes:
        """The next batch as it is sent; empty at the ledger's end."""
        batch = read_within(self._ledger.read_feed, self._after, BATCH_EVENTS_MAX)
        if batch:
            self._after = batch[-1].position
        return b"".join(_message(recorded, self._actor) for recorded in batch)


async def stream(request: Request) -> Response:
    """GET /v1/stream."""
    actor = allow(request, READS)
    parts, streams = parts_of(request), streams_of(request)
    after = await _after(request, parts)
    streams.check_room(actor)
    if request.method == "HEAD":
        return Response(headers=HEADERS)
    # Whoever came with a cookie is let go when the session ends; a token is as good at the end as it was at first.
    may_go_on = getattr(request.state, "may_go_on", lambda: True)
    return EventStream(parts.ledger, streams, actor, after, may_go_on)


def streams_of(request: Request) -> OpenStreams:
    """The streams of the installation that this request came to."""
    return cast("OpenStreams", request.app.state.streams)


async def _after(request: Request, parts: Installation) -> int:
    """Where to begin: what the reader has seen, else what it asks for, else the ledger's end."""
    seen = request.headers.get(LAST_EVENT_ID.name)
    if seen is not None:
        name = LAST_EVENT_ID.name
        if not (seen.isascii() and seen.isdigit() and len(seen) <= POSITION_DIGITS_MAX):
            raise InvalidInput(
                name, "must be the id of an event of this stream, a position; leave it out to begin anew"
            )
        after = int(seen)
        await asyncio.to_thread(check_place, parts, name, after)
        return after
    if AFTER.name in request.query_params:
        return await AFTER.within(request)
    return parts.ledger.position


def _message(recorded: Recorded, actor: Actor) -> bytes:
    data = encode(seen_by(actor, shown_event(recorded, actor)))
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (recorded.position, recorded.name.encode(), data)


async def _rung(bell: asyncio.Event) -> bool:
    """Whether the bell rang before it was time for a heartbeat."""
    try:
        async with asyncio.timeout(HEARTBEAT_SECONDS):
            await bell.wait()
    except TimeoutError:
        return False
    return True


async def _send(send: Send, chunk: bytes) -> None:
    """Send, as fast as the reader takes it. Raises `TimeoutError` where it takes nothing for too long."""
    async with asyncio.timeout(READER_STALLS_SECONDS_MAX):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _left(receive: Receive) -> None:
    """Returns when the reader has gone; what it sends is not read."""
    while (await receive())["type"] != "http.disconnect":
        pass


ROUTES = [
    DescribedRoute(
        stream,
        Operation(
            method="GET",
            path="/v1/stream",
            tag="events",
            summary="The ledger as it grows, as server-sent events",
            description=(
                "Each message has the position as `id`, the event's name as `event`, and an Event as one line of JSON as "
                "`data`. Begins after `Last-Event-ID`, else after `after`, else at the ledger's end. A line that begins "
                f"with a colon comes at least every {HEARTBEAT_SECONDS:g} seconds. At most {STREAMS_AT_ONCE_MAX} streams "
                f"are open at once, {STREAMS_OF_A_CALLER_MAX} of one caller."
            ),
            parameters=(LAST_EVENT_ID, AFTER),
            answers={200: str},
            media_type="text/event-stream",
            problems=(*READ, "invalid-input"),
        ),
    )
]
