"""A sandbox with a client, for tests: `play` runs a scene in a loop of its own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, cast

import httpx
import orjson

from entrypoints.sandbox import SandboxSettings
from entrypoints.sandbox.clock import Clock
from entrypoints.sandbox.running import Sandbox, running_sandbox

PAYLOADS = Path(__file__).parent / "payloads"
FROM, TO = "+15551230001", "+15551230002"
KEY = "mv_live_sandbox"
QUICK: dict[str, object] = {"answer_rate": 1.0, "ring_seconds": "0.02", "talk_seconds": "0.04", "gather_rate": 0.0}
WAIT_SECONDS_MAX = 60.0
LOOK_SECONDS = 0.005
# uvicorn closes what was idle for 5 s, which is also how long httpx keeps it: on a busy machine the two meet.
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=1)


class Stage:
    def __init__(self, sandbox: Sandbox, client: httpx.AsyncClient) -> None:
        self.sandbox = sandbox
        self.client = client

    async def post(self, to: str = TO, **fields: object) -> httpx.Response:
        return await self.client.post("/v1/calls", json={"from": FROM, "to": to, **fields})

    async def refused(self, to: str = TO) -> tuple[int, str]:
        response = await self.post(to)
        return response.status_code, response.json()["error"]["code"]

    async def ended(self, calls: int = 1) -> None:
        """Wait until so many calls have ended, and their life's last event has been announced."""
        await until(lambda: sum(call.settled for call in self.sandbox.calls) >= calls)


def play(
    scene: Callable[[Stage], Coroutine[Any, Any, None]], clock: Clock | None = None, /, **settings: object
) -> None:
    async def run() -> None:
        async with staged(clock, **settings) as stage:
            await scene(stage)

    asyncio.run(run())


@contextlib.asynccontextmanager
async def staged(clock: Clock | None = None, /, **settings: object) -> AsyncIterator[Stage]:
    async with running_sandbox(SandboxSettings.model_validate(QUICK | settings), clock) as sandbox:
        headers = {"Authorization": f"Bearer {KEY}"}
        async with httpx.AsyncClient(base_url=sandbox.url, headers=headers, trust_env=False, limits=LIMITS) as client:
            yield Stage(sandbox, client)


async def until(condition: Callable[[], bool]) -> None:
    """Look until `condition` holds; fails after WAIT_SECONDS_MAX."""
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while not condition():  # noqa: ASYNC110 - the condition belongs to the sandbox, which sets no event for it
            await asyncio.sleep(LOOK_SECONDS)


async def disconnected(request: Awaitable[httpx.Response]) -> bool:
    try:
        await request
    except httpx.RemoteProtocolError:
        return True
    return False


def documented(name: str) -> dict[str, Any]:
    """One of the provider's documented examples."""
    return cast("dict[str, Any]", orjson.loads((PAYLOADS / name).read_bytes()))
