import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event

import httpx
import pytest

from adapters.ledger.lanes import LANES
from adapters.ledger.recorder import Clock, WriteSession
from adapters.ledger.sqlite import SqliteRecorder
from tests.entrypoints.http.webhooks.deliveries import CREATED
from tests.entrypoints.ledger_trouble import full_disk, held_writer
from tests.entrypoints.serving import (
    NOON,
    TICK,
    WAIT_SECONDS_MAX,
    Serving,
    assert_problem,
    payload,
    play,
    problem,
    until,
)

pytestmark = pytest.mark.usefixtures("way")

# Longer than whoever acknowledges without waiting for the disk would have patience.
COMMIT_SECONDS = 1.0


def test_a_delivery_is_not_acknowledged_before_its_turn_to_be_written(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with held_writer(stage) as release:
            answer = asyncio.create_task(stage.deliver(CREATED))
            await until(lambda: stage.ledger.waiting()["webhooks"] == 1)
            assert not answer.done()
            release()
            assert (await answer).status_code == 204
        assert stage.names() == ["call.created"]

    play(tmp_path, scene)


def test_a_delivery_that_was_decided_on_is_not_acknowledged_before_the_commit(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with held_writer(stage) as release:
            answer = asyncio.create_task(stage.deliver(CREATED))
            await until(lambda: stage.ledger.waiting()["webhooks"] == 1)
            last = asyncio.create_task(hold_the_commit(stage, answer))
            await until(lambda: stage.ledger.waiting()["imports"] == 1)
            release()
            await last
        assert (await answer).status_code == 204
        assert stage.names() == ["call.created"]

    async def hold_the_commit(stage: Serving, answer: "asyncio.Task[httpx.Response]") -> None:
        async with held_writer(stage, "imports"):
            assert stage.ledger.waiting()["webhooks"] == 0
            for _ in range(50):
                await asyncio.sleep(0)
            assert not answer.done()
            assert stage.feed() == []

    play(tmp_path, scene)


@pytest.mark.parametrize("deliveries_before", [0, 1, 2])
def test_a_delivery_is_not_acknowledged_while_its_commit_runs_however_long_that_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deliveries_before: int
) -> None:
    is_committing, release = Event(), Event()
    real = SqliteRecorder.writing

    @contextmanager
    def slow(recorder: SqliteRecorder, clock: Clock) -> Iterator[WriteSession]:
        with real(recorder, clock) as session:
            yield session
            is_committing.set()
            assert release.wait(WAIT_SECONDS_MAX)

    async def scene(stage: Serving) -> None:
        for _ in range(deliveries_before):
            await stage.deliver(CREATED)
        monkeypatch.setattr(SqliteRecorder, "writing", slow)
        try:
            answer = asyncio.create_task(stage.deliver(CREATED))
            assert await asyncio.to_thread(is_committing.wait, WAIT_SECONDS_MAX)
            answered, _ = await asyncio.wait({answer}, timeout=COMMIT_SECONDS)
            assert (answered, len(stage.feed())) == (set(), deliveries_before)
        finally:
            release.set()
        assert (await answer).status_code == 204
        assert len(stage.feed()) == deliveries_before + 1

    play(tmp_path, scene)


def test_a_delivery_that_cannot_be_written_is_asked_for_again_and_stored_then(tmp_path: Path) -> None:
    body = payload("call.answered", note="x" * 50_000)

    async def scene(stage: Serving) -> None:
        with full_disk(stage.ledger):
            refused = await stage.deliver(body)
            assert stage.feed() == []
        assert refused.headers["retry-after"] == "1"
        assert_problem(
            refused,
            problem(
                "ledger-unavailable",
                503,
                "Not stored; try again",
                "the ledger could not be written (database or disk is full); nothing was stored",
            ),
        )
        assert (await stage.deliver(body)).status_code == 204
        assert stage.names() == ["call.answered"]

    play(tmp_path, scene)


def test_a_queue_that_is_full_asks_for_the_delivery_again(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        waiting_max = LANES["webhooks"].waiting_max
        async with held_writer(stage):
            waiting = [asyncio.create_task(stage.do(lambda _: None, "webhooks")) for _ in range(waiting_max)]
            await until(lambda: stage.ledger.waiting()["webhooks"] == waiting_max)
            refused = await stage.deliver(CREATED)
        await asyncio.gather(*waiting)
        assert refused.headers["retry-after"] == "1"
        assert_problem(
            refused,
            problem("ledger-unavailable", 503, "Not stored; try again", "4096 webhooks wait to be written; try again"),
        )
        assert stage.feed() == []

    play(tmp_path, scene)


def test_each_commit_is_recorded_after_the_one_before(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for call_id in ("one", "two"):
            await stage.deliver(payload("call.answered", call_id))
        stage.clock.now -= timedelta(hours=1)
        await stage.deliver(payload("call.answered", "three"))
        assert [recorded.recorded_at for recorded in stage.feed()] == [NOON, NOON + TICK, NOON + 2 * TICK]

    play(tmp_path, scene)
