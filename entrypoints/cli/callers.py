"""`dialtrail campaign callers` and `remove-caller`: the numbers that a campaign calls from."""

from typing import Annotated

import typer

from entrypoints.cli.api import Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, AsOf, CampaignId, Zone
from entrypoints.cli.output import write, write_json, write_table
from entrypoints.cli.times import IN_UTC, Times, times_in

CALLERS_EPILOG = "Example: dialtrail campaign callers spring_followup"
REMOVE_EPILOG = "Example: dialtrail campaign remove-caller spring_followup +15551230001 --reason 'it is blocked'"
HEADERS = ("number", "state", "calls", "taken out", "by", "code", "reason")

CallerNumber = Annotated[
    str, typer.Argument(metavar="NUMBER", help="A number of the campaign's pool, such as +15551230001.")
]
Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why, for those who look later.")]


def callers(campaign: CampaignId, as_of: AsOf = None, zone: Zone = None, as_json: AsJson = False) -> None:
    """The numbers that a campaign calls from: how often each did that day, and which were taken out, by whom and why."""
    times = times_in(zone)
    query, path = times.query(as_of), path_of("campaigns", campaign, "callers")
    found = with_api("campaign callers", lambda api: api.get(path, **query), campaign=campaign)
    _tell(found, as_json, times)


def remove_caller(campaign: CampaignId, number: CallerNumber, reason: Reason = None, as_json: AsJson = False) -> None:
    """Take a number out of the pool at once: nobody is called from it any more. A revision that names it puts it back."""
    body = None if reason is None else {"reason": reason}
    path = path_of("campaigns", campaign, "callers", number, "remove")
    done = with_api("campaign remove-caller", lambda api: api.post(path, body), campaign=campaign)
    _tell(done, as_json, IN_UTC)


def _tell(found: Json, as_json: bool, times: Times) -> None:
    if as_json:
        write_json(found)
        return
    rows = [
        (
            one["number"],
            str(one["state"]).replace("_", " "),
            one.get("calls_today"),
            times.shown(one.get("removed_at")),
            one.get("cause"),
            one.get("code"),
            one.get("reason"),
        )
        for one in found["items"]
    ]
    write_table(HEADERS, rows, right=("calls",))
    if found.get("day") is not None:
        most = found.get("calls_a_day_max")
        cap = "no cap" if most is None else f"at most {most} from each"
        write(f"calls on {found['day']} ({found['zone']}): {cap}; chosen by {found['choose']}", "dim")
