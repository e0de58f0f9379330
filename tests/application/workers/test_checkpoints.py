"""The newest checkpoint is handed on again and again; what keeps it from that is told, and ends nothing."""

import asyncio
from contextlib import closing
from pathlib import Path

from adapters.verifiable_log.store import KeptCheckpoint, LogStore
from application.workers.checkpoints import CheckpointTelling
from domain.errors import NotReady

FIRST = KeptCheckpoint(5, 60.0, "example.org/log\n5\nroot\n")


def test_each_look_hands_on_the_newest_of_the_present_log(tmp_path: Path) -> None:
    async def scene(store: LogStore) -> None:
        told: list[KeptCheckpoint] = []

        async def tell(newest: KeptCheckpoint) -> None:
            told.append(newest)

        telling = CheckpointTelling(store, tell)
        await telling.tick()
        assert told == []
        log = store.begin("example.org/log").log
        store.put_checkpoint(log, FIRST)
        await telling.tick()
        store.put_checkpoint(log, KeptCheckpoint(8, 120.0, FIRST.note))
        await telling.tick()
        assert [one.size for one in told] == [5, 8]

    with closing(LogStore(tmp_path)) as store:
        asyncio.run(scene(store))


def test_while_another_process_tells_it_does_not_and_what_fails_is_said(tmp_path: Path) -> None:
    async def scene(store: LogStore) -> None:
        stands_by, asked = True, 0

        async def tell(_: KeptCheckpoint) -> None:
            nonlocal asked
            asked += 1
            await telling.stop()
            raise NotReady("the outbox could not be written")

        telling = CheckpointTelling(store, tell)
        telling.stand_by_while(lambda: stands_by)
        store.put_checkpoint(store.begin("example.org/log").log, FIRST)
        running = asyncio.create_task(telling.run())
        await asyncio.sleep(0)
        await telling.stop()
        await running
        assert (asked, telling.trouble) == (0, None)
        stands_by = False
        telling = CheckpointTelling(store, tell)
        await telling.run()
        assert asked == 1
        assert "the outbox could not be written" in (telling.trouble or "")

    with closing(LogStore(tmp_path)) as store:
        asyncio.run(scene(store))
