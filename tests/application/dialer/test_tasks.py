import asyncio

from application.dialer.tasks import Tasks


def test_one_that_fails_costs_the_others_nothing_and_none_outlives_the_end() -> None:
    ended: list[str] = []

    async def fails() -> None:
        raise KeyError("mistake")

    async def ends() -> None:
        await asyncio.sleep(0)
        ended.append("ended")

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("canceled")

    async def scenario() -> None:
        tasks = Tasks()
        for work in (fails(), ends(), waits()):
            tasks.spawn(work)
        await tasks.end(timeout_seconds=0.05)
        await asyncio.gather(*tasks, return_exceptions=True)
        assert list(tasks) == []

    asyncio.run(scenario())

    assert ended == ["ended", "canceled"]
