"""Deliveries that arrive when they arrive: by a schedule that waits for no answer, or as fast as answers come.

A wait begins at the moment for which a delivery was planned, however late it was sent: what keeps the sender from sending
counts as well. A process of its own, or whoever is asked would share its interpreter with whoever asks.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from urllib.parse import urlsplit

from msgspec import Struct

from scripts.benches.load import REPORTS, delivery
from tests.journeys.processes import WEBHOOK_SECRET

PATH = "/webhooks/minivoice"
ANSWER_SECONDS_MAX = 60.0
HEAD_BYTES_MAX = 64 * 1024
GONE = 0
"""The status of one that got no answer: the connection ended, or ANSWER_SECONDS_MAX were over."""


class Arrived(Struct, frozen=True):
    """What came of deliveries, each by the worker and number that `scripts.benches.load.delivery` makes it of.

    `waits` are in seconds, from the planned moment; of those that were acknowledged, and of those that were not.
    """

    planned: int
    seconds: float
    acknowledged: list[tuple[int, int]]
    waits: list[float]
    refused: dict[str, int]
    refused_waits: list[float]
    unclean: list[str]

    @property
    def a_second(self) -> float:
        """Acknowledged ones."""
        return len(self.acknowledged) / self.seconds

    def wait_ms(self, share: float) -> float:
        """What so large a share waited at most."""
        waits = sorted(self.waits) or [0.0]
        return round(waits[min(len(waits) - 1, int(len(waits) * share))] * 1000, 1)


class _Sender:
    def __init__(self, url: str, connections_max: int) -> None:
        self.acknowledged: list[tuple[int, int]] = []
        self.waits: list[float] = []
        self.refused: Counter[str] = Counter()
        self.refused_waits: list[float] = []
        self.unclean: list[str] = []
        self._url = urlsplit(url)
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._places = asyncio.Semaphore(connections_max)

    async def send(self, worker: int, number: int, planned: float) -> None:
        """One delivery, on a connection that is free, or on another."""
        request = delivery(worker, number, WEBHOOK_SECRET.encode(), PATH)
        async with self._places:
            try:
                async with asyncio.timeout(ANSWER_SECONDS_MAX):
                    status, body = await self._answered(request)
            except (OSError, EOFError, TimeoutError) as error:
                status, body = GONE, type(error).__name__.encode()
        wait = time.perf_counter() - planned
        if status == 204:
            self.acknowledged.append((worker, number))
            self.waits.append(wait)
            return
        self.refused[str(status) if status else f"no answer: {body.decode()}"] += 1
        self.refused_waits.append(wait)
        if not (status == GONE or (status == 503 and _is_problem(body))):
            self.unclean.append(f"{status} {body[:200]!r}")

    async def _answered(self, request: bytes) -> tuple[int, bytes]:
        if self._idle:
            reader, writer = self._idle.pop()
        else:
            reader, writer = await asyncio.open_connection(self._url.hostname, self._url.port, limit=HEAD_BYTES_MAX)
        stays = False
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            sizes = [int(one.split(b":")[1]) for one in head.split(b"\r\n") if one.startswith(b"content-length:")]
            body = await reader.readexactly(sizes[0]) if sizes else b""
            stays = b"connection: close" not in head
            status = int(head[9:12])
            if status == 503 and b"\r\nretry-after: " not in head:
                return status, b"without Retry-After: " + body
            return status, body
        finally:
            if stays:
                self._idle.append((reader, writer))
            else:
                await _closed(writer)

    async def leave(self) -> None:
        """Close what is open."""
        for _, writer in self._idle:
            await _closed(writer)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):  # the other end was first
        await writer.wait_closed()


def _is_problem(body: bytes) -> bool:
    try:
        return str(json.loads(body)["type"]).startswith("urn:dialtrail:problem:")
    except (ValueError, KeyError, TypeError):
        return False


def scheduled(url: str, worker: int, moments: Sequence[float], connections_max: int) -> Arrived:
    """Deliveries at so many moments, in seconds from now; each is sent then, whatever became of those before."""

    async def run(sender: _Sender, began: float) -> None:
        async with asyncio.TaskGroup() as tasks:
            for number, moment in enumerate(moments):
                if (early := began + moment - time.perf_counter()) > 0:
                    await asyncio.sleep(early)
                tasks.create_task(sender.send(worker, number, began + moment))

    return _played(url, connections_max, len(moments), run)


def as_answered(url: str, worker: int, connections: int, seconds: float) -> Arrived:
    """So many senders, each of which waits for its answer before it sends the next."""

    async def run(sender: _Sender, began: float) -> None:
        async def one(place: int) -> None:
            number = 0
            while time.perf_counter() < began + seconds:
                await sender.send(worker + place, number, time.perf_counter())
                number += 1

        await asyncio.gather(*(one(place) for place in range(connections)))

    return _played(url, connections, 0, run)


def _played(url: str, connections_max: int, planned: int, run: Callable[[_Sender, float], Awaitable[None]]) -> Arrived:
    async def whole() -> Arrived:
        sender, began = _Sender(url, connections_max), time.perf_counter()
        await run(sender, began)
        seconds = time.perf_counter() - began
        await sender.leave()
        return Arrived(
            planned or len(sender.acknowledged) + len(sender.refused_waits),
            seconds,
            sender.acknowledged,
            sender.waits,
            dict(sender.refused),
            sender.refused_waits,
            sender.unclean,
        )

    return asyncio.run(whole())


def aside() -> ProcessPoolExecutor:
    """A process for `scheduled` and `as_answered`."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


def known_as(acknowledged: Iterable[tuple[int, int]]) -> set[tuple[str, str]]:
    """The call's id and the event of each, as the ledger has them."""
    return {
        (f"call_{worker}_{number // len(REPORTS)}", REPORTS[number % len(REPORTS)]) for worker, number in acknowledged
    }
