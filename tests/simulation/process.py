"""One process of Dialtrail in a world: the parts that `dialtrail up` puts together, without its sockets and signals.

Real: composition root, server protocol, application, ledger, views, dialer, workers. Model: the loop, the wires, the machine.
A kill runs nothing more of it: no handler, no `finally`. What SQLite had committed is what the next one finds.
"""

import asyncio
import io
import logging
from contextlib import AsyncExitStack
from contextvars import copy_context
from pathlib import Path
from typing import Any

from adapters.folder_owner import FolderOwner
from adapters.log_lines import LogLines
from entrypoints.roles import Role
from entrypoints.serving import server_of
from entrypoints.settings import load_settings
from entrypoints.wiring import System, system_on
from tests.simulation.loop import PROCESS, VirtualLoop
from tests.simulation.machine import Machine, SteppedTurns
from tests.simulation.wires import Network

ROLE = Role(command="up", serves=True, dials=True, views="here")
HOST, PORT, PROVIDER_PORT = "127.0.0.1", 8080, 9000
SECRET, TOKEN, ANSWER_TOKEN = "the-webhook-secret", "the-token-of-the-people", "the-token-of-answers"
CONNECTIONS_MAX = 100
STOP_SECONDS_MAX = 60.0


def environ(folder: Path) -> dict[str, str]:
    """The settings of an installation on a folder."""
    return {
        "DIALTRAIL_HOME": str(folder / "data"),
        "DIALTRAIL_MARKS_FOLDER": str(folder / "marks"),
        "DIALTRAIL_TOKENS": f"people:operator:{TOKEN}",
        "DIALTRAIL_ANSWER_TOKEN": ANSWER_TOKEN,
        "DIALTRAIL_TARGETS_ALLOWED": "127.0.0.0/8",
        "MINIVOICE_API_KEY": "mv_live_model",
        "MINIVOICE_BASE_URL": f"http://{HOST}:{PROVIDER_PORT}",
        "MINIVOICE_WEBHOOK_SECRET": SECRET,
    }


class Process:
    """From `start` until `stop` or `kill`."""

    def __init__(self, name: str, folder: Path, loop: VirtualLoop, network: Network, machine: Machine) -> None:
        self.name = name
        self._folder, self._loop, self._network, self._machine = folder, loop, network, machine
        self.turns: SteppedTurns | None = None
        self.system: System | None = None
        self._owner: FolderOwner | None = None
        self._lines: NoLines | None = None
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.is_running = False

    def begin(self, turns: SteppedTurns) -> "asyncio.Task[None]":
        """Start it; the task ends when it does."""
        self.turns = turns
        context = copy_context()
        context.run(PROCESS.set, self.name)
        self._task = context.run(self._loop.create_task, self._run())
        return self._task

    async def stop(self) -> None:
        """As SIGTERM does."""
        self._stopping.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=STOP_SECONDS_MAX)

    def kill(self) -> None:
        """As kill -9 does. The kernel lets go of its locks."""
        self.is_running = False
        self._loop.kill(self.name)
        self._network.cut(self.name)
        if self.turns is not None:
            self.turns.kill()
        self._let_go()

    async def _run(self) -> None:
        settings = load_settings(environ(self._folder))
        self._owner = FolderOwner.take(settings.home, ROLE.command)
        assert self.turns is not None
        lines = self._lines = NoLines(self._machine)
        async with AsyncExitStack() as stack:
            outside = self._machine.outside(self.turns)
            system = await stack.enter_async_context(system_on(settings, self._owner, lines, ROLE, outside))
            self.system = system
            server: Any = server_of(settings, system, CONNECTIONS_MAX)
            server.config.load()
            server.lifespan = server.config.lifespan_class(server.config)
            self._network.listen(HOST, PORT, server._protocol)
            system.arrivals.listening_since = self._machine.now()
            tasks = [self._loop.create_task(worker.run()) for worker in system.workers]
            self.is_running = True
            stopping = self._loop.create_task(self._stopping.wait())
            await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            for worker in system.workers:
                await worker.stop()
            self._network.cut_listening(self.name)
            self.is_running = False
            for task in tasks:
                task.cancel()
            for found in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(found, Exception):
                    raise found
        self._let_go()

    def _let_go(self) -> None:
        if self._lines is not None:
            self._lines.close()
        if self._owner is not None:
            self._owner.release()


class NoLines(LogLines):
    """Log lines that nobody reads, without a thread of their own. `told` are the warnings."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(io.StringIO(), logging.CRITICAL, machine.now, "json")
