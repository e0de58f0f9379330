"""`dialtrail what-if`: a campaign's history judged again under another policy."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import orjson
import typer

from domain.counted import counted
from domain.errors import InvalidInput
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.campaign_file import CampaignFile, read_campaign_file
from entrypoints.cli.connection import with_api
from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.options import AsJson, AsOf, CampaignId, Zone
from entrypoints.cli.output import counting, write, write_json, write_table
from entrypoints.cli.times import Times, times_in

EPILOG = "Example: dialtrail what-if spring_followup --policy stricter.toml"
RECIPIENTS_A_STEP = 2_000
ITEMS_KEPT_MAX, ITEMS_SHOWN = 100, 20
HOURS_SHOWN_MAX = 48
ADDED_BY_KEY = {"by_rule": ("rule",), "by_hour": ("zone", "hour")}
NOT_ADDED = frozenset({"rules", "position"})

PolicyFile = Annotated[
    Path,
    typer.Option(
        "--policy", metavar="FILE", help="JSON or TOML: a policy, or a campaign file, of which its policy is taken."
    ),
]


def what_if(
    campaign: CampaignId, policy: PolicyFile, as_of: AsOf = None, zone: Zone = None, as_json: AsJson = False
) -> None:
    """Which attempts another policy would not have allowed, and whom that would have lost. Nothing is changed.

    Each recorded attempt is judged again at its own moment: what stands against it, by rule, by hour and zone of the
    recipient. Calls that were never made nobody knows: what this cannot tell is said below the figures.
    """
    times = times_in(zone)
    content = read_campaign_file(policy)
    body = _body(content)
    query: dict[str, str | int] = {"limit": RECIPIENTS_A_STEP, **times.query(as_of)}
    try:
        found = with_api(
            "what-if", lambda api: _all(api, path_of("campaigns", campaign, "what-if"), query, body), campaign=campaign
        )
    except InvalidInput as error:
        raise (error if error.field == "as_of" else content.blamed(error)) from None
    if as_json:
        write_json(found)
    else:
        _write(found, times)


def _body(content: CampaignFile) -> Json:
    given = orjson.loads(content.body)
    if not isinstance(given, dict):
        raise InvalidInput(content.name, 'must be a policy such as {"attempts_max": 2}, or a campaign with one')
    return {"policy": given.get("policy", given)}


async def _all(api: Api, path: str, query: dict[str, str | int], body: Json) -> Json:
    """Step after step, added up; all of them as of the moment of the first."""
    total: Json | None = None
    with counting("recipients") as moved:
        while True:
            step = await api.post_again(f"{path}?{urlencode(query)}", body)
            total = step if total is None else added(total, step)
            moved(total["recipients"])
            following = step["next"]
            if following is None:
                return total
            if following == query.get("after"):
                raise CommandFailed(f"the step after {following} is named again and again; is it Dialtrail?")
            query |= {"after": following, "as_of": total["position"]}


def added(total: Json, step: Json) -> Json:
    """Both steps as one: sums, and the first of the attempts."""
    both = dict(step)
    for name, value in step.items():
        if isinstance(value, int) and name not in NOT_ADDED:
            both[name] = total[name] + value
    for name, keys in ADDED_BY_KEY.items():
        rows = {tuple(row[key] for key in keys): dict(row) for row in total[name]}
        for row in step[name]:
            known = rows.setdefault(tuple(row[key] for key in keys), {key: row[key] for key in keys})
            known.update({field: known.get(field, 0) + row[field] for field in row if field not in keys})
        both[name] = list(rows.values()) if name == "by_rule" else [rows[key] for key in sorted(rows)]
    both["items"] = [*total["items"], *step["items"]][:ITEMS_KEPT_MAX]
    return {**both, "position": total["position"]}


def _write(found: Json, times: Times) -> None:
    attempts = found["attempts"]
    write(
        f"{counted(attempts, 'attempt')} to {counted(found['people_called'], 'person', 'people')}: "
        f"{found['not_allowed']:,} would not have been allowed ({_share(found['not_allowed'], attempts)})"
    )
    write(
        f"{counted(found['people_reached'], 'person', 'people')} answered: {found['people_lost']:,} would have been lost "
        f"({_share(found['people_lost'], found['people_reached'])})"
    )
    if found["not_allowed_in_turn"] != found["not_allowed"]:
        write(
            f"in turn, without the attempts that are not allowed: {found['not_allowed_in_turn']:,} not allowed, "
            f"{found['people_lost_in_turn']:,} lost"
        )
    _write_tables(found, times)
    write()
    _write_basis(found)
    write("what this cannot know:")
    for text in found["cannot_know"]:
        write(f"  {text}")


def _write_tables(found: Json, times: Times) -> None:
    if found["by_rule"]:
        write()
        rows: list[tuple[object, ...]] = [
            (one["rule"], one["attempts"], one["alone"], one["people_lost"]) for one in found["by_rule"]
        ]
        write_table(
            ("stopped by", "attempts", "alone", "people lost"), rows, right=("attempts", "alone", "people lost")
        )
    hours = [one for one in found["by_hour"] if one["not_allowed"]]
    if hours:
        write()
        rows = [
            (one["zone"], f"{one['hour']:02}", one["attempts"], one["not_allowed"], one["people_lost"])
            for one in hours[:HOURS_SHOWN_MAX]
        ]
        right = ("attempts", "not allowed", "people lost")
        write_table(("zone", "hour", *right), rows, right=right)
        if len(hours) > HOURS_SHOWN_MAX:
            write(f"and {len(hours) - HOURS_SHOWN_MAX:,} more; --json has them all")
    if found["items"]:
        write()
        rows = [
            (one["number"], times.shown(one["judged_at"]), ", ".join(one["rules"]), _became(one), one["attempt_id"])
            for one in found["items"][:ITEMS_SHOWN]
        ]
        write_table(("number", "at", "stopped by", "what became of it", "attempt"), rows, lead=("number",))
        if found["not_allowed"] > ITEMS_SHOWN:
            write(f"and {found['not_allowed'] - ITEMS_SHOWN:,} more; --json has the first {ITEMS_KEPT_MAX}")


def _write_basis(found: Json) -> None:
    data = found["rule_data"]
    basis = f"judged by today's rules ({found['rules']}) and data (zones {data['zones']}, holidays {data['holidays']}, "
    write(f"{basis}numbers {data['numbers']}), as of position {found['position']}")
    for name, says in (
        ("other_rules", "were placed by other rules"),
        ("other_rule_data", "were placed by other data"),
        ("not_by_policy", "are not allowed by the campaign's own policy either, by today's ledger: not counted above"),
        ("unreadable", "have a verdict that cannot be read: not judged"),
    ):
        if found[name]:
            write(f"{counted(found[name], 'attempt')} {says}")
    if found["not_judged"]:
        write(f"no verdict goes by: {', '.join(found['not_judged'])}")


def _became(one: Json) -> str:
    if one["is_person_lost"]:
        return "answered: lost"
    return "answered" if one["reached"] else "not answered" if one["call_id"] else "no call"


def _share(part: int, whole: int) -> str:
    return "-" if not whole else f"{100 * part / whole:.1f} %"
