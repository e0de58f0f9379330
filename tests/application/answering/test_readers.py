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


def test_those_who_ask_the_same_before_it_begins_are_told_by_one_read() -> None:
    """However many they are, there is one that has begun and one for all who came since, which has what was said since."""
    release, has_begun, begun = Event(), Event(), list[int]()
    said = ["first"]

    def look() -> list[str]:
        begun.append(len(begun))
        has_begun.set()
        assert release.wait(WAIT_SECONDS_MAX)
        return list(said)

    async def scene(readers: LedgerReaders) -> None:
        first = asyncio.create_task(readers.read_together("q", ["flooded"], look))
        assert await asyncio.to_thread(has_begun.wait, WAIT_SECONDS_MAX)
        said.append("since")
        others = [asyncio.create_task(readers.read_together("q", ["flooded"], look)) for _ in range(500)]
        another = asyncio.create_task(readers.read_together("another", ["flooded"], look))
        await asyncio.sleep(0)
        assert await readers.read_together("q of another call", ["other"], lambda: "said") == "said"
        release.set()
        assert await asyncio.gather(first, another, *others) == [["first", "since"]] * 502
        assert len(begun) == 3
        assert not readers._to_begin

    play(scene)


def test_one_who_goes_away_ends_it_for_nobody_else_and_an_error_is_told_to_all() -> None:
    tries = list[int]()

    def look() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("the ledger could not be read")
        return "said"

    async def scene(readers: LedgerReaders) -> None:
        release = Event()
        held = asyncio.create_task(readers.read(["c"], lambda: release.wait(WAIT_SECONDS_MAX)))
        await asyncio.sleep(0)
        asked = [asyncio.create_task(readers.read_together("q", ["c"], look)) for _ in range(4)]
        await asyncio.sleep(0)
        asked[0].cancel()  # whose question it was
        release.set()
        told = await asyncio.gather(held, *asked, return_exceptions=True)
        assert isinstance(told[1], asyncio.CancelledError)
        assert [str(one) for one in told[2:]] == ["the ledger could not be read"] * 3
        assert await readers.read_together("q", ["c"], look) == "said"
        assert len(tries) == 2
        assert not readers._to_begin

    play(scene)


def test_where_all_who_asked_have_gone_it_is_read_once_and_nothing_is_left() -> None:
    tries = list[int]()

    async def scene(readers: LedgerReaders) -> None:
        release = Event()
        held = asyncio.create_task(readers.read(["c"], lambda: release.wait(WAIT_SECONDS_MAX)))
        await asyncio.sleep(0)
        asked = [asyncio.create_task(readers.read_together("q", ["c"], lambda: tries.append(1))) for _ in range(3)]
        await asyncio.sleep(0)
        for one in asked:
            one.cancel()
        release.set()
        await asyncio.gather(held, *asked, return_exceptions=True)
        await readers.read(["c"], lambda: None)
        assert tries == [1]
        assert not readers._to_begin

    play(scene)
