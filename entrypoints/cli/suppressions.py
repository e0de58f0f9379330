"""`dialtrail suppressions list`: whom nobody calls, on whose word, why and until when."""

import typer

from entrypoints.cli.api import Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.listing import ITEMS_DEFAULT, After, Limit, some_items, tell_list
from entrypoints.cli.options import AsJson, AsOf, Zone
from entrypoints.cli.output import write, write_table
from entrypoints.cli.times import Times, times_in

HEADERS = ("number", "since", "source", "reason", "until", "holds")
FOR_GOOD = "for good"

app = typer.Typer(help="See whom nobody calls.", epilog="Example: dialtrail suppressions list")


@app.command("list", epilog="Example: dialtrail suppressions list --as-of 2026-05-29T12:00:00Z --limit 20")
def list_(
    as_of: AsOf = None,
    after: After = None,
    limit: Limit = ITEMS_DEFAULT,
    zone: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Whom nobody calls, in whichever campaign they are or in none, the latest first; now, or at any past moment.

    One that has come to its end is listed until it is lifted, and "holds" says no. Who suppresses and releases: `dialtrail
    recipients suppress` and `release`. Viewers see pseudonyms, and neither source nor reason.
    """
    times = times_in(zone)
    query = times.query(as_of)
    page = with_api(
        "suppressions list",
        lambda api: some_items(api, path_of("suppressions"), query, after, limit, of_one_moment=True),
    )
    if page["items"] and not as_json:
        write_table(HEADERS, [_row(one, times) for one in page["items"]], lead=("number", "since"))
        write()
        write(f"as of position {page['position']}, judged at {times.shown(page['judged_at'])}", "dim")
    words = ["dialtrail suppressions list", *(f"--as-of {moment}" for moment in query.values())]
    tell_list(page, words, "nobody is suppressed", as_json=as_json)


def _row(one: Json, times: Times) -> tuple[object, ...]:
    return (
        one["number"],
        times.shown(one["since"]),
        one["source"],
        one["reason"],
        times.shown(one["expires_at"]) or FOR_GOOD,
        "yes" if one["holds"] else "no",
    )
