"""`dialtrail campaign history`: who changed what of a campaign, when, and why."""

from collections.abc import Iterator

from entrypoints.cli.api import Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, AsOf, CampaignId, Zone
from entrypoints.cli.output import write, write_json
from entrypoints.cli.revision import plan_values, shown
from entrypoints.cli.times import Times, times_in

EPILOG = "Example: dialtrail campaign history spring_followup --tz Europe/Berlin"


def history(campaign: CampaignId, as_of: AsOf = None, zone: Zone = None, as_json: AsJson = False) -> None:
    """Who created, revised, started, paused and resumed a campaign, when and why, with each field of the plan that changed."""
    times = times_in(zone)
    query = times.query(as_of)
    path = path_of("campaigns", campaign, "history")
    items, position = with_api("campaign history", lambda api: api.all_with_position(path, **query), campaign=campaign)
    if as_json:
        write_json({"items": items, "next": None, "position": position})
        return
    for item in items:
        write(
            f"{item['position']}  {times.shown(item['recorded_at'])}  {item['event']}  by {item['actor'] or '?'}",
            "bold",
        )
        for line in _lines(item, times):
            write(f"    {line}")
    write(f"as of position {position}", "dim")


def _lines(item: Json, times: Times) -> Iterator[str]:
    if item["reason"]:
        yield f"reason: {item['reason']}"
    for name, value in item["details"].items():
        if value is not None and value not in ({}, 0):
            yield f"{name}: {times.shown(value) if name.endswith('_at') else shown(value)}"
    for change in item["changes"] or ():
        before, after = plan_values(change)
        yield f"{change['field']}: {shown(before)} → {shown(after)}"
