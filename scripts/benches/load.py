"""A load client on raw sockets, a process of its own: distinct signed deliveries over kept connections.

    python load.py URL[,URL …] SECRET CONNECTIONS SECONDS [A_SECOND]

As fast as it goes, or at a pace that waits for no answer: then a wait begins when a delivery was due. Prints one line of
JSON: what was answered 2xx and how, per second, and the waits in ms.
"""

import asyncio
import hashlib
import hmac
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle
from urllib.parse import urlsplit

PADDING = "x" * 420
CALLS_BESIDE = 100


REPORTS = ("call.created", "call.answered", "call.gathered", "recording.completed", "call.completed")


def delivery(worker: int, number: int, secret: bytes, path: str) -> bytes:
    """A request of some 900 bytes of body, different from all others: five reports a call, one of them of a recording."""
    call_id = f"call_{worker}_{number // len(REPORTS)}"
    event = REPORTS[number % len(REPORTS)]
    body = json.dumps(
        {
            "event": event,
            "created_at": "2026-05-29T12:10:00Z",
            "call": {
                "id": call_id,
                "customer_id": "cust_123",
                "application_id": "app_123",
                "status": "in_progress",
                "direction": "outbound",
                "from": "+15551230001",
                "to": "+15551230002",
                "padding": PADDING,
            },
            "variables": {},
            "data": {"event_key": f"{call_id}:{event}"},
        },
        separators=(",", ":"),
    ).encode()
    signature = hmac.new(secret, b"1780056600." + body, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        f"x-minivoice-timestamp: 1780056600\r\nx-minivoice-signature: v1={signature}\r\n\r\n"
    )
    return head.encode() + body


def mixed(worker: int, count: int, secret: bytes, path: str) -> Iterator[bytes]:
    """So many, of calls that go on beside each other."""
    for first in range(0, count, CALLS_BESIDE * len(REPORTS)):
        for step in range(len(REPORTS)):
            for each in range(CALLS_BESIDE):
                yield delivery(worker, first + each * len(REPORTS) + step, secret, path)


class Told:
    """What came of them."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.waits: list[float] = []
        self.lost = 0

    def show(self, seconds: float) -> None:
        """Print it."""
        waits = sorted(self.waits) or [0.0]
        answered = sum(count for status, count in self.statuses.items() if status < 300)
        print(
            json.dumps(
                {
                    "statuses": self.statuses,
                    "answered": answered,
                    "refused": sum(self.statuses.values()) - answered,
                    "lost": self.lost,
                    "seconds": seconds,
                    "per_second": round(sum(self.statuses.values()) / seconds),
                    **{
                        f"p{part}_ms": _part(waits, share)
                        for part, share in (("50", 0.5), ("99", 0.99), ("999", 0.999))
                    },
                }
            )
        )


def _part(waits: Sequence[float], share: float) -> float:
    return round(waits[int(len(waits) * share)] * 1000, 2)


async def answer(reader: asyncio.StreamReader) -> int:
    """An answer's status, once it is whole."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((int(h.split(b":")[1]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length:")), 0)
    if length:
        await reader.readexactly(length)
    return int(head[9:12])


async def one(host: str, port: int, requests: Iterable[bytes], until: float, told: Told, gap: float = 0.0) -> None:
    """One connection, one request at a time, `gap` seconds from the start of one to that of the next, or later."""
    reader, writer = await asyncio.open_connection(host, port)
    due = time.perf_counter()
    for request in requests:
        if gap:
            await asyncio.sleep(due - time.perf_counter())
            due += gap
        began = time.perf_counter()
        if began > until:
            break
        writer.write(request)
        told.statuses[await answer(reader)] += 1
        told.waits.append(time.perf_counter() - began)
    writer.close()


async def at_a_pace(host: str, port: int, due: "asyncio.Queue[tuple[float, bytes] | None]", told: Told) -> None:
    """One connection, which takes the next that is due."""
    reader, writer = await asyncio.open_connection(host, port)
    while (next_one := await due.get()) is not None:
        at, request = next_one
        writer.write(request)
        try:
            told.statuses[await answer(reader)] += 1
        except (ConnectionError, asyncio.IncompleteReadError):
            told.lost += 1
            reader, writer = await asyncio.open_connection(host, port)
        told.waits.append(time.perf_counter() - at)
    writer.close()


async def drive(urls: str, prepared: Sequence[Iterable[bytes]], seconds: float, a_second: float = 0.0) -> None:
    """Send what each connection has to send, so many a second together (0: as fast as they go), and print what came of it.

    Of several servers each connection has one, in turn.
    """
    targets, told = [urlsplit(url) for url in urls.split(",")], Told()
    gap = len(prepared) / a_second if a_second else 0.0
    began = time.perf_counter()
    await asyncio.gather(
        *(
            one(target.hostname or "", target.port or 80, requests, began + seconds, told, gap)
            for requests, target in zip(prepared, cycle(targets), strict=False)
        )
    )
    told.show(time.perf_counter() - began)


async def pace(url: str, requests: Sequence[bytes], connections: int, a_second: float) -> None:
    """Have each sent when it is due, by a connection that is free or gets free; print what came of it."""
    target, told = urlsplit(url), Told()
    due: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()
    sending = [
        asyncio.create_task(at_a_pace(target.hostname or "", target.port or 80, due, told)) for _ in range(connections)
    ]
    began = time.perf_counter()
    for place, request in enumerate(requests):
        at = began + place / a_second
        if (early := at - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        due.put_nowait((at, request))
    for _ in sending:
        due.put_nowait(None)
    await asyncio.gather(*sending)
    told.show(time.perf_counter() - began)


async def main(urls: str, secret: str, connections: int, seconds: float, a_second: float | None) -> None:
    """Prepare all requests first, then send."""
    first = urls.partition(",")[0]
    path, key = urlsplit(first).path, secret.encode()
    if a_second is not None:
        await pace(first, list(mixed(connections, int(seconds * a_second), key, path)), connections, a_second)
        return
    each = int(seconds * 32_000 / connections)
    await drive(urls, [[delivery(w, n, key, path) for n in range(each)] for w in range(connections)], seconds)


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        a_second = float(sys.argv[5]) if len(sys.argv) > 5 else None
        runner.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), a_second))
