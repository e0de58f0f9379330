"""Dialtrail as `up` runs it, but in this event loop, to be killed and started again: many of them fit beside each other."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from adapters.folder_owner import FolderOwner
from entrypoints.sandbox import SandboxSettings
from entrypoints.sandbox.running import running_sandbox
from entrypoints.serving import Server, server_of
from entrypoints.settings import load_settings
from entrypoints.up import _listen
from entrypoints.wiring import System, running_system
from tests.application.dialer.stage import dialer_of
from tests.journeys.processes import API_KEY, WEBHOOK_SECRET, free_port


class InProcess:
    """On a folder and a port of its own."""

    def __init__(self, folder: Path, sandbox_url: str, port: int, **environ: str) -> None:
        self.home = folder / "data"
        self.url = f"http://127.0.0.1:{port}"
        self.sandbox_url = sandbox_url
        self._settings = load_settings(
            {
                "DIALTRAIL_HOME": str(self.home),
                "DIALTRAIL_PORT": str(port),
                "MINIVOICE_API_KEY": API_KEY,
                "MINIVOICE_BASE_URL": sandbox_url,
                "MINIVOICE_WEBHOOK_SECRET": WEBHOOK_SECRET,
                **environ,
            }
        )
        self._stack = AsyncExitStack()
        self._parts: System | None = None
        self._server: Server | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start it, and return when it listens."""
        owner = FolderOwner.take(self.home, "test")
        self._stack.callback(owner.release)
        listening = _listen(self._settings)
        self._parts = parts = await self._stack.enter_async_context(
            running_system(self._settings, owner, dials=True, log_level=logging.CRITICAL)
        )
        assert parts.reconciler is not None
        self._server = server_of(self._settings, parts, self._settings.http_connections_max)
        self._tasks = [
            asyncio.create_task(self._server.serve(sockets=[listening])),
            asyncio.create_task(dialer_of(parts).run()),
            asyncio.create_task(parts.reconciler.run()),
        ]

    async def kill(self) -> None:
        """What kill -9 leaves: whatever was being done is never gone on with, and what is on disk is on disk."""
        assert self._server is not None
        assert self._parts is not None
        server, *others = self._tasks
        under_way = [*others, *dialer_of(self._parts)._tasks]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        self._server.force_exit = self._server.should_exit = True
        await server
        await self._stack.aclose()
        self._server = None

    async def stop(self) -> None:
        """As SIGTERM does."""
        assert self._server is not None
        assert self._parts is not None
        assert self._parts.reconciler is not None
        await self._parts.reconciler.stop()
        await dialer_of(self._parts).stop()
        self._server.should_exit = True
        server, *others = self._tasks
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await server
        await self._stack.aclose()
        self._server = None

    async def leave(self) -> None:
        """Leave nothing behind, whatever happened."""
        if self._server is not None:
            await self.kill()


@asynccontextmanager
async def in_process(folder: Path, environ: dict[str, str], **sandbox_settings: object) -> AsyncIterator[InProcess]:
    """One beside a sandbox of its own; not started yet."""
    port = free_port()
    settings = {
        **sandbox_settings,
        "webhook_secret": WEBHOOK_SECRET,
        "webhook_url": f"http://127.0.0.1:{port}/webhooks/minivoice",
    }
    async with running_sandbox(SandboxSettings.model_validate(settings)) as sandbox:
        made = InProcess(folder, sandbox.url, port, **environ)
        try:
            yield made
        finally:
            await made.leave()
