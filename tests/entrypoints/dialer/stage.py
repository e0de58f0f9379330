"""A Dialtrail that dials the sandbox, both in this event loop, over real HTTP."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.folder_owner import FolderOwner
from adapters.recipient_file import RecipientRow
from domain.campaign import Limits, Plan
from domain.events import Recorded
from entrypoints import commands
from entrypoints.dialer import Dialer
from entrypoints.sandbox import Sandbox, SandboxSettings, running_sandbox
from entrypoints.settings import load_settings
from entrypoints.up import Server, _config, _listen
from entrypoints.wiring import Installation, installation

KEY = "mv_live_sandbox"
SECRET = "change-me"
BY = {"actor": "test"}
WAIT_SECONDS_MAX = 20.0


class Stage:
    """The two, and short ways to command and to look."""

    def __init__(self, parts: Installation, sandbox: Sandbox) -> None:
        self.parts = parts
        self.sandbox = sandbox

    @property
    def dialer(self) -> Dialer:
        """The one that dials."""
        assert self.parts.dialer is not None
        return self.parts.dialer

    async def campaign(
        self,
        numbers: Sequence[str],
        campaign_id: str = "spring",
        *,
        per_second: float = 100,
        at_once: int = 100,
        starts: bool = True,
    ) -> None:
        """Create a campaign, enrol these numbers, and start it unless told not to."""
        plan = Plan(
            caller_number="+15551230001",
            record=False,
            limits=Limits(calls_per_second=per_second, calls_at_once=at_once),
        )
        rows = [
            (self.parts.ledger.recipient_stream(number), RecipientRow(line, number, None, {}))
            for line, number in enumerate(numbers, start=2)
        ]
        await self.do(commands.create_campaign(campaign_id, plan))
        await self.do(commands.enroll_recipients(campaign_id, "file", rows))
        if starts:
            await self.do(commands.start_campaign(campaign_id))

    async def do(self, decide: Callable[[Any], Any]) -> Any:
        """Run a command."""
        return (await self.parts.ledger.execute(decide, lane="commands", metadata=BY)).result

    async def until(self, what: str, condition: Callable[[], bool], seconds_max: float = WAIT_SECONDS_MAX) -> None:
        """Wait for a condition, looking whenever the ledger moves; fail by name if it does not come."""
        try:
            async with asyncio.timeout(seconds_max):
                while not condition():
                    await self.parts.follower.moved(0.02)
        except TimeoutError:
            raise AssertionError(f"{what}: not within {seconds_max:g} s; {self.counts()}") from None

    def counts(self, campaign_id: str = "spring") -> dict[str, int]:
        """How many recipients have each status, those that none has left out."""
        return {str(status): n for status, n in self.parts.view.counts(campaign_id).items() if n}

    def phase(self, campaign_id: str = "spring") -> str:
        """The campaign's own phase."""
        return self.parts.view.campaigns[campaign_id].state.phase

    def events(self, *names: str) -> list[Recorded]:
        """The ledger's events of these names, in order."""
        return [recorded for recorded in self.parts.ledger.replay() if recorded.name in names]

    def posts(self) -> list[dict[str, Any]]:
        """What the sandbox saw of POST /v1/calls."""
        return [line for line in self.sandbox.log.lines("request") if line["method"] == "POST"]


def numbers(count: int) -> list[str]:
    """So many numbers."""
    return [f"+1555200{n:04}" for n in range(count)]


@asynccontextmanager
async def stage(
    folder: Path, *, provider: str | None = None, reconcile_after: float = 300, **sandbox_settings: Any
) -> AsyncIterator[Stage]:
    """Both of them, with dialer and reconciler running and the webhooks on; with `provider`, calls go to that address instead."""
    environ = {"MINIVOICE_API_KEY": KEY, "MINIVOICE_WEBHOOK_SECRET": SECRET, "DIALTRAIL_PORT": "0"}
    environ["DIALTRAIL_RECONCILE_AFTER_SECONDS"] = str(reconcile_after)
    listening = _listen(load_settings(environ))
    fast = {"ring_seconds": "0.01:0.05", "talk_seconds": "0.01:0.05", "webhook_secret": SECRET, **sandbox_settings}
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/webhooks/minivoice"
    async with running_sandbox(SandboxSettings.model_validate({**fast, "webhook_url": url})) as sandbox:
        settings = load_settings(
            {**environ, "MINIVOICE_BASE_URL": provider or sandbox.url, "DIALTRAIL_HOME": str(folder)}
        )
        owner = FolderOwner.take(folder, "test")
        try:
            async with installation(settings, owner, dials=True, log_level=logging.ERROR) as parts:
                server = Server(_config(parts))
                serving = asyncio.create_task(server.serve(sockets=[listening]))
                made = Stage(parts, sandbox)
                assert parts.reconciler is not None
                running = [asyncio.create_task(made.dialer.run()), asyncio.create_task(parts.reconciler.run())]
                try:
                    yield made
                finally:
                    parts.reconciler.stop()
                    await made.dialer.stop()
                    for task in running:
                        task.cancel()
                    await asyncio.gather(*running, return_exceptions=True)
                    server.should_exit = True
                    await serving
        finally:
            owner.release()


def play(scenario: Callable[[], Awaitable[None]]) -> None:
    """Run a scenario to its end."""

    async def run() -> None:
        await scenario()

    asyncio.run(run())
