"""`dialtrail try`: one call to a number of one's own, followed live to its end, to see what a caller would hear."""

import asyncio
import sys
import time
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import orjson
import typer

from domain.errors import DialtrailError, InvalidInput
from domain.person import is_same
from domain.phone_number import parse_number
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.calls import describe_call, read_events, write_timeline
from entrypoints.cli.campaign_file import CampaignFile, read_campaign_file
from entrypoints.cli.connection import with_api
from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.heard import heard_in
from entrypoints.cli.options import AsJson, Zone, of_campaign
from entrypoints.cli.output import confirm, say, write, write_json
from entrypoints.cli.times import Times, times_in
from entrypoints.cli.variables import Variables, variables_of
from entrypoints.wording import explain_verdict

EPILOG = "Example: dialtrail try +15551230001 +15551230002 --script menu.toml --var name=Ada"
NAME = "try"
ID_CHARS = 12
POLL_SECONDS = 0.2
WAIT_SECONDS_DEFAULT = 300
WAIT_SECONDS_MAX = 7_200
HELD_SECONDS_MAX = 10.0
COMPLETED_SECONDS_MAX = 15.0
ENDED = frozenset({"reached", "not_reached", "failed", "canceled", "refused"})
OVER = ENDED | {"unresolved", "withdrawn", "suppressed"}

From = Annotated[str, typer.Argument(metavar="FROM", help="The number to call from, such as +15551230001.")]
To = Annotated[str, typer.Argument(metavar="TO", help="A number of your own, or whose owner expects this call.")]
Script = Annotated[
    Path | None,
    typer.Option("--script", metavar="FILE", help="What the call says: a script, or a campaign file that has one."),
]
OfCampaign = Annotated[str | None, of_campaign("It says what this campaign's calls say, in place of --script.")]
Record = Annotated[bool, typer.Option("--record", help="Record the call.")]
Wait = Annotated[
    int, typer.Option("--wait", metavar="SECONDS", min=1, max=WAIT_SECONDS_MAX, help="Follow it for at most so long.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask; needed off a terminal.")]


