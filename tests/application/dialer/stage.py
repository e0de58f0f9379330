"""A Dialtrail that dials the sandbox, both in this event loop, over real HTTP."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import UNSET

from adapters.folder_owner import FolderOwner
from adapters.ledger import Lane
from adapters.recipient_file import RecipientRow
from application.commands import campaigns, recipients
from application.dialer import Dialer
from application.moment import Moment
from domain.agents import AgentRules
from domain.call import CallState
from domain.caller_pool import CallerPool
from domain.campaign import Limits, Lookup, Plan
from domain.events import Recorded
from domain.identity import call_stream
from domain.policy import Policy
from domain.recipient import RecipientState
from entrypoints import process
from entrypoints.sandbox import SandboxSettings
from entrypoints.sandbox.running import Sandbox, running_sandbox
from entrypoints.serving import server_of
from entrypoints.settings import load_settings
from entrypoints.up import _listen
from entrypoints.wiring import System, running_system
from projections.folded import call_of, recipient_of
from tests.application.commands.starting import start_campaign

KEY = "mv_live_sandbox"
SECRET = "change-me"
LOOKUP_SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
BY = {"actor": "test"}
WAIT_SECONDS_MAX = 60.0


class Stage:
    """The two, and short ways to command and to look."""

    def __init__(self, parts: System, sandbox: Sandbox) -> None:
        self.parts = parts
        self.sandbox = sandbox
        self._feed: list[Recorded] = []

    @property
    def dialer(self) -> Dialer:
        """The one that dials."""
        return dialer_of(self.parts)

    async def campaign(
        self,
        numbers: Sequence[str],
        campaign_id: str = "spring",
        *,
        per_second: float = 100,
        at_once: int = 100,
        starts: bool = True,
        policy: Policy | None = None,
        record: bool = False,
        script: Mapping[str, Any] | None = None,
        inbound_script: Mapping[str, Any] | None = None,
        variables: Mapping[str, str] | None = None,
        pool: CallerPool | None = None,
        lookup: Lookup | None = None,
        agents: AgentRules | None = None,
    ) -> None:
        """Create a campaign, enrol these numbers, and start it unless told not to."""
        plan = Plan(
            caller_number="+15551230001" if pool is None else pool.numbers[0],
            pool=pool or UNSET,
            record=record,
            limits=Limits(calls_per_second=per_second, calls_at_once=at_once),
            policy=policy,
            script=script,
            inbound_script=inbound_script or UNSET,
            lookup=UNSET if lookup is None else lookup,
            agents=agents or UNSET,
        )
        rows = [
            (self.parts.ledger.recipient_stream(number), RecipientRow(line, number, None, variables or {}))
            for line, number in enumerate(numbers, start=2)
        ]
        await self.do(campaigns.create_campaign(campaign_id, plan))
        await self.do(recipients.enroll_recipients(campaign_id, "file", rows))
        if starts:
            await self.do(start_campaign(campaign_id))

    async def do(self, decide: Callable[[Any], Any], lane: Lane = "commands") -> Any:
        """Run a command; the views have it when this returns."""
        done = await self.parts.ledger.execute(decide, lane=lane, metadata=BY)
        await self.views()
        return done.result

    async def views(self) -> None:
        """Wait until the views, and what is in flight, have all that is on disk now."""
        wanted = self.parts.ledger.position
        assert await self.parts.projector.wait_for(wanted, WAIT_SECONDS_MAX)
        while self.parts.in_flight.position < wanted:
            await self.parts.follower.moved(0.02)

    async def until(self, what: str, condition: Callable[[], bool], seconds_max: float = WAIT_SECONDS_MAX) -> None:
        """Wait for a condition, looking whenever the ledger moves; fail by name if it does not come."""
        try:
            async with asyncio.timeout(seconds_max):
                await self.views()
                while not condition():
                    await self.parts.follower.moved(0.02)
                    await self.views()
                await self.views()  # the condition may have looked at the ledger itself
        except TimeoutError:
            raise AssertionError(f"{what}: not within {seconds_max:g} s; {self._counts_of_all()}") from None

    def now(self) -> datetime:
        """The clock of this machine, or what stands in for it."""
        return process.utc_now()

    def counts(self, campaign_id: str = "spring") -> dict[str, int]:
        """How many recipients have each status, by the views as they are; those that none has left out."""
        read = self.parts.reads.campaign(campaign_id, Moment(self.parts.ledger.position, self.now()))
        assert read.counts is not None
        return {str(status): n for status, n in read.counts.items() if n}

    def _counts_of_all(self) -> dict[str, dict[str, int]]:
        return {campaign_id: self.counts(campaign_id) for campaign_id in self.parts.in_flight.campaigns}

    def person(self, stream: str) -> RecipientState:
        """A recipient, folded from the ledger."""
        return recipient_of(self.parts.ledger.read_stream(stream))

    def call(self, call_id: str) -> CallState:
        """A call, folded from the ledger."""
        return call_of(self.parts.ledger.read_stream(call_stream(call_id)))

    def phase(self, campaign_id: str = "spring") -> str:
        """The campaign's own phase."""
        return self.parts.in_flight.campaigns[campaign_id].phase

    def events(self, *names: str) -> list[Recorded]:
        """The ledger's events of these names, in order."""
        # Scenarios look again and again: what was read before is not read anew.
        self._feed += self.parts.ledger.replay(self._feed[-1].position if self._feed else 0)
        return [recorded for recorded in self._feed if recorded.name in names]

    def posts(self) -> list[dict[str, Any]]:
        """What the sandbox saw of POST /v1/calls."""
        return [line for line in self.sandbox.log.lines("request") if line["method"] == "POST"]


