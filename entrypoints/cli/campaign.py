"""`dialtrail campaign …`: make campaigns, and move them through their life."""

import typer

from domain.errors import InvalidInput
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.campaign_file import read_campaign_file
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, CampaignId, File
from entrypoints.cli.output import say, write, write_json, write_table
from entrypoints.cli.status import SHOWN_FIRST, write_campaign

NOBODY_DIALS = "nothing runs on this data folder at present: calls are placed once `dialtrail up` runs"

app = typer.Typer(
    help="Make campaigns, and start, pause, resume or cancel them.",
    epilog="Example: dialtrail campaign create spring.toml",
)


@app.command(epilog="Example: dialtrail campaign create spring.toml")
def create(file: File, as_json: AsJson = False) -> None:
    """Create a campaign from a JSON or TOML file. The same file again changes nothing.

    It needs an id and a from number; limits, metadata and record are optional.
    """
    content = read_campaign_file(file)

    async def work(api: Api) -> Json:
        return await api.post(path_of("campaigns"), content.body)

    try:
        created = with_api("campaign create", work)
    except InvalidInput as error:
        raise content.blamed(error) from None
    _tell(created, as_json)
    if not sum(created["recipients"].values()):
        say(f"next: dialtrail recipients import {created['id']} FILE")


@app.command("list", epilog="Example: dialtrail campaign list --json")
def list_all(as_json: AsJson = False) -> None:
    """All campaigns, with their state and how many recipients they have."""

    async def work(api: Api) -> list[Json]:
        return await api.all_items(path_of("campaigns"))

    campaigns = with_api("campaign list", work)
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

    async def work(api: Api) -> Json:
        return await api.get(path_of("campaigns", campaign))

    found = with_api("campaign show", work, campaign=campaign)
    if as_json:
        write_json(found)
    else:
        write_campaign(found, definition=True)


@app.command(epilog="Example: dialtrail campaign start spring_followup")
def start(campaign: CampaignId, as_json: AsJson = False) -> None:
    """Start a campaign: its recipients are called from now on."""
    _command(campaign, "start", as_json)


@app.command(epilog="Example: dialtrail campaign pause spring_followup")
def pause(campaign: CampaignId, as_json: AsJson = False) -> None:
    """Pause a campaign: no new call is placed; calls under way go on."""
    _command(campaign, "pause", as_json)


@app.command(epilog="Example: dialtrail campaign resume spring_followup")
def resume(campaign: CampaignId, as_json: AsJson = False) -> None:
    """Resume a paused campaign. This also lifts a pause of the whole account, and says so."""
    _command(campaign, "resume", as_json)


@app.command(epilog="Example: dialtrail campaign cancel spring_followup")
def cancel(campaign: CampaignId, as_json: AsJson = False) -> None:
    """Cancel a campaign for good: no new call is placed, and it cannot be started again."""
    _command(campaign, "cancel", as_json)


def _command(campaign: str, verb: str, as_json: bool) -> None:
    in_process = False

    async def work(api: Api) -> Json:
        nonlocal in_process
        in_process = api.in_process
        return await api.post(path_of("campaigns", campaign, verb))

    changed = with_api(f"campaign {verb}", work, campaign=campaign)
    _tell(changed, as_json)
    if verb in {"start", "resume"} and not sum(changed["recipients"].values()):
        say(f"it has no recipients yet; next: dialtrail recipients import {campaign} FILE")
    if in_process and verb in {"start", "resume"}:
        say(NOBODY_DIALS)


def _tell(campaign: Json, as_json: bool) -> None:
    if as_json:
        write_json(campaign)
        return
    write(f"{campaign['id']}: {campaign['state']}")
    for note in campaign.get("notes", ()):
        say(str(note))
