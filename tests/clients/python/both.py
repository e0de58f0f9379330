"""Both clients, each against answers that a test gives."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

from dialtrail_client import ApiRequest, AsyncDialtrailClient, DialtrailClient, OutcomeBatch

URL, TOKEN = "http://dialtrail.test", "token-that-nobody-sees"
Answer = Callable[[httpx.Request], httpx.Response]


def sent(is_async: bool, answer: Answer, request: ApiRequest[Any]) -> tuple[Any, list[float]]:
    """What a client makes of it, and how long it slept; an error is an answer here, too."""
    slept: list[float] = []
    if not is_async:
        with DialtrailClient(URL, TOKEN, transport=httpx.MockTransport(answer), sleep=slept.append) as client:
            try:
                return client.send(request), slept
            except Exception as error:  # noqa: BLE001 - it is compared
                return error, slept

    async def scene() -> Any:
        async with AsyncDialtrailClient(URL, TOKEN, transport=httpx.MockTransport(answer), sleep=sleep) as client:
            try:
                return await client.send(request)
            except Exception as error:  # noqa: BLE001 - it is compared
                return error

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    return asyncio.run(scene()), slept


def followed(is_async: bool, answer: Answer, batches: int, **how: Any) -> tuple[list[OutcomeBatch], list[float]]:
    """The first batches of what a client follows, and how long it slept."""
    slept: list[float] = []
    taken: list[OutcomeBatch] = []
    if not is_async:
        with DialtrailClient(URL, TOKEN, transport=httpx.MockTransport(answer), sleep=slept.append) as client:
            for batch in client.follow(**how):
                taken.append(batch)
                if len(taken) == batches:
                    break
        return taken, slept

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def scene() -> None:
        async with AsyncDialtrailClient(URL, TOKEN, transport=httpx.MockTransport(answer), sleep=sleep) as client:
            async for batch in client.follow(**how):
                taken.append(batch)
                if len(taken) == batches:
                    break

    asyncio.run(scene())
    return taken, slept