def dialer_of(parts: System) -> Dialer:
    """The one that dials, of a process that may."""
    return next(worker for worker in parts.workers if isinstance(worker, Dialer))


def numbers(count: int) -> list[str]:
    """So many numbers."""
    return [f"+1555200{n:04}" for n in range(count)]


def _environ(reconcile_after: float, digits_wait: float, database_url: str | None) -> dict[str, str]:
    environ = {"MINIVOICE_API_KEY": KEY, "MINIVOICE_WEBHOOK_SECRET": SECRET, "DIALTRAIL_PORT": "0"}
    environ["DIALTRAIL_TARGETS_ALLOWED"] = "127.0.0.1/32"
    environ["DIALTRAIL_LOOKUP_SECRET"] = LOOKUP_SECRET
    environ["DIALTRAIL_DIGITS_WAIT_SECONDS"] = str(digits_wait)
    environ["DIALTRAIL_RECONCILE_AFTER_SECONDS"] = str(reconcile_after)
    if database_url is not None:
        environ["DIALTRAIL_DATABASE_URL"] = database_url
    return environ


@asynccontextmanager
async def stage(
    folder: Path,
    *,
    provider: str | None = None,
    reconcile_after: float = 300,
    digits_wait: float = 2,
    database_url: str | None = None,
    **sandbox_settings: Any,
) -> AsyncIterator[Stage]:
    """Both of them, with dialer and reconciler running and the webhooks on; with `provider`, calls go to that address instead."""
    environ = _environ(reconcile_after, digits_wait, database_url)
    listening = _listen(load_settings(environ))
    fast = {"ring_seconds": "0.01:0.05", "talk_seconds": "0.01:0.05", "webhook_secret": SECRET, **sandbox_settings}
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    urls = {"webhook_url": f"{address}/webhooks/minivoice", "answer_url": f"{address}/answer"}
    async with running_sandbox(SandboxSettings.model_validate({**fast, **urls})) as sandbox:
        settings = load_settings(
            {**environ, "MINIVOICE_BASE_URL": provider or sandbox.url, "DIALTRAIL_HOME": str(folder)}
        )
        owner = FolderOwner.take(folder, "test")
        try:
            async with running_system(settings, owner, dials=True, log_level=logging.ERROR) as parts:
                server = server_of(settings, parts, settings.http_connections_max)
                serving = asyncio.create_task(server.serve(sockets=[listening]))
                made = Stage(parts, sandbox)
                running = [asyncio.create_task(worker.run()) for worker in parts.workers]
                try:
                    yield made
                finally:
                    await asyncio.gather(*(worker.stop() for worker in parts.workers))
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
