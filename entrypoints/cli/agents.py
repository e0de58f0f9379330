"""`dialtrail agents …`: how many people are free to whom a campaign's calls are handed."""

from typing import Annotated

import typer

from entrypoints.cli.api import Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, CampaignId
from entrypoints.cli.output import write, write_json

EPILOG = "Example: dialtrail agents set spring_followup 3"
Count = Annotated[int | None, typer.Argument(metavar="[N]", help="How many are free.")]
Free = Annotated[str | None, typer.Option("--free", metavar="NAMES", help="Who is free, with commas between.")]
Busy = Annotated[str | None, typer.Option("--busy", metavar="NAMES", help="Who is busy.")]
Away = Annotated[str | None, typer.Option("--away", metavar="NAMES", help="Who is away.")]

app = typer.Typer(help="Tell a campaign who is free to take its calls, and see what that lets it do.", epilog=EPILOG)


@app.command("set", epilog="Example: dialtrail agents set spring_followup --free ada,bob --busy eve")
def set_(
    campaign: CampaignId,
    count: Count = None,
    free: Free = None,
    busy: Busy = None,
    away: Away = None,
    as_json: AsJson = False,
) -> None:
    """Tell how many agents are free, by a number or by name. It takes the place of what was told before, and has to be told again within its life."""
    named = [
        {"name": name, "state": state}
        for state, names in (("free", free), ("busy", busy), ("away", away))
        for name in _names(names)
    ]
    if (count is None) == (not named):
        raise typer.BadParameter("give a number such as 3, or names with --free, --busy and --away")
    body = {"agents": named} if count is None else {"free": count}
    _tell(with_api("agents set", lambda api: api.put(_path(campaign), body), campaign=campaign), as_json)


@app.command("show", epilog="Example: dialtrail agents show spring_followup")
def show(campaign: CampaignId, as_json: AsJson = False) -> None:
    """How many are free by what was told last, until when that is believed, and how many calls there may be."""
    _tell(with_api("agents show", lambda api: api.get(_path(campaign)), campaign=campaign), as_json)


def _path(campaign: str) -> str:
    return path_of("campaigns", campaign, "agents")


def _names(given: str | None) -> list[str]:
    return [name.strip() for name in (given or "").split(",") if name.strip()]


def agents_in_words(found: Json) -> list[str]:
    """What is known of them, and what that lets the campaign do, a line each."""
    if found["free"] is None:
        return ["how many agents are free was never told" + ("; nobody is called" if found["applies"] else "")]
    lines = [
        f"{found['free']} free, told {found['told_at']}, believed until {found['known_until']}",
        f"{found['calls_under_way']} of at most {found['calls_max']} calls under way (factor {found['factor']:g})",
        *(f"{one['name']}: {one['state']}" for one in found.get("agents") or ()),
    ]
    return lines if found["holds"] is None else [*lines, f"nobody is called now: {found['holds']}"]


def _tell(found: Json, as_json: bool) -> None:
    if as_json:
        write_json(found)
        return
    for line in agents_in_words(found):
        write(line)
