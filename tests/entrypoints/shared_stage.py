"""One installation for many scenes that only ask: it is filled once a module, and each scene leaves its ledger as it was."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.serving import Serving, serving

Scene = Callable[[Serving], Coroutine[Any, Any, None]]
Play = Callable[[Scene], None]


@contextmanager
def shared_stage(folder: Path, fill: Callable[[Serving], Awaitable[object]], /, **environ: str) -> Iterator[Play]:
    """What plays a scene on it. Each begins with a client of no cookies and of the first headers, and with no limit of requests."""
    ended = asyncio.Event()

    async def run(is_filled: asyncio.Future[Serving]) -> None:
        async with serving(folder, DIALTRAIL_API_REQUESTS_PER_SECOND="0", **environ) as stage:
            await fill(stage)
            is_filled.set_result(stage)
            await ended.wait()

    async def begin() -> tuple[Serving, asyncio.Task[None]]:
        is_filled = asyncio.get_running_loop().create_future()
        running = asyncio.create_task(run(is_filled))
        await asyncio.wait({running, is_filled}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        return is_filled.result(), running

    async def end() -> None:
        ended.set()
        await running

    with asyncio.Runner() as runner:
        stage, running = runner.run(begin())
        headers = stage.client.headers.copy()

        def play(scene: Scene) -> None:
            before = stage.ledger.position
            stage.client.headers = headers.copy()
            stage.client.cookies.clear()
            runner.run(scene(stage))
            assert stage.ledger.position == before, "a scene on a shared stage only asks"

        try:
            yield play
        finally:
            runner.run(end())


async def nothing(_: Serving) -> None:
    """Leaves an installation as it begins."""


def shared_by_module(fill: Callable[[Serving], Awaitable[object]], /, **environ: str) -> Callable[..., Iterator[Play]]:
    """A fixture: what plays a scene on the module's own shared installation."""

    @pytest.fixture(scope="module")
    def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
        with shared_stage(tmp_path_factory.mktemp("shared"), fill, **environ) as play:
            yield play

    return asking
