"""`dialtrail calls list`: which calls there are, and where each stands."""

from typing import Annotated

import typer

from entrypoints.cli.api import Json, path_of
from entrypoints.cli.completion import complete_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.listing import ITEMS_DEFAULT, After, Limit, some_items, tell_list
from entrypoints.cli.options import AsJson, Zone, of_campaign
from entrypoints.cli.output import styled, write_table
from entrypoints.cli.styles import NOTE_STYLES, OUTCOME_STYLES
from entrypoints.cli.times import Times, times_in

HEADERS = ("call", "campaign", "number", "phase", "outcome", "answered", "created", "ended", "anomalies")
PHASES = ("dialing", "in_progress", "ended")
OUTCOMES = ("completed", "failed", "canceled")
ANOMALIES = ("contested", "contradicts", "late", "lost", "odd_clock", "redelivered", "unclaimed")

OfCampaign = Annotated[str | None, of_campaign("Only its calls.")]
Phase = Annotated[
    str | None,
    typer.Option(
        "--phase", help="Only calls in it: dialing, in_progress or ended.", autocompletion=complete_of(PHASES)
    ),
]
Outcome = Annotated[
    str | None,
    typer.Option(
        "--outcome", help="Only calls with it: completed, failed or canceled.", autocompletion=complete_of(OUTCOMES)
    ),
]
Anomaly = Annotated[
    str | None,
    typer.Option(
        "--anomaly", help="Only calls with it, such as contradicts or lost.", autocompletion=complete_of(ANOMALIES)
    ),
]

app = typer.Typer(help="See which calls there are.", epilog="Example: dialtrail calls list --campaign spring_followup")


@app.command("list", epilog="Example: dialtrail calls list --campaign spring_followup --outcome failed --limit 20")
def list_(
    campaign: OfCampaign = None,
    phase: Phase = None,
    outcome: Outcome = None,
    anomaly: Anomaly = None,
    after: After = None,
    limit: Limit = ITEMS_DEFAULT,
    zone: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Calls with where they stand now, in the order in which we first heard of them.

    "answered" says whether it was, by whomever; `dialtrail timeline CALL_ID` shows what is known of one. For all of
    very many, see `dialtrail export calls`.
    """
    times = times_in(zone)
    given = {"campaign": campaign, "phase": phase, "outcome": outcome, "anomaly": anomaly}
    filters: dict[str, str | int] = {name: value for name, value in given.items() if value is not None}
    page = with_api(
        "calls list", lambda api: some_items(api, path_of("calls"), filters, after, limit), campaign=campaign
    )
    if page["items"] and not as_json:
        write_table(HEADERS, [_row(one, times) for one in page["items"]], lead=("call", "outcome"))
    words = ["dialtrail calls list", *(f"--{name} {value}" for name, value in filters.items())]
    tell_list(page, words, "no call is like that" if filters else "no call yet", as_json=as_json)


def _row(one: Json, times: Times) -> tuple[object, ...]:
    outcome = one["outcome"] or "open"
    return (
        one["call_id"],
        one["campaign_id"],
        one["number"],
        one["phase"],
        styled(outcome, OUTCOME_STYLES.get(outcome, "")),
        styled("✓", "green") if one["reached"] else styled("✗", ""),
        times.shown(one["created_at"] or one["heard_at"]),
        times.shown(one["ended_at"]),
        styled(" ".join(one["anomalies"]), NOTE_STYLES.get(next(iter(one["anomalies"]), ""), "")),
    )
