"""The demo's course: start, enrol, dial through every act, wait until it is quiet on both sides, gather the evidence."""

import asyncio
import time
from collections.abc import Collection
from urllib.parse import urlsplit

import httpx

from adapters.folder_owner import Owner, read_owner
from domain.errors import LedgerBusy, NotFound
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.connection import connect
from entrypoints.cli.demo import acts, provider
from entrypoints.cli.demo.children import Child, Children
from entrypoints.cli.demo.evidence import Evidence, found_by_asking, matched
from entrypoints.cli.demo.progress import Progress
from entrypoints.cli.demo.proof import prove
from entrypoints.cli.demo.provider import Provider
from entrypoints.cli.demo.results import Results
from entrypoints.cli.demo.scene import CAMPAIGN_ID, Scene
from entrypoints.cli.demo.stage import POLL_SECONDS, Stage
from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.importing import Import
from entrypoints.cli.output import say
from entrypoints.settings import Settings

READY = "sandbox ready "
WEBHOOK_PATH = "/webhooks/minivoice"
VIEW_SECONDS_MAX = 60.0


async def play(scene: Scene, children: Children) -> Results:
    """Play the whole demo. Raises `CommandFailed` where something of it broke."""
    began = time.monotonic()
    sandbox = children.start("sandbox", scene.sandbox_arguments(), {})
    provider_url = await children.wait_for(sandbox, lambda: _ready_url(sandbox))
    up, owner = await _start_up(scene, children, provider_url)
    say(f"sandbox at {provider_url}, dialtrail up at {owner.url}")
    settings = Settings(home=scene.home)
    async with httpx.AsyncClient(base_url=provider_url, timeout=provider.TIMEOUT_SECONDS, trust_env=False) as client:
        sandbox_side = Provider(client)
        await sandbox_side.change(webhook_url=f"{owner.url}{WEBHOOK_PATH}")
        async with connect(settings, "demo") as api:
            await until_views_open(api, children)
            await _enrol(api, scene)
        with Progress() as progress:
            async with connect(settings, "demo") as api:
                stage = Stage(api, sandbox_side, children, progress)
                await api.post(path_of("campaigns", CAMPAIGN_ID, "start"))
                await acts.an_end_is_dropped(stage)
                await acts.balance_runs_out(stage, scene)
                planned = await acts.an_answer_is_lost(stage)
                wire = await acts.killed(stage, up)
            killed_at = time.monotonic()
            await _start_up(scene, children, provider_url, urlsplit(owner.url).port or 0)
            async with connect(settings, "demo") as api:
                stage, seconds = Stage(api, sandbox_side, children, progress), time.monotonic() - killed_at
                await until_views_open(api, children)
                doubtful = await acts.recovered(stage, wire, seconds)
                await acts.the_rest(stage, scene, planned, doubtful)
                return await _results(stage, scene, began, doubtful)


async def _start_up(scene: Scene, children: Children, provider_url: str, port: int = 0) -> tuple[Child, Owner]:
    up = children.start("up", ["up"], scene.environment(provider_url, port))
    return up, await children.wait_for(up, lambda: _listening(scene, up))


async def until_views_open(api: Api, children: Children) -> None:
    """Wait until lists can be asked for: a machine that is busy takes webhooks some seconds before."""
    deadline = time.monotonic() + VIEW_SECONDS_MAX
    while True:
        children.check()
        try:
            await api.get(path_of("campaigns"), limit=1)
        except LedgerBusy:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(POLL_SECONDS)
        else:
            return


async def _enrol(api: Api, scene: Scene) -> None:
    await api.post(path_of("campaigns"), scene.campaign)
    people = Import(CAMPAIGN_ID, scene.recipients_file, say)
    await people.enrol(api)
    say(people.in_words())
    if people.counts["enrolled"] != scene.recipients:
        raise CommandFailed(f"{people.counts['enrolled']} of {scene.recipients} people were enrolled")


async def _results(stage: Stage, scene: Scene, began: float, doubtful: Collection[str]) -> Results:
    calls = await stage.provider.calls()
    timelines = {str(call["id"]): found for call in calls if (found := await _timeline(stage, str(call["id"])))}
    evidence = Evidence(
        requests=await stage.provider.lines("request"),
        arrivals=await stage.provider.lines("arrived"),
        deliveries=await stage.provider.lines("delivery"),
        calls=calls,
        timelines=timelines,
        unresolved=await stage.unresolved(),
        recipients=scene.recipients,
        calls_per_second=scene.calls_per_second,
    )
    stage.tell(
        "everybody is done; calls whose end was never reported, and which the reconciler closed: "
        f"{len(found_by_asking(evidence))}"
    )
    rightly = matched(evidence)
    return Results(
        campaign=await _settled_campaign(stage, max((one["position"] for one in timelines.values()), default=0)),
        claims=prove(evidence),
        left=evidence.unresolved,
        true_calls={str(call["metadata"].get("attempt_id")): str(call["id"]) for call in calls},
        eventful=max((one for i, one in timelines.items() if i not in rightly), key=_eventfulness, default=None),
        matched=max((timelines[i] for i, of in rightly.items() if of in doubtful), key=_eventfulness, default=None),
        seconds=time.monotonic() - began,
    )


async def _timeline(stage: Stage, call_id: str) -> Json | None:
    try:
        return await stage.api.get(path_of("calls", call_id, "timeline"))
    except NotFound:
        return None


async def _settled_campaign(stage: Stage, position: int) -> Json:
    """The campaign once its counts contain all that the ledger had at `position`."""
    deadline = time.monotonic() + VIEW_SECONDS_MAX
    while True:
        campaign = await stage.campaign()
        if campaign["position"] >= position:
            return campaign
        if time.monotonic() > deadline:
            raise CommandFailed(f"the views stayed behind the ledger: {campaign['position']} of {position}")
        await asyncio.sleep(POLL_SECONDS)


def _eventfulness(timeline: Json) -> tuple[int, int]:
    entries = timeline["entries"]
    notes = sum(len(entry["notes"]) for entry in entries)
    return len(entries) + notes, sum(entry["deliveries"] or 0 for entry in entries)


def _ready_url(sandbox: Child) -> str | None:
    lines = sandbox.log.read_text(errors="replace").splitlines(keepends=True)
    return next(
        (line.removeprefix(READY).strip() for line in lines if line.startswith(READY) and line[-1] == "\n"), None
    )


def _listening(scene: Scene, up: Child) -> Owner | None:
    owner = read_owner(scene.home)
    return owner if owner is not None and owner.url is not None and owner.pid == up.process.pid else None
