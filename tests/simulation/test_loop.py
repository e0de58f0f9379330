"""The loop on virtual time."""

import asyncio
from collections.abc import Coroutine
from contextvars import copy_context
from itertools import pairwise
from random import Random
from time import monotonic
from typing import Any

import pytest

from tests.simulation.loop import (
    LATE_AT_NIGHT_SECONDS_MAX,
    LATE_BY_IDLE,
    LATE_SECONDS_MAX,
    PROCESS,
    OutOfTimers,
    VirtualLoop,
)

A_YEAR = 365 * 86_400.0


def run(loop: VirtualLoop, work: Coroutine[Any, Any, Any]) -> Any:
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


def test_a_year_takes_no_time() -> None:
    loop = VirtualLoop(Random(1))
    began = monotonic()
    run(loop, asyncio.sleep(A_YEAR))
    assert loop.time() >= A_YEAR
    assert monotonic() - began < 30


def test_what_a_thread_would_do_is_done_in_the_loop_in_an_order_of_the_seed() -> None:
    async def orders() -> list[int]:
        done: list[int] = []
        await asyncio.gather(*(asyncio.to_thread(done.append, number) for number in range(5)))
        return done

    found = [run(VirtualLoop(Random(seed)), orders()) for seed in (1, 1, 2)]
    assert found[0] == found[1] != found[2]


def test_what_fails_in_a_thread_is_the_error_of_whoever_asked() -> None:
    with pytest.raises(ZeroDivisionError):
        run(VirtualLoop(Random(1)), asyncio.to_thread(lambda: 1 / 0))


def test_nothing_of_a_killed_process_runs_any_more_not_even_what_cleans_up() -> None:
    loop, seen = VirtualLoop(Random(1)), list[str]()

    async def lives() -> None:
        try:
            while True:
                seen.append("alive")
                await asyncio.sleep(1.0)
        finally:
            seen.append("cleans up")

    async def world() -> None:
        context = copy_context()
        context.run(PROCESS.set, "one")
        kept = context.run(loop.create_task, lives())
        context.run(loop.exactly_in, 3.0, seen.append, "sent before")
        await asyncio.sleep(2.5)
        loop.kill("one")
        kept.cancel()
        await asyncio.sleep(5.0)
        assert seen == [*["alive"] * 3, "sent before"]

    run(loop, world())


def test_timers_are_late_while_nothing_happens_and_what_the_world_does_never_is() -> None:
    loop, world, ticks = VirtualLoop(Random(1)), list[float](), list[float]()

    async def ticking() -> None:
        while True:
            await asyncio.sleep(0.5)
            ticks.append(loop.time())

    async def play() -> None:
        task = loop.create_task(ticking())
        over = loop.create_future()
        loop.exactly_in(5_000.25, lambda: world.append(loop.time()))
        loop.exactly_in(10_000.0, over.set_result, None)
        await over
        task.cancel()

    run(loop, play())
    assert world == [pytest.approx(5_000.25, abs=0.01)]
    assert len(ticks) < 200
    gaps = [after - before for before, after in pairwise(ticks)]
    assert LATE_SECONDS_MAX < max(gaps) <= 1 + min(LATE_AT_NIGHT_SECONDS_MAX, 5_000.25 * LATE_BY_IDLE)


def test_what_is_under_way_is_not_overtaken_by_its_own_time_out_while_timers_are_late() -> None:
    loop = VirtualLoop(Random(1))

    async def works() -> str:
        await asyncio.sleep(5_000.0)
        async with asyncio.timeout(5.0):
            return await asyncio.to_thread(lambda: "done")

    assert run(loop, works()) == "done"


def test_whoever_waits_for_less_than_a_float_can_say_waits_not_for_ever() -> None:
    loop = VirtualLoop(Random(1))

    async def until(at: float) -> None:
        while loop.time() < at:  # noqa: ASYNC110 - it is what is tested
            await asyncio.sleep((at - loop.time()) / 2)

    run(loop, until(86_400.1))


def test_where_everybody_waits_for_nobody_it_says_so() -> None:
    with pytest.raises(OutOfTimers):
        run(VirtualLoop(Random(1)), asyncio.Event().wait())
