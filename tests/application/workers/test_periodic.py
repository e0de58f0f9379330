import asyncio
from collections.abc import Awaitable, Callable

import pytest

from application.workers.periodic import Periodic
from domain.errors import LedgerBusy

WAIT_SECONDS_MAX = 10.0


def periodic(look: Callable[[], Awaitable[None]]) -> Periodic:
    return Periodic(look, 0.001, refused="it could not be recorded", mistaken="it could not be asked for")


def play(scene: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            await scene()

    asyncio.run(bounded())


def test_neither_a_refusal_nor_a_mistake_ends_it_and_a_good_round_clears_the_trouble() -> None:
    async def scene() -> None:
        faults: list[Exception | None] = [LedgerBusy("full"), KeyError("+15551230002"), None]
        seen: list[str | None] = []

        async def look() -> None:
            seen.append(it.trouble)
            if not faults:
                it.stop()
                return
            fault = faults.pop(0)
            if fault is not None:
                raise fault

        it = periodic(look)
        await it.run()
        refused, mistaken = seen[1], seen[2]
        assert (seen[0], refused, seen[3]) == (None, "it could not be recorded: full", None)
        assert str(mistaken).startswith("it could not be asked for: KeyError (test_periodic.py:")
        assert "+1555" not in str(mistaken)

    play(scene)


def test_told_to_stop_it_does_not_wait_for_the_next_round() -> None:
    async def scene() -> None:
        async def look() -> None:
            it.stop()

        it = Periodic(look, 3_600.0, refused="", mistaken="")
        await it.run()
        assert it.is_stopping

    play(scene)


def test_of_many_only_so_many_are_asked_about_at_once() -> None:
    async def scene() -> None:
        under_way, most, asked = 0, 0, set()

        async def ask(name: str) -> None:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            under_way -= 1
            asked.add(name)

        names = [str(n) for n in range(20)]
        await periodic(lambda: asyncio.sleep(0)).each(names, ask, at_once=3)
        assert (most, asked) == (3, set(names))

    play(scene)


@pytest.mark.parametrize("fault", [LedgerBusy("full"), KeyError("x")])
def test_the_first_failure_is_raised_once_those_under_way_are_done_and_nothing_more_is_asked(fault: Exception) -> None:
    async def scene() -> None:
        begun, done = [], []

        async def ask(name: str) -> None:
            begun.append(name)
            await asyncio.sleep(0)
            if name == "0":
                raise fault
            await asyncio.sleep(0)
            done.append(name)

        with pytest.raises(type(fault)):
            await periodic(lambda: asyncio.sleep(0)).each("0123456789", ask, at_once=2)
        assert (begun, done) == (["0", "1"], ["1"])

    play(scene)


def test_once_it_is_stopping_nobody_is_asked_about() -> None:
    async def scene() -> None:
        asked: list[str] = []

        async def ask(name: str) -> None:
            asked.append(name)
            it.stop()

        it = periodic(lambda: asyncio.sleep(0))
        await it.each("0123", ask, at_once=1)
        assert asked == ["0"]

    play(scene)
