"""`dialtrail campaign …`: make campaigns, and move them through their life."""

from collections.abc import Collection
from typing import Annotated

import typer

from domain.errors import DialtrailError, InvalidInput, NotFound
from entrypoints.cli import approving, callers, history, preflight_report, revision
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.campaign_file import read_campaign_file
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, CampaignId, File
from entrypoints.cli.output import say, write, write_json, write_table
from entrypoints.cli.preflight_report import looked, say_before_the_start
from entrypoints.cli.revision import tell_waiting
from entrypoints.cli.status import SHOWN_FIRST, write_campaign

NOBODY_DIALS = "nothing runs on this data folder at present: calls are placed once `dialtrail up` runs"

Canary = Annotated[
    int | None,
    typer.Option(
        "--canary", metavar="N", min=1, help="Place N calls, then pause, so that you can look at what became of them."
    ),
]

app = typer.Typer(
    help="Make campaigns; look ahead, start, revise, pause, resume or cancel them, and see who did what.",
    epilog="Example: dialtrail campaign create spring.toml",
)


@app.command(epilog="Example: dialtrail campaign create spring.toml")
def create(file: File, as_json: AsJson = False) -> None:
    """Create a campaign from a JSON or TOML file. The same file again changes nothing.

    It needs an id and a from number; limits, metadata and record are optional.
    """
    content = read_campaign_file(file)

    try:
        created = with_api("campaign create", lambda api: api.post(path_of("campaigns"), content.body), makes_data=True)
    except InvalidInput as error:
        raise content.blamed(error) from None
    _tell(created, as_json)
    if _has_nobody(created):
        say(f"next: dialtrail recipients import {created['id']} FILE")


@app.command("list", epilog="Example: dialtrail campaign list --json")
def list_all(as_json: AsJson = False) -> None:
    """All campaigns, with their state and how many recipients they have."""
    campaigns = with_api("campaign list", lambda api: api.all_items(path_of("campaigns")))
    if as_json:
        write_json({"items": campaigns, "next": None})
        return
    headers = ("campaign", "state", "recipients", *SHOWN_FIRST, "created")
    rows = []
    for one in campaigns:
        counts = one["recipients"]
        shown = (counts.get(status, 0) for status in SHOWN_FIRST)
        rows.append((one["id"], one["state"], sum(counts.values()), *shown, one.get("created_at")))
    write_table(headers, rows, right=("recipients", *SHOWN_FIRST))
    if not campaigns:
        say("no campaign yet; make one with: dialtrail campaign create FILE")


@app.command(epilog="Example: dialtrail campaign show spring_followup")
def show(campaign: CampaignId, as_json: AsJson = False) -> None:
    """One campaign: its definition, its state, and what became of its recipients."""
    found = with_api("campaign show", lambda api: api.get(path_of("campaigns", campaign)), campaign=campaign)
    if as_json:
        write_json(found)
    else:
        write_campaign(found, definition=True)


app.command("preflight", epilog=preflight_report.EPILOG)(preflight_report.preflight)


@app.command(epilog="Example: dialtrail campaign start spring_followup --canary 20")
def start(campaign: CampaignId, canary: Canary = None, as_json: AsJson = False) -> None:
    """Start a campaign: its recipients are called from now on. What stands in its way is said first, on stderr.

    With --canary it pauses after so many calls, with their outcomes; `dialtrail campaign resume` then calls all others.
    """
    _command(campaign, "start", as_json, None if canary is None else {"canary": canary})


@app.command(epilog="Example: dialtrail campaign pause spring_followup")
def pause(campaign: CampaignId, as_json: AsJson = False) -> None:
    """Pause a campaign: no new call is placed; calls under way go on."""
    _command(campaign, "pause", as_json)


@app.command(epilog="Example: dialtrail campaign resume spring_followup")
def resume(campaign: CampaignId, as_json: AsJson = False) -> None:
    """Resume a paused campaign, or go on after a canary. This also lifts a pause of the whole account, and says so."""
    _command(campaign, "resume", as_json)


@app.command(epilog="Example: dialtrail campaign cancel spring_followup")
def cancel(campaign: CampaignId, as_json: AsJson = False) -> None:
    """Cancel a campaign for good: no new call is placed, and it cannot be started again."""
    _command(campaign, "cancel", as_json)


app.command("revise", epilog=revision.EPILOG)(revision.revise)
app.command("changes", epilog=approving.CHANGES_EPILOG)(approving.changes)
app.command("approve", epilog=approving.APPROVE_EPILOG)(approving.approve)
app.command("decline", epilog=approving.DECLINE_EPILOG)(approving.decline)
app.command("callers", epilog=callers.CALLERS_EPILOG)(callers.callers)
app.command("remove-caller", epilog=callers.REMOVE_EPILOG)(callers.remove_caller)
app.command("history", epilog=history.EPILOG)(history.history)


def _command(campaign: str, verb: str, as_json: bool, body: Json | None = None) -> None:
    in_process = False
    warned: list[str] = []

    async def work(api: Api) -> Json:
        nonlocal in_process
        in_process = api.in_process
        if verb == "start":
            warned.extend(await _look_ahead(api, campaign))
        return await api.post(path_of("campaigns", campaign, verb), body)

    changed = with_api(f"campaign {verb}", work, campaign=campaign)
    if "change" in changed:
        write_json(changed) if as_json else tell_waiting(changed)
        return
    _tell(changed, as_json, said=warned)
    if verb in {"start", "resume"} and _has_nobody(changed):
        say(f"it has no recipients yet; next: dialtrail recipients import {campaign} FILE")
    if in_process and verb in {"start", "resume"}:
        say(NOBODY_DIALS)


def _has_nobody(campaign: Json) -> bool:
    """Whether it is known to have no recipients; the views may not have its figures yet."""
    counts = campaign["recipients"]
    return counts is not None and not sum(counts.values())


async def _look_ahead(api: Api, campaign: str) -> list[str]:
    """Say what a campaign that never ran would meet; where that cannot be found out, it starts all the same."""
    try:
        found = await looked(api, campaign)
    except NotFound:
        return []  # the start itself says so
    except DialtrailError as error:
        say(f"warning: what it will meet could not be looked at: {error}")
        return []
    if found["state"] != "created":
        return []
    say_before_the_start(found)
    return [str(one["says"]) for one in found["warnings"]]


def _tell(campaign: Json, as_json: bool, said: Collection[str] = ()) -> None:
    """Its state, and what is to be known beside it that was not `said` before."""
    if as_json:
        write_json(campaign)
        return
    write(f"{campaign['id']}: {campaign['state']}")
    for note in campaign.get("notes", ()):
        if note not in said:
            say(str(note))
