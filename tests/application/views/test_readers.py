"""While the views are shut, a few readers wait for long, and the rest only for a moment: each holds a thread that others need."""

import asyncio
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from application.views.readers import WAIT_LONG_MAX, Readers
from projections.store import ViewsUnusable
from tests.application.views.projecting import WAIT_SECONDS_MAX, projecting_views, record, world
from tests.projections.history import World
from tests.projections.kept_views import new_store


def readers_of_nothing() -> Readers:
    return Readers(lambda: "it is started again", lambda _: None)


def read(readers: Readers) -> str:
    try:
        with readers.reading():
            return "read"
    except ViewsUnusable as error:
        return str(error)


@pytest.mark.parametrize("asking", [WAIT_LONG_MAX + 1, 6, 20])
def test_no_more_than_a_few_threads_wait_for_views_that_are_long_in_coming(tmp_path: Path, asking: int) -> None:
    readers = readers_of_nothing()
    with new_store(tmp_path / "views.db") as store, ThreadPoolExecutor(asking) as pool:
        assert readers.shut()
        asked = [pool.submit(read, readers) for _ in range(asking)]
        while sum(one.done() for one in asked) < asking - WAIT_LONG_MAX:
            wait([one for one in asked if not one.done()], WAIT_SECONDS_MAX, return_when="FIRST_COMPLETED")
        assert [one.result() for one in asked if one.done()] == ["it is started again"] * (asking - WAIT_LONG_MAX)

        readers.use(store)
        assert [one.result(WAIT_SECONDS_MAX) for one in asked].count("read") == WAIT_LONG_MAX
        assert read(readers) == "read"


def test_everybody_waits_for_a_swap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.views.readers.CROWDED_WAIT_SECONDS_MAX", WAIT_SECONDS_MAX)
    readers = readers_of_nothing()
    with new_store(tmp_path / "views.db") as store, ThreadPoolExecutor(20) as pool:
        readers.use(store)
        assert readers.shut()
        asked = [pool.submit(read, readers) for _ in range(20)]
        readers.open_again()
        assert {one.result(WAIT_SECONDS_MAX) for one in asked} == {"read"}


def test_somebody_waits_for_a_position_until_the_views_are_there_or_the_time_is_over(tmp_path: Path) -> None:
    made = world()
    with projecting_views(tmp_path, made) as projector:
        end = made.ledger.position

        async def waiting() -> list[bool]:
            later = asyncio.create_task(projector.wait_for(end + 1, WAIT_SECONDS_MAX))
            await asyncio.sleep(0)
            record(projector, made, World.quarantine)
            return [
                await projector.wait_for(end, 0.0),
                await later,
                await projector.wait_for(made.ledger.position + 1, 0.01),
            ]

        assert asyncio.run(waiting()) == [True, True, False]
        assert projector._waiters._waiting == []
