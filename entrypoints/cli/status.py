"""`dialtrail status`: where a campaign stands, or one of its recipients."""

from typing import Annotated, Any

import typer

from domain.recipient.status import STATUSES
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, CampaignId
from entrypoints.cli.output import say, write, write_json, write_table
from entrypoints.cli.words import explain_verdict

EPILOG = "Example: dialtrail status spring_followup +15551230002"
SHOWN_FIRST = ("reached", "queued", "unresolved")

OneNumber = Annotated[str | None, typer.Argument(metavar="NUMBER", help="Show this recipient, with every attempt.")]


def status(campaign: CampaignId, number: OneNumber = None, as_json: AsJson = False) -> None:
    """How far a campaign is, or what became of one of its recipients and why."""
    parts = ("campaigns", campaign) if number is None else ("campaigns", campaign, "recipients", number)

    async def work(api: Api) -> Json:
        return await api.get(path_of(*parts))

    found = with_api("status", work, campaign=campaign)
    if as_json:
        write_json(found)
    elif number is None:
        write_campaign(found, definition=False)
        if found["recipients"].get("unresolved"):
            say(f"to see who is unresolved, and the calls it may be about: dialtrail unresolved {campaign}")
    else:
        write_recipient(found)


def write_campaign(campaign: Json, *, definition: bool) -> None:
    """A campaign's state, what holds it up, and its recipients by status."""
    write(f"{campaign['id']}: {campaign['state']}")
    if (pause := campaign.get("pause")) is not None:
        _write_pause(pause)
    if definition:
        limits = campaign["limits"]
        write(
            f"from {campaign['from']}, {limits['calls_per_second']:g} calls a second, {limits['calls_at_once']} at once"
        )
        write(f"recorded: {'yes' if campaign['record'] else 'no'}, metadata: {_pairs(campaign['metadata']) or 'none'}")
        write(f"created {campaign.get('created_at')}")
    write()
    counts = campaign["recipients"]
    known = [name for name in (*STATUSES, *sorted(set(counts) - set(STATUSES))) if counts.get(name)]
    write_table(
        ("recipients", "count"),
        [*((name, counts[name]) for name in known), ("all", sum(counts.values()))],
        right=("count",),
    )
    for note in campaign.get("notes", ()):
        write(str(note))


def write_recipient(recipient: Json) -> None:
    """One recipient: status, attempts, and whether another call may be placed."""
    until = f" until {recipient['until']}" if recipient.get("until") else ""
    reason = f" ({recipient['reason']})" if recipient.get("reason") else ""
    write(
        f"{recipient['number']} in {recipient.get('campaign_id', 'this campaign')}: {recipient['status']}{reason}{until}"
    )
    if (more := _pairs({"zone": recipient.get("zone"), **(recipient.get("variables") or {})})) != "":
        write(more)
    for line in explain_verdict(recipient.get("verdict")):
        write(line)
    history = recipient.get("history") or []
    if not history:
        write("no attempt yet")
        return
    write()
    headers = ("attempt", "phase", "started", "changed", "call", "status", "code", "why", "counts")
    fields = ("attempt_id", "phase", "started_at", "changed_at", "call_id", "status", "code", "why")
    rows = [(*(one.get(field) for field in fields), _yes(one.get("counts"))) for one in history]
    write_table(headers, rows)


def _write_pause(pause: Json) -> None:
    whose = "the whole account is paused" if pause.get("scope") == "account" else "paused"
    said = [str(pause[name]) for name in ("status", "code") if pause.get(name) is not None]
    write(f"{whose} by {pause.get('cause')} at {pause.get('at')}{': ' + ' '.join(said) if said else ''}")
    if pause.get("what_to_do"):
        write(f"what to do: {pause['what_to_do']}")


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items() if value is not None)


def _yes(value: object) -> str:
    return "" if value is None else "yes" if value else "no"
