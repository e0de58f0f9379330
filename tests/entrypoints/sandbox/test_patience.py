import asyncio
from time import perf_counter

from entrypoints.sandbox.patience import Patience


def test_a_wait_ends_with_its_time_its_event_or_the_sandbox() -> None:
    async def run() -> list[bool]:
        patience, happened, started = Patience(), asyncio.Event(), perf_counter()
        await patience.sleep(0.01)
        slept = perf_counter() - started
        happened.set()
        await patience.until(happened, 600)
        patience.end()
        await patience.sleep(600)
        await patience.until(asyncio.Event(), 600)
        return [slept >= 0.009, perf_counter() - started < 5]

    assert asyncio.run(run()) == [True, True]
