"""A load client on raw sockets, a process of its own: distinct signed deliveries over kept connections.

python load.py URL[,URL …] SECRET CONNECTIONS SECONDS        prints one line of JSON: answers by status, per second, p50 and p99 in ms

Of several servers each connection has one, in turn.
"""

import asyncio
import hashlib
import hmac
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import cycle
from urllib.parse import urlsplit

PADDING = "x" * 420


def delivery(worker: int, number: int, secret: bytes, path: str) -> bytes:
    """A request of some 900 bytes of body, different from all others, four to a call."""
    call_id = f"call_{worker}_{number // 4}"
    event = ("call.created", "call.answered", "call.gathered", "call.completed")[number % 4]
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


async def one(
    host: str, port: int, requests: Iterable[bytes], until: float, gap: float = 0.0
) -> tuple[Counter[int], list[float]]:
    """One connection, one request at a time, `gap` seconds from the start of one to that of the next, or later."""
    reader, writer = await asyncio.open_connection(host, port)
    statuses: Counter[int] = Counter()
    waits: list[float] = []
    due = time.perf_counter()
    for request in requests:
        if gap:
            await asyncio.sleep(due - time.perf_counter())
            due += gap
        began = time.perf_counter()
        if began > until:
            break
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(h.split(b":")[1]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length:")), 0
        )
        if length:
            await reader.readexactly(length)
        waits.append(time.perf_counter() - began)
        statuses[int(head[9:12])] += 1
    writer.close()
    return statuses, waits


async def drive(urls: str, prepared: Sequence[Iterable[bytes]], seconds: float, a_second: float = 0.0) -> None:
    """Send what each connection has to send, so many a second together (0: as fast as they go), and print what came of it."""
    targets = [urlsplit(url) for url in urls.split(",")]
    gap = len(prepared) / a_second if a_second else 0.0
    began = time.perf_counter()
    found = await asyncio.gather(
        *(
            one(target.hostname or "", target.port or 80, requests, began + seconds, gap)
            for requests, target in zip(prepared, cycle(targets), strict=False)
        )
    )
    took = time.perf_counter() - began
    waits = sorted(wait for _, some in found for wait in some)
    statuses: Counter[int] = sum((statuses for statuses, _ in found), Counter())
    print(
        json.dumps(
            {
                "statuses": statuses,
                "per_second": round(sum(statuses.values()) / took),
                "p50_ms": round(waits[len(waits) // 2] * 1000, 2),
                "p99_ms": round(waits[int(len(waits) * 0.99)] * 1000, 2),
            }
        )
    )


async def main(urls: str, secret: str, connections: int, seconds: float) -> None:
    """Prepare all requests first, then send."""
    path = urlsplit(urls.partition(",")[0]).path
    each = int(seconds * 32_000 / connections)
    prepared = [[delivery(w, n, secret.encode(), path) for n in range(each)] for w in range(connections)]
    await drive(urls, prepared, seconds)


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
