"""`dialtrail script history`, `diff` and `rollback`: which words a campaign had when, and back to those that worked."""

from typing import Annotated

import typer

from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, AsOf, CampaignId, Zone
from entrypoints.cli.output import say, write, write_json, write_table
from entrypoints.cli.revision import Preview, Reason, forecast_lines, shown, tell_waiting
from entrypoints.cli.times import times_in

HISTORY_EPILOG = "Example: dialtrail script history spring_followup"
DIFF_EPILOG = "Example: dialtrail script diff spring_followup 2 3"
ROLLBACK_EPILOG = "Example: dialtrail script rollback spring_followup 2 --reason 'nobody understood the new menu'"

Version = Annotated[int, typer.Argument(metavar="VERSION", min=1, help="The number of a version, from 1.")]
Other = Annotated[
    int | None, typer.Argument(metavar="OTHER", min=1, help="Another one; without it, the version that holds now.")
]

Inbound = Annotated[
    bool,
    typer.Option("--inbound", help="Of the script for people who ring back, whose versions have numbers of their own."),
]


def history(
    campaign: CampaignId, inbound: Inbound = False, as_of: AsOf = None, zone: Zone = None, as_json: AsJson = False
) -> None:
    """The versions of a campaign's script: since when, by whom, and why. A rollback is a version of its own."""
    times = times_in(zone)
    query = times.query(as_of) | _whose(inbound)
    path = path_of("campaigns", campaign, "scripts")
    items = with_api("script history", lambda api: api.all_items(path, **query), campaign=campaign)
    if as_json:
        write_json({"items": items, "next": None})
        return
    rows = [
        (
            one["version"],
            times.shown(one["recorded_at"]),
            "no script" if one["steps"] is None else one["steps"],
            one["actor"],
            one["reason"],
        )
        for one in items
    ]
    write_table(("version", "since", "steps", "by", "reason"), rows, right=("version", "steps"))
    if not items:
        say(
            f"{campaign} has no {'inbound ' if inbound else ''}script; add one with: dialtrail campaign revise {campaign} FILE --reason TEXT"
        )


def diff(
    campaign: CampaignId, version: Version, other: Other = None, inbound: Inbound = False, as_json: AsJson = False
) -> None:
    """What two versions of a campaign's script differ in, value by value."""

    async def work(api: Api) -> Json:
        last = other or await _last(api, campaign, inbound=inbound)
        path = path_of("campaigns", campaign, "scripts", str(version), "compare", str(last))
        return await api.get(path, **_whose(inbound))

    found = with_api("script diff", work, campaign=campaign)
    if as_json:
        write_json(found)
        return
    changes = found["changes"]
    headers = ("field", f"version {found['before']['version']}", f"version {found['after']['version']}")
    if changes:
        write_table(headers, [(one["field"], *(_shown(one[side]) for side in ("before", "after"))) for one in changes])
    else:
        write("no difference")


def rollback(
    campaign: CampaignId,
    version: Version,
    reason: Reason,
    inbound: Inbound = False,
    preview: Preview = False,
    as_json: AsJson = False,
) -> None:
    """Make an earlier version of the script the campaign's again. Calls that are on their way keep the one that they began with."""

    async def work(api: Api) -> Json:
        earlier = await api.get(path_of("campaigns", campaign, "scripts", str(version)), **_whose(inbound))
        body = {"inbound_script" if inbound else "script": earlier["script"], "reason": reason, "preview": preview}
        return await api.post(path_of("campaigns", campaign, "revise"), body)

    which = "inbound script" if inbound else "script"
    found = with_api("script rollback", work, campaign=campaign)
    if as_json:
        write_json(found)
    elif "change" in found:
        tell_waiting(found)
    elif not found["changes"]:
        write(f"{campaign}: nothing changes, version {version} is what its {which} says already")
    elif preview:
        for line in forecast_lines(found["forecast"], times_in(None)):
            write(line)
        say("nothing was changed; leave out --preview to change it")
    else:
        write(f"{campaign}: the {which} is that of version {version} again, as of position {found['position']}")


def _whose(inbound: bool) -> dict[str, str]:
    return {"inbound": "true"} if inbound else {}


async def _last(api: Api, campaign: str, *, inbound: bool) -> int:
    items = await api.all_items(path_of("campaigns", campaign, "scripts"), **_whose(inbound))
    return int(items[-1]["version"]) if items else 1


def _shown(value: object) -> str:
    return "-" if value is None else shown(value)
