"""`dialtrail recipients list`: who of a campaign stands where."""

from typing import Annotated

import typer

from entrypoints.cli.api import Json, path_of
from entrypoints.cli.completion import complete_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.listing import ITEMS_DEFAULT, After, Limit, some_items, tell_list
from entrypoints.cli.options import AsJson, AsOf, CampaignId, Zone
from entrypoints.cli.output import styled, write, write_table
from entrypoints.cli.styles import STATUS_STYLES
from entrypoints.cli.times import Times, times_in

EPILOG = "Example: dialtrail recipients list spring_followup --status unresolved --limit 20"
HEADERS = ("number", "status", "reason", "until", "attempts", "call", "zone", "reference", "variables")
STATUSES = (
    *("queued", "held", "dialing", "in_progress", "reached", "not_reached", "failed", "canceled", "refused"),
    *("unresolved", "withdrawn", "suppressed"),
)

OneStatus = Annotated[
    str | None,
    typer.Option(
        "--status", help="Only recipients with this status, such as queued.", autocompletion=complete_of(STATUSES)
    ),
]

Wished = Annotated[
    bool,
    typer.Option(
        "--wished", help="Only those who have wished a call that nobody has made yet; now, and of any status."
    ),
]


def list_(
    campaign: CampaignId,
    status: OneStatus = None,
    wished: Wished = False,
    as_of: AsOf = None,
    after: After = None,
    limit: Limit = ITEMS_DEFAULT,
    zone: Zone = None,
    as_json: AsJson = False,
) -> None:
    """A campaign's recipients in the order of enrolment, with where each stands; now, or at any past moment.

    `dialtrail status CAMPAIGN NUMBER` shows all that is known of one. For all of very many, see `dialtrail export
    recipients`.
    """
    times = times_in(zone)
    query = times.query(as_of) | ({} if status is None else {"status": status}) | ({"wished": "true"} if wished else {})
    path = path_of("campaigns", campaign, "recipients")
    page = with_api(
        "recipients list",
        lambda api: some_items(api, path, query, after, limit, of_one_moment=not wished),
        campaign=campaign,
    )
    if page["items"] and not as_json:
        rows = [_row(one, times) for one in page["items"]]
        headers: tuple[str, ...] = HEADERS
        if any(one.get("wished_at") for one in page["items"]):
            headers = (*HEADERS, "wished")
            rows = [(*row, times.shown(one["wished_at"])) for row, one in zip(rows, page["items"], strict=True)]
        write_table(headers, rows, right=("attempts",), lead=("number", "status"))
        write()
        write(f"as of position {page['position']}, judged at {times.shown(page['judged_at'])}", "dim")
    words = ["dialtrail recipients list", campaign, *(_option(name, query[name]) for name in query)]
    tell_list(page, words, "nobody is like that" if status or wished else "nobody is enrolled", as_json=as_json)


def _option(name: str, value: object) -> str:
    return f"--{name}" if name == "wished" else f"--{name.replace('_', '-')} {value}"


def _row(one: Json, times: Times) -> tuple[object, ...]:
    return (
        one["number"],
        styled(one["status"], STATUS_STYLES.get(one["status"], "")),
        one["reason"],
        times.shown(one["until"]),
        one["attempts"],
        one["call_id"],
        one["zone"],
        one.get("reference"),
        ", ".join(f"{name}={value}" for name, value in one["variables"].items() if name != "reference"),
    )
