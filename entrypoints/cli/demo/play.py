"""The demo's course: start, enrol, dial, wait until it is quiet on both sides, gather the evidence."""

import asyncio
import time

import httpx

from adapters.folder_owner import Owner, read_owner
from domain.errors import NotFound
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.campaign_file import read_campaign_file
from entrypoints.cli.connection import connect
from entrypoints.cli.demo import provider
from entrypoints.cli.demo.children import Child, Children
from entrypoints.cli.demo.progress import Progress
from entrypoints.cli.demo.proof import Evidence, lost_posts, prove
from entrypoints.cli.demo.provider import Provider
from entrypoints.cli.demo.results import Results
from entrypoints.cli.demo.scene import CALLS_PER_SECOND, CAMPAIGN_ID, Scene
from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.importing import Summary, import_file
from entrypoints.cli.output import say
from entrypoints.settings import Settings

READY = "sandbox ready "
WEBHOOK_PATH = "/webhooks/minivoice"
POLL_SECONDS = 0.25
OPEN = ("queued", "held", "dialing", "in_progress")
CAMPAIGN_SECONDS_MAX, CAMPAIGN_SECONDS_PER_RECIPIENT_MAX = 60.0, 0.5
QUIET_SECONDS_MAX = 30.0
VIEW_SECONDS_MAX = 10.0


async def play(scene: Scene, children: Children) -> Results:
    """Play the whole demo. Raises `CommandFailed` where something of it broke."""
    began = time.monotonic()
    sandbox = children.start("sandbox", scene.sandbox_arguments(), {})
    provider_url = await children.wait_for(sandbox, lambda: _ready_url(sandbox))
    up = children.start("up", ["up"], scene.environment(provider_url))
    owner = await children.wait_for(up, lambda: _listening(scene, up))
    say(f"sandbox at {provider_url}, dialtrail up at {owner.url}")
    async with (
        httpx.AsyncClient(base_url=provider_url, timeout=provider.TIMEOUT_SECONDS, trust_env=False) as client,
        connect(Settings(home=scene.home), "demo") as api,
    ):
        sandbox_side = Provider(client)
        await sandbox_side.send_webhooks_to(f"{owner.url}{WEBHOOK_PATH}")
        await _enrol(api, scene)
        await api.post(path_of("campaigns", CAMPAIGN_ID, "start"))
        await _follow(api, children, scene.recipients)
        await _until_quiet(sandbox_side, children)
        return await _results(api, sandbox_side, scene, began)


async def _enrol(api: Api, scene: Scene) -> None:
    await api.post(path_of("campaigns"), read_campaign_file(scene.campaign_file))
    summary = Summary()
    await import_file(api, CAMPAIGN_ID, scene.recipients_file, summary, say)
    say(summary.in_words(CAMPAIGN_ID))
    if summary.counts["enrolled"] != scene.recipients:
        raise CommandFailed(f"{summary.counts['enrolled']} of {scene.recipients} people were enrolled")


async def _follow(api: Api, children: Children, enrolled: int) -> None:
    began = time.monotonic()
    seconds_max = CAMPAIGN_SECONDS_MAX + enrolled * CAMPAIGN_SECONDS_PER_RECIPIENT_MAX
    with Progress() as progress:
        while True:
            children.check()
            campaign = await api.get(path_of("campaigns", CAMPAIGN_ID))
            seconds = time.monotonic() - began
            progress.show(seconds, campaign)
            counts = campaign["recipients"]
            if sum(counts.values()) >= enrolled and not any(counts.get(name) for name in OPEN):
                return
            if campaign["state"] == "paused":
                raise CommandFailed(f"the campaign was paused: {campaign['pause']}")
            if seconds > seconds_max:
                raise CommandFailed(f"the campaign was not over after {seconds:.0f} seconds: {counts}")
            await asyncio.sleep(POLL_SECONDS)


async def _until_quiet(sandbox_side: Provider, children: Children) -> None:
    deadline = time.monotonic() + QUIET_SECONDS_MAX
    while not await sandbox_side.is_quiet():
        children.check()
        if time.monotonic() > deadline:
            raise CommandFailed(f"the sandbox still had webhooks to deliver after {QUIET_SECONDS_MAX:g} seconds")
        await asyncio.sleep(POLL_SECONDS)


async def _results(api: Api, sandbox_side: Provider, scene: Scene, began: float) -> Results:
    requests, calls = await sandbox_side.lines("request"), await sandbox_side.calls()
    timelines = {str(call["id"]): found for call in calls if (found := await _timeline(api, str(call["id"])))}
    evidence = Evidence(
        requests=requests,
        arrivals=await sandbox_side.lines("arrived"),
        deliveries=await sandbox_side.lines("delivery"),
        calls=calls,
        timelines=timelines,
        recipients=scene.recipients,
        calls_per_second=CALLS_PER_SECOND,
    )
    return Results(
        campaign=await _settled_campaign(api, max((one["position"] for one in timelines.values()), default=0)),
        claims=prove(evidence),
        lost=[await _lost(api, post["request_body"]) for post in lost_posts(requests)],
        eventful=max(timelines.values(), key=_eventfulness, default=None),
        seconds=time.monotonic() - began,
    )


async def _timeline(api: Api, call_id: str) -> Json | None:
    try:
        return await api.get(path_of("calls", call_id, "timeline"))
    except NotFound:
        return None


async def _settled_campaign(api: Api, position: int) -> Json:
    """The campaign once its counts contain all that the ledger had at `position`."""
    deadline = time.monotonic() + VIEW_SECONDS_MAX
    while True:
        campaign = await api.get(path_of("campaigns", CAMPAIGN_ID))
        if campaign["position"] >= position:
            return campaign
        if time.monotonic() > deadline:
            raise CommandFailed(f"the views stayed behind the ledger: {campaign['position']} of {position}")
        await asyncio.sleep(POLL_SECONDS)


async def _lost(api: Api, request_body: Json) -> tuple[Json, Json]:
    recipient = await api.get(path_of("campaigns", CAMPAIGN_ID, "recipients", request_body["to"]))
    attempt_id = request_body["metadata"]["attempt_id"]
    return recipient, next(one for one in recipient["history"] if one["attempt_id"] == attempt_id)


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
