"""When the last webhook came: found once in what came before a restart, then known."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from application import arrivals
from domain.errors import LedgerUnavailable
from domain.events import Recorded
from domain.instants import time_text
from projections.deliveries import ReadFeed, last_arrival
from tests.application.test_silence import ENVIRON, QUARTER, THIRD, dialled, silence
from tests.entrypoints.serving import NOON, OTHER, TO, Serving, payload, play


def test_after_a_restart_what_came_before_is_known_and_nothing_is_read_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def before(stage: Serving) -> None:
        await dialled(stage, TO, OTHER)
        await stage.deliver(payload("call.completed", "call_1", seconds=5))

    async def after(stage: Serving) -> None:
        read: list[int] = []
        stage.clock.now = NOON + QUARTER
        await stage.enroll(THIRD)
        await stage.dial(THIRD, "call_3")
        stage.clock.now += QUARTER
        await silence(stage)  # views and what is in flight have read what they read

        def looked(feed: ReadFeed, after: int, up_to: int, but_of_call: str) -> datetime | None:
            def counted(begin: int, most: int) -> Sequence[Recorded]:
                read.append(begin)
                return feed(begin, most)

            return last_arrival(counted, after, up_to, but_of_call)

        # Its own reads alone: the views read the same feed, whenever their turn comes.
        monkeypatch.setattr(arrivals, "last_arrival", looked)
        last = await stage.parts.arrivals.last(stage.ledger, lambda: 0)
        assert last is not None
        assert time_text(last)[:16] == "2026-05-29T12:00"
        read.clear()
        assert await stage.parts.arrivals.last(stage.ledger, lambda: 0) == last
        assert read == []
        assert (
            await asyncio.gather(*(stage.parts.arrivals.last(stage.ledger, lambda: 0) for _ in range(3))) == [last] * 3
        )

    play(tmp_path, before, **ENVIRON)
    play(tmp_path, after, **ENVIRON)


def test_a_ledger_that_cannot_be_read_hides_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(stage: Serving) -> None:
        async def cannot(*_: object) -> None:
            raise LedgerUnavailable("no disk")

        await dialled(stage, TO)
        stage.clock.now = NOON + QUARTER
        monkeypatch.setattr(stage.parts.arrivals, "last", cannot)
        assert await silence(stage) is None
        assert (await stage.client.get("/health/ready")).status_code == 200

    play(tmp_path, scene, **ENVIRON)
