"""What a dialled call costs: the client alone by requests at once, and `dialtrail up` against a provider that costs nothing.

placing.py [client]             processor time for a request, µs: ours, httpx's own transport, a raw client as the floor
placing.py up [CALLS_A_SECOND]  calls a second, processor time of `up` for each, and the most in any one second
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any

import httptools
import httpx
import uvloop

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(Path(__file__).parent))

from dialer import SANDBOX_BEFORE_US, most_in_any_second, rate, say  # noqa: E402
from servers import cpu_seconds  # noqa: E402

from adapters.minivoice_client import KEEPALIVE_SECONDS, MiniVoiceClient, call_request  # noqa: E402
from tests.journeys.processes import API_KEY, Up, free_port, until  # noqa: E402

AT_ONCE = (1, 4, 16, 64, 256)
REQUESTS = 600
ROUNDS = 3
CALLS_A_SECOND = 1_000
CALLS_AT_ONCE = 10_000  # the most that a campaign may have
UP_SECONDS = 12
WARM_SECONDS = 3.0
REQUEST = call_request("+15551230001", "+15551230002", metadata={"campaign_id": "bench"}, record=False)
Send = Callable[[], Awaitable[object]]


@contextmanager
def cheap_provider() -> Iterator[str]:
    """Its address. It goes before us, so that it tells when a request arrived, not when the machine had time to look."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("cheap_provider.py"))], stdout=subprocess.PIPE, text=True
    )
    if process.stdout is None:
        raise SystemExit("the cheap provider has no output")
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, 0) - SANDBOX_BEFORE_US)
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


class Raw(asyncio.Protocol):
    """The floor: a connection that writes the same bytes, and reads the answer with httptools."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._transport: Any = None
        self._answered: asyncio.Future[bytes] | None = None
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Keep it."""
        self._body += body

    def on_message_complete(self) -> None:
        """The answer is whole."""
        if self._answered is not None:
            self._answered.set_result(self._body)
        self._body = b""

    async def ask(self, request: bytes) -> bytes:
        """One exchange."""
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answered


async def _nothing() -> None:
    pass


def _client(url: str, transport: httpx.AsyncBaseTransport | None) -> tuple[MiniVoiceClient, Send]:
    client = MiniVoiceClient(url, API_KEY, 10, connections_max=512, transport=transport)
    return client, lambda: client.place_call(REQUEST, _nothing)


async def _raw(url: str, at_once: int) -> Send:
    target = httpx.URL(url)
    head = f"POST /v1/calls HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {API_KEY}\r\ncontent-length: {len(REQUEST)}\r\n\r\n"
    request = (head + REQUEST).encode()
    loop, free = asyncio.get_running_loop(), list[Raw]()
    for _ in range(at_once):
        free.append((await loop.create_connection(Raw, target.host, target.port or 80))[1])

    async def send() -> None:
        one = free.pop()
        await one.ask(request)
        free.append(one)

    return send


async def _microseconds(send: Send, at_once: int, requests: int) -> float:
    """Processor time of this process for one request, once connections are made."""
    left = iter(range(requests))

    async def ask_on() -> None:
        for _ in left:
            await send()

    await asyncio.gather(*(send() for _ in range(at_once)))
    began = time.process_time()
    await asyncio.gather(*(ask_on() for _ in range(at_once)))
    return (time.process_time() - began) / requests * 1e6


async def client_alone(url: str) -> None:
    """Each in turn, in one run; the medians."""
    limits = httpx.Limits(max_connections=512, max_keepalive_connections=16, keepalive_expiry=KEEPALIVE_SECONDS)
    default, send_default = _client(url, httpx.AsyncHTTPTransport(limits=limits, trust_env=False))
    ours, send_ours = _client(url, None)
    async with default, ours:
        for at_once in AT_ONCE:
            ways = {"ours": send_ours, "httpx_own": send_default, "floor": await _raw(url, at_once)}
            found: dict[str, list[float]] = {name: [] for name in ways}
            for _ in range(ROUNDS):
                for name, send in ways.items():
                    found[name].append(await _microseconds(send, at_once, max(REQUESTS, 2 * at_once)))
            us = {name: median(each) for name, each in found.items()}
            say(
                at_once=at_once,
                **us,
                ours_of_httpx=us["ours"] / us["httpx_own"],
                ours_of_floor=us["ours"] / us["floor"],
            )


def up(url: str, per_second: int) -> None:
    """`dialtrail up` with more people than it can dial, and an account's limit. No call ends: there are no webhooks."""
    account = {"DIALTRAIL_ACCOUNT_CALLS_PER_SECOND": str(per_second)}
    with (
        tempfile.TemporaryDirectory(prefix="dialtrail-bench-") as folder,
        Up(Path(folder), url, free_port(), **account) as it,
    ):
        people = per_second * (UP_SECONDS + int(WARM_SECONDS) + 1)
        campaigns = people // CALLS_AT_ONCE + 1
        for n in range(campaigns):
            limits = {"calls_per_second": per_second, "calls_at_once": CALLS_AT_ONCE}
            it.api("POST", "/v1/campaigns", json={"id": f"bench_{n}", "from": "+15551230001", "limits": limits})
            rows = "number\n" + "\n".join(f"+1555{m:07}" for m in range(n, people, campaigns))
            headers = {"content-type": "text/csv"}
            it.api("POST", f"/v1/campaigns/bench_{n}/recipients", content=rows.encode(), headers=headers)
        for n in range(campaigns):
            it.api("POST", f"/v1/campaigns/bench_{n}/start")
        until("calls are placed", lambda: len(_times(url)) > 0, 60)
        time.sleep(WARM_SECONDS)
        before, cpu = len(_times(url)), cpu_seconds(it.pid)
        time.sleep(UP_SECONDS)
        cpu, times = cpu_seconds(it.pid) - cpu, _times(url)
    placed = len(times) - before
    say(
        limit=per_second,
        per_second=rate(times[before:]),
        ms_of_up_for_each=cpu / max(1, placed) * 1000,
        share_of_a_core=cpu / UP_SECONDS,
        most_in_any_second=most_in_any_second(times),
    )


def _times(url: str) -> list[float]:
    return list(json.loads(httpx.get(url + "/times", timeout=30, trust_env=False).content))


if __name__ == "__main__":
    mode, *values = sys.argv[1:] or [""]
    with cheap_provider() as url:
        if mode in {"", "client"}:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(client_alone(url))
        if mode in {"", "up"}:
            up(url, int(values[0]) if values else CALLS_A_SECOND)
