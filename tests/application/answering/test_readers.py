"""However many ask about one call, the threads are there for others."""

import asyncio
from collections.abc import Callable, Coroutine
from threading import Event
from typing import Any

from application.answering.readers import READERS_MAX, LedgerReaders

WAIT_SECONDS_MAX = 60.0


def play(scene: Callable[[LedgerReaders], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        readers = LedgerReaders()
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            await scene(readers)
        assert not readers._turns
        readers.stop()

    asyncio.run(run())


def test_many_who_ask_about_one_call_keep_nobody_else_waiting() -> None:
    """Whether they name it alone, with others, or in another order."""
    release, reading = Event(), list[int]()

    def slow(n: int) -> Callable[[], int]:
        def read() -> int:
            reading.append(n)
            assert release.wait(WAIT_SECONDS_MAX)
            return n

        return read

    async def scene(readers: LedgerReaders) -> None:
        named = (["flooded"], ["flooded", "flooded"], ["a", "flooded"], ["flooded", "zz"])
        asked = [asyncio.create_task(readers.read(named[n % 4], slow(n))) for n in range(5 * READERS_MAX)]
        for n in range(3 * READERS_MAX):
            assert await readers.read([f"other {n}"], lambda: "said") == "said"
        assert reading == [0]
        release.set()
        assert await asyncio.gather(*asked) == list(range(5 * READERS_MAX))

    play(scene)


def test_one_that_fails_or_goes_away_gives_its_turn_back() -> None:
    def fails() -> None:
        raise ValueError("half an event")

    async def scene(readers: LedgerReaders) -> None:
        release = Event()
        held = asyncio.create_task(readers.read(["c"], lambda: release.wait(WAIT_SECONDS_MAX)))
        await asyncio.sleep(0)
        gone = asyncio.create_task(readers.read(["c"], lambda: "never"))
        await asyncio.sleep(0)
        gone.cancel()
        release.set()
        assert await held
        failed = await asyncio.gather(readers.read(["c"], fails), return_exceptions=True)
        assert [str(one) for one in failed] == ["half an event"]
        assert await readers.read(["c"], lambda: "said") == "said"

    play(scene)
