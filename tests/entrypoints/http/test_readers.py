"""What is asked at once is read by one thread, unless that takes long; each who asks hears of their own answer or error."""

import asyncio
from contextlib import suppress
from contextvars import ContextVar
from threading import Event, get_ident

from entrypoints.http.readers import READERS_MAX, AnswerReaders

WAIT_SECONDS_MAX = 60.0
ASKED_BY: ContextVar[str] = ContextVar("asked_by")


def test_one_thread_reads_what_is_asked_in_one_turn() -> None:
    async def scene() -> None:
        readers = AnswerReaders()

        def read(number: int) -> tuple[int, int]:
            return get_ident(), number

        found = await asyncio.gather(*(readers.read(read, number) for number in range(20)))
        assert [number for _, number in found] == list(range(20))
        assert len({thread for thread, _ in found}) <= 2  # a busy machine may have let the loop look meanwhile

    asyncio.run(scene())


def test_long_reads_hold_up_no_short_ones_as_long_as_a_thread_is_left() -> None:
    async def scene() -> None:
        readers, over = AnswerReaders(), Event()
        long = [asyncio.create_task(readers.read(over.wait, WAIT_SECONDS_MAX)) for _ in range(READERS_MAX - 1)]
        short = [asyncio.create_task(readers.read(int, text)) for text in ("1", "2", "3")]
        assert await asyncio.gather(*short) == [1, 2, 3]
        assert not any(task.done() for task in long)
        over.set()
        assert await asyncio.gather(*long) == [True] * len(long)

    asyncio.run(scene())


def test_what_one_read_raises_is_told_to_whoever_asked_it_alone() -> None:
    async def scene() -> None:
        readers = AnswerReaders()
        good, bad = await asyncio.gather(readers.read(int, "1"), readers.read(int, "one"), return_exceptions=True)
        assert good == 1
        assert isinstance(bad, ValueError)

    asyncio.run(scene())


def test_who_goes_away_takes_nobody_with_them() -> None:
    async def scene() -> None:
        readers, over = AnswerReaders(), Event()
        gone = asyncio.create_task(readers.read(over.wait, WAIT_SECONDS_MAX))
        stays = asyncio.create_task(readers.read(int, "1"))
        await asyncio.sleep(0)
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await gone
        over.set()
        assert await stays == 1
        assert await readers.read(int, "2") == 2

    asyncio.run(scene())


def test_a_read_has_what_was_bound_where_it_was_asked() -> None:
    async def scene() -> None:
        readers = AnswerReaders()

        async def ask(name: str) -> str:
            ASKED_BY.set(name)
            return await readers.read(ASKED_BY.get)

        assert await asyncio.gather(*(asyncio.create_task(ask(name)) for name in "abc")) == ["a", "b", "c"]

    asyncio.run(scene())


def test_a_loop_that_closed_is_told_nothing() -> None:
    readers, begun, over, ended = AnswerReaders(), Event(), Event(), Event()
    asked: list[asyncio.Task[None]] = []

    def read() -> None:
        begun.set()
        over.wait(WAIT_SECONDS_MAX)
        ended.set()

    async def scene() -> None:
        asked.append(asyncio.create_task(readers.read(read)))
        assert await asyncio.to_thread(begun.wait, WAIT_SECONDS_MAX)

    asyncio.run(scene())
    over.set()
    assert ended.wait(WAIT_SECONDS_MAX)
