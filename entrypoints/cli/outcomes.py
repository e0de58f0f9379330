"""`dialtrail outcomes`: what calling each recipient has come to, by when it last changed; once, or as it goes on."""

from collections.abc import Callable
from typing import Annotated

import orjson
import typer

from entrypoints.cli.api import PAGE_ITEMS, Api, Json, path_of
from entrypoints.cli.came_to import seconds_text
from entrypoints.cli.connection import with_api
from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.listing import ITEMS_DEFAULT, After, Limit, some_items, tell_list
from entrypoints.cli.options import AsJson, Zone, of_campaign
from entrypoints.cli.output import say, styled, write, write_table
from entrypoints.cli.styles import STATUS_STYLES
from entrypoints.cli.times import Times, times_in
from entrypoints.cli.watching import EVERY_SECONDS_DEFAULT, EVERY_SECONDS_MAX, EVERY_SECONDS_MIN

EPILOG = "Example: dialtrail outcomes --campaign spring_followup --after 1042 --json"
HEADERS = (
    *("position", "changed", "campaign", "number", "reference", "status", "reason", "attempts"),
    *("answered", "digits", "talk", "call", "code"),
)

OfCampaign = Annotated[str | None, of_campaign("Only its recipients.")]
Follow = Annotated[bool, typer.Option("--follow", help="Go on with what changes, until Ctrl-C; JSON is a line each.")]
Every = Annotated[
    float,
    typer.Option(
        "--every", metavar="SECONDS", min=EVERY_SECONDS_MIN, max=EVERY_SECONDS_MAX, help="With --follow: how often."
    ),
]


def outcomes(
    campaign: OfCampaign = None,
    after: After = None,
    limit: Limit = ITEMS_DEFAULT,
    follow: Follow = False,
    every: Every = EVERY_SECONDS_DEFAULT,
    zone: Zone = None,
    as_json: AsJson = False,
) -> None:
    """One row for each recipient whose call or status changed after a position: what your own systems want to know.

    The rows come by when they last changed. Ask again later with --after and the position that is said at the end: nobody
    is missed, and whoever changes again comes again. That time alone lets somebody wait, or not, moves no row.
    """
    times = times_in(zone)
    query: dict[str, str | int] = {} if campaign is None else {"campaign": campaign}

    def show(rows: list[Json]) -> None:
        if rows:
            write_table(HEADERS, [_row(one, times) for one in rows], right=("position", "attempts"))

    if follow:
        show_page = _show_lines if as_json else show
        with_api("outcomes", lambda api: _follow(api, query, after, every, show_page), campaign=campaign)
        return
    path = path_of("outcomes")
    page = with_api("outcomes", lambda api: some_items(api, path, query, after, limit), campaign=campaign)
    if not as_json:
        show(page["items"])
    words = ["dialtrail outcomes", *(f"--campaign {value}" for value in query.values())]
    tell_list(page, words, "nothing changed since" if after else "nobody is enrolled", as_json=as_json)
    if page["next"] is None:
        say(f"what is new later: {' '.join(words)} --after {page['position']}")


async def _follow(
    api: Api, query: dict[str, str | int], after: str | None, seconds: float, show: Callable[[list[Json]], None]
) -> None:
    import asyncio  # noqa: PLC0415

    if api.in_process:
        raise CommandFailed("--follow: nothing moves while nothing runs here; start it with: dialtrail up")
    place = after or "0"
    while True:
        page = await api.get_again(path_of("outcomes"), **query, after=place, limit=PAGE_ITEMS)
        show(page["items"])
        place = page["next"] or str(page["position"])
        if page["next"] is None:
            await asyncio.sleep(seconds)


def _show_lines(rows: list[Json]) -> None:
    for one in rows:
        write(orjson.dumps(one).decode())


def _row(one: Json, times: Times) -> tuple[object, ...]:
    return (
        one["position"],
        times.shown(one["changed_at"]),
        one["campaign_id"],
        one["number"],
        one["reference"],
        styled(one["status"], STATUS_STYLES.get(one["status"], "")),
        one["reason"],
        one["attempts"],
        "yes" if one["answered"] else "no",
        " ".join(one["digits"] or ()),
        seconds_text(one["seconds"]),
        one["call_id"],
        one["code"],
    )
