"""`dialtrail campaign changes`, `approve` and `decline`: starts and revisions that take a second person."""

from collections.abc import Iterator
from typing import Annotated

import typer

from entrypoints.cli.api import Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, AsOf, CampaignId, Zone
from entrypoints.cli.output import say, write, write_json
from entrypoints.cli.revision import plan_values, shown
from entrypoints.cli.styles import CHANGE_STYLES
from entrypoints.cli.times import Times, times_in

CHANGES_EPILOG = "Example: dialtrail campaign changes spring_followup --tz Europe/Berlin"
APPROVE_EPILOG = "Example: dialtrail campaign approve spring_followup 0d9f7c55 --reason 'read and found right'"
DECLINE_EPILOG = "Example: dialtrail campaign decline spring_followup 0d9f7c55 --reason 'not before Monday'"

ChangeId = Annotated[
    str, typer.Argument(metavar="CHANGE", help="The change, as `dialtrail campaign changes` names it.")
]
Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why, for those who look later.")]


def changes(campaign: CampaignId, as_of: AsOf = None, zone: Zone = None, as_json: AsJson = False) -> None:
    """The starts and revisions of a campaign that took a second person: who asked, who decided, when and why."""
    times = times_in(zone)
    query = times.query(as_of)
    path = path_of("campaigns", campaign, "changes")
    items, position = with_api("campaign changes", lambda api: api.all_with_position(path, **query), campaign=campaign)
    if as_json:
        write_json({"items": items, "next": None, "position": position})
        return
    for item in items:
        status = item["status"]
        write(f"{item['change_id']}  {_what(item)}  {status}", CHANGE_STYLES.get(status, "bold"))
        for line in _lines(item, times):
            write(f"    {line}")
    write(f"as of position {position}", "dim")
    if any(item["status"] == "pending" for item in items) and as_of is None:
        say(f"somebody else than who asked decides: dialtrail campaign approve {campaign} CHANGE, or decline")


def approve(campaign: CampaignId, change: ChangeId, reason: Reason = None, as_json: AsJson = False) -> None:
    """Let a start or a revision come about that somebody else asked for, by a token of your own (DIALTRAIL_TOKEN)."""
    _decide("approve", campaign, change, reason, as_json)


def decline(campaign: CampaignId, change: ChangeId, reason: Reason = None, as_json: AsJson = False) -> None:
    """Let a start or a revision not come about, or take back your own."""
    _decide("decline", campaign, change, reason, as_json)


def _decide(verb: str, campaign: str, change: str, reason: str | None, as_json: bool) -> None:
    body = None if reason is None else {"reason": reason}
    path = path_of("campaigns", campaign, "changes", change, verb)
    done = with_api(f"campaign {verb}", lambda api: api.post(path, body), campaign=campaign)
    if as_json:
        write_json(done)
        return
    decided, now = done["change"], done["campaign"]
    write(f"{campaign}: change {decided['change_id']} ({_what(decided)}) is {decided['status']}; it is {now['state']}")
    for note in now.get("notes", ()):
        say(str(note))


def _what(change: Json) -> str:
    return f"{change['change']}, canary {change['canary']}" if change["canary"] else str(change["change"])


def _lines(change: Json, times: Times) -> Iterator[str]:
    until = f", waits until {times.shown(change['expires_at'])}" if change["status"] == "pending" else ""
    yield f"asked for by {change['requested_by']} at {times.shown(change['requested_at'])}{until}"
    if change["reason"]:
        yield f"reason: {change['reason']}"
    for one in change["changes"]:
        before, after = plan_values(one)
        yield f"{one['field']}: {shown(before)} → {shown(after)}"
    if change["settled_at"]:
        by = f" by {change['decided_by']}" if change["decided_by"] else ""
        why = f": {change['why']}" if change["why"] else ""
        yield f"{change['status']}{by} at {times.shown(change['settled_at'])}{why}"
