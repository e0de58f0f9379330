"""`dialtrail recipients callback`: call somebody next at a wished time, or give that up."""

from typing import Annotated

import typer

from entrypoints.callback_wording import source_in_words, why_given_up
from entrypoints.cli.api import Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, CampaignId, Number
from entrypoints.cli.output import write, write_json
from entrypoints.cli.times import Times

EPILOG = (
    "Example: dialtrail recipients callback spring_followup +15551230002 --at 2026-12-01T15:00 --zone Europe/Berlin"
)
At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="When: a local time with --zone, or with an offset or Z."),
]
LocalZone = Annotated[str | None, typer.Option("--zone", metavar="ZONE", help="The IANA zone of a local time.")]
Drop = Annotated[bool, typer.Option("--drop", help="Give up the callback; the campaign's own order goes on.")]


def callback(
    campaign: CampaignId,
    number: Number,
    at: At = None,
    zone: LocalZone = None,
    drop: Drop = False,
    as_json: AsJson = False,
) -> None:
    """Call this recipient next at a wished time, and nobody earlier: before all others who are due.

    The campaign's own gaps give way to it; hours, caps, suppression and the number of attempts do not. One that could not be
    made within policy.callback_grace_seconds is given up, and `dialtrail status` says why.
    """
    if drop == (at is not None):
        raise typer.BadParameter("give --at with a time, or --drop")
    if drop and zone is not None:
        raise typer.BadParameter("--zone is for --at")
    path = path_of("campaigns", campaign, "recipients", number, "callback")
    if drop:
        done = with_api("recipients callback", lambda api: api.delete(path), campaign=campaign)
    else:
        body = {name: value for name, value in (("at", at), ("zone", zone)) if value is not None}
        done = with_api("recipients callback", lambda api: api.put(path, body), campaign=campaign)
    if as_json:
        write_json(done)
    else:
        write(_in_words(done))


def callback_in_words(wished: Json) -> str:
    """When it is wished, when it can be, and when it is given up."""
    local = f" ({wished['local']} in {wished['zone']})" if wished.get("local") else ""
    words = f"callback wished for {wished['at']}{local}"
    if wished.get("reason"):
        possible = f"possible from {wished['earliest']}" if wished.get("earliest") else "not foreseen when possible"
        words += f"; {possible}, because of {wished['reason']}"
    return f"{words}; given up at {wished['give_up_at']}"


def story_in_words(one: Json, times: Times) -> str:
    """One thing that happened to a wished call, when, and by whom."""
    at = times.shown(one["at"])
    match one["act"]:
        case "kept":
            what = f"callback of {at} kept by attempt {one['attempt_id']}"
        case "given_up":
            what = f"callback of {at} given up: {why_given_up(one['why'])}"
        case act:
            local = f" ({one['local']} in {one['zone']})" if one.get("local") else ""
            call = f" {one['call_id']}" if one.get("call_id") else ""
            what = f"callback {'moved to' if act == 'moved' else 'wished for'} {at}{local}, {source_in_words(one['source'])}{call}"
    by = f", by {one['actor']}" if one.get("actor") else ""
    return f"{times.shown(one['recorded_at'])}  {what}{by}"


def _in_words(done: Json) -> str:
    wished = done.get("callback")
    if wished is None:
        return f"{done['number']}: {'the callback is given up' if done['changed'] else 'no callback waited'}"
    return f"{done['number']}: {callback_in_words(wished)}"