def try_(
    caller: From,
    number: To,
    script: Script = None,
    campaign: OfCampaign = None,
    record: Record = False,
    var: Variables = None,
    wait: Wait = WAIT_SECONDS_DEFAULT,
    yes: Yes = False,
    zone: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Place one call now, outside any campaign of yours, follow it to its end, and show its timeline and what was heard.

    It is a campaign of its own with one recipient and one attempt, named try_…, so that every rule holds for it too:
    suppression, DIALTRAIL_ONLY_NUMBERS, the account's limits and pauses, one open attempt at a time.
    """
    _check(caller, number, script, campaign)
    times = times_in(zone)
    variables = variables_of(var)
    content = None if script is None else read_campaign_file(script)
    _confirm(number, yes=yes)
    own = f"{NAME}_{uuid4().hex[:ID_CHARS]}"

    async def work(api: Api) -> Json:
        if api.in_process:
            raise CommandFailed("nobody dials here at present; start `dialtrail up` in another terminal first")
        plan = {"id": own, "from": caller, "record": record, **await _said(api, content, campaign)}
        await _create(api, plan, content)
        found: Json = {}
        try:
            await _enrol(api, own, number, variables)
            await api.post(path_of("campaigns", own, "start"))
            found = await _follow(api, own, number, wait)
        finally:
            await asyncio.shield(_end(api, own, found))
        return found

    _tell_end(number, with_api(NAME, work, campaign=campaign), times, as_json=as_json)


def _check(caller: str, number: str, script: Path | None, campaign: str | None) -> None:
    parse_number(caller, "FROM")
    parse_number(number, "TO")
    if is_same(caller, number):
        raise InvalidInput("TO", "is FROM's own number, which cannot call itself; give a number of another telephone")
    if script is not None and campaign is not None:
        raise InvalidInput("--script, --campaign", "both say what the call says; give one of them")


def _tell_end(number: str, found: Json, times: Times, *, as_json: bool) -> None:
    if as_json:
        write_json(found)
    elif found["timeline"] is not None:
        write()
        write_timeline(found["timeline"], times)
        write()
        _write_heard(found)
    if found["status"] in {"held", "queued"} or found["timeline"] is None:
        for line in explain_verdict(found["verdict"], times.shown):
            say(line)
        raise CommandFailed(f"{number} was not called: {found['status']} ({found['reason'] or 'no reason is known'})")
    say(f"everything about it: dialtrail timeline {found['timeline']['call_id']}")


def _write_heard(found: Json) -> None:
    if found["heard"]:
        write("what was said, and what was pressed:")
        for line in found["heard"]:
            write(f"  {line}")
    elif found["timeline"]["state"].get("reached"):
        write("it was answered, and told nothing: MiniVoice did not ask for a script; see its answer_url")
    else:
        write("nobody answered: nothing was heard")


async def _said(api: Api, content: CampaignFile | None, campaign: str | None) -> Json:
    """The part of a plan that says what the call says; empty where nothing does."""
    if campaign is not None:
        script = (await api.get(path_of("campaigns", campaign))).get("script")
        if script is None:
            raise InvalidInput("--campaign", f"{campaign} has no script; give one with --script")
        return {"script": script}
    if content is None:
        return {}
    given: Json = orjson.loads(content.body)
    return {"script": given.get("script", given)}


async def _create(api: Api, plan: Json, content: CampaignFile | None) -> None:
    try:
        await api.post(path_of("campaigns"), plan)
    except InvalidInput as error:
        raise (error if content is None else content.blamed(error)) from None


async def _enrol(api: Api, campaign: str, number: str, variables: Json) -> None:
    row = {"number": number, "variables": variables}
    answer = await api.post(path_of("campaigns", campaign, "recipients"), {"recipients": [row]})
    for complaint in answer["complaints"]:
        raise InvalidInput(f"--var {complaint['field']}", complaint["reason"])


async def _follow(api: Api, campaign: str, number: str, wait_seconds: float) -> Json:
    """Say each thing that happens as it does; what is known in the end."""
    told: set[int] = set()
    began = time.monotonic()
    while True:
        recipient = await api.get(path_of("campaigns", campaign, "recipients", number))
        timeline = None
        if recipient["call_id"] is not None:
            timeline = await api.get(path_of("calls", recipient["call_id"], "timeline"))
            _tell(timeline, told)
        passed = time.monotonic() - began
        is_kept = recipient["status"] in {"held", "queued"} and passed > HELD_SECONDS_MAX
        if recipient["status"] in OVER or is_kept or passed > wait_seconds:
            if passed > wait_seconds:
                say(f"it is not over after {wait_seconds:g} s; it goes on, and is followed no longer")
            names = ("status", "reason", "verdict")
            known = {name: recipient.get(name) for name in names}
            heard = [] if timeline is None else await _heard(api, timeline)
            return {"campaign_id": campaign, **known, "timeline": timeline, "heard": heard}
        await asyncio.sleep(POLL_SECONDS)


async def _heard(api: Api, timeline: Json) -> list[str]:
    events = await read_events(api, timeline["call_id"], 0, None, None)
    return heard_in(timeline["entries"], {one["position"]: one["body"] for one in events["items"]})


def _tell(timeline: Json, told: set[int]) -> None:
    for entry in timeline["entries"]:
        if entry["position"] in told:
            continue
        told.add(entry["position"])
        detail = entry["detail"]
        more = " ".join(f"{name}={detail[name]}" for name in ("step", "digits", "why", "status") if name in detail)
        say(f"{entry['event']}{f' {more}' if more else ''}")
    if not told:
        say(describe_call(timeline))


async def _end(api: Api, campaign: str, found: Json) -> None:
    """Nobody shall be called by it later, whatever happened here; where its one call has begun it completes by itself."""
    is_over = found.get("status") in ENDED
    if found.get("timeline") is not None and not is_over:
        return
    looks = int(COMPLETED_SECONDS_MAX / POLL_SECONDS) if is_over else 0
    try:
        state = await _state(api, campaign)
        for _ in range(looks):
            if state != "running":
                break
            await asyncio.sleep(POLL_SECONDS)
            state = await _state(api, campaign)
        if state not in {"canceled", "completed"}:
            await api.post(path_of("campaigns", campaign, "cancel"))
    except DialtrailError as error:
        say(f"the try could not be ended; look at it with: dialtrail campaign show {campaign} ({error})")


async def _state(api: Api, campaign: str) -> str:
    return str((await api.get(path_of("campaigns", campaign)))["state"])


def _confirm(number: str, *, yes: bool) -> None:
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InvalidInput("--yes", "is needed where nobody can be asked: this calls somebody, and costs money")
    confirm(f"Call {number} now?")
    write()
