"""`dialtrail campaign revise`: another plan for a campaign; always shown first what that does to those who wait."""

import sys
from collections.abc import Iterator
from itertools import groupby
from typing import Annotated

import orjson
import typer

from domain.errors import InvalidInput
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.campaign_file import CampaignFile, read_campaign_file
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, CampaignId, File, Zone
from entrypoints.cli.output import confirm, json_text, say, write, write_json, write_table
from entrypoints.cli.times import Times, times_in

EPILOG = "Example: dialtrail campaign revise spring_followup hours.toml --reason 'the works council asked for it'"
NOT_IN_THE_FILE = ("reason", "preview")
DEFAULT_SHOWN = "(default)"
WAITING = frozenset({"queued", "held"})
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for those who look later. Needed.")]
Preview = Annotated[bool, typer.Option("--preview", help="Only show what it would do; nothing is changed.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def revise(
    campaign: CampaignId,
    file: File,
    reason: Reason,
    preview: Preview = False,
    yes: Yes = False,
    zone: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Change a campaign's plan, also while it runs. FILE, JSON or TOML, has only what changes.

    Of limits what is left out stays; each other field takes the place of all there was. What it does to those who wait
    is shown first; on a terminal it then asks, unless you say --yes.
    """
    times = times_in(zone)
    content = read_campaign_file(file)
    body = _body(content, reason)
    path = path_of("campaigns", campaign, "revise")

    async def work(api: Api) -> tuple[Json, Json | None]:
        foreseen = await api.post(path, {**body, "preview": True})
        if not as_json:
            _write(foreseen, times)
        if preview:
            return foreseen, None
        if not yes and foreseen["changes"]:
            _confirm(campaign)
        return foreseen, await api.post(path, body)

    try:
        foreseen, done = with_api("campaign revise", work, campaign=campaign)
    except InvalidInput as error:
        raise (InvalidInput("--reason", error.message) if error.field == "reason" else content.blamed(error)) from None
    if as_json:
        write_json(foreseen if done is None else _with_forecast(done, foreseen))
    else:
        _tell(campaign, done)


def _tell(campaign: str, done: Json | None) -> None:
    if done is None:
        say("nothing was changed; leave out --preview to change it")
    elif "change" in done:
        tell_waiting(done)
    elif done["changes"]:
        write(f"{campaign}: revised as of position {done['position']}")


def tell_waiting(answer: Json) -> None:
    """That what was asked for waits until somebody else approves it."""
    change, campaign = answer["change"], answer["campaign_id"]
    write(f"{campaign}: change {change['change_id']} ({change['change']}) waits for a second person's approval")
    if answer.get("replaces"):
        say(f"it takes the place of change {answer['replaces']}")
    say(f"somebody else, with a token of their own: dialtrail campaign approve {campaign} {change['change_id']}")


def _body(content: CampaignFile, reason: str) -> Json:
    given: Json = orjson.loads(content.body)
    for name in NOT_IN_THE_FILE:
        if name in given:
            raise content.blamed(InvalidInput(name, f"does not go into the file; say --{name}"))
    return {**given, "reason": reason}


def _with_forecast(done: Json, foreseen: Json) -> Json:
    """The API's answer; what was foreseen just before stands where that has nothing to say."""
    return {**done, "forecast": foreseen["forecast"]} if "forecast" in done else done


def _confirm(campaign: str) -> None:
    """Ask on a terminal; nobody can answer elsewhere."""
    if sys.stdin.isatty() and sys.stderr.isatty():
        confirm(f"Revise {campaign}?")


def _write(foreseen: Json, times: Times) -> None:
    changes = foreseen["changes"]
    if not changes:
        write(f"{foreseen['campaign_id']}: nothing changes, its plan says so already")
        return
    write_table(("field", "before", "after"), [(one["field"], *map(shown, plan_values(one))) for one in changes])
    write()
    for line in forecast_lines(foreseen["forecast"], times):
        write(line, "bold")
    write(f"as of position {foreseen['position']}, judged at {times.shown(foreseen['judged_at'])}", "dim")


def forecast_lines(forecast: Json, times: Times) -> Iterator[str]:
    """Who moves, such as `of 12,400 waiting, 310 become held (outside_hours) until …`."""
    waiting = sum(forecast["before"][status] for status in sorted(WAITING))
    for move in forecast["moves"]:
        origin, target = move["from"], move["to"]
        until = f" until {times.shown(move['until'])}" if move["until"] else ""
        becomes = "stay" if origin["status"] == target["status"] else "become"
        if origin["status"] in WAITING:
            whom = f"of {waiting:,} waiting, {move['recipients']:,}"
        else:
            whom = f"of those who did not wait, {move['recipients']:,} {_place(origin)}"
        yield f"{whom} {becomes} {_place(target)}{until}"
    if not forecast["moves"]:
        yield f"of {waiting:,} waiting, nobody stands elsewhere by it"
    if forecast["not_judged"]:
        yield f"{forecast['not_judged']:,} who were dialled before are too many to judge each, and left out"


def plan_values(change: Json) -> tuple[object, object]:
    """What a field was, and what it becomes."""
    return change["before"], change["after"]


def shown(value: object) -> str:
    """A plan's value as it is written; null is the default, and days with the same hours are named together."""
    if value is None:
        return DEFAULT_SHOWN
    if isinstance(value, dict) and value and value.keys() <= frozenset(DAYS):
        return "; ".join(_hours(value))
    return value if isinstance(value, str) else json_text(value)


def _hours(hours: Json) -> Iterator[str]:
    days = [day for day in DAYS if day in hours]
    for windows, some in groupby(days, key=lambda day: list(hours[day])):
        named = list(some)
        span = named[0] if len(named) == 1 else f"{named[0]} to {named[-1]}"
        yield f"{span if len(named) < len(DAYS) else 'every day'} {', '.join(windows) or 'closed'}"


def _place(place: Json) -> str:
    return f"{place['status']} ({place['reason']})" if place["reason"] else str(place["status"])
