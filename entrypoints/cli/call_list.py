"""`dialtrail calls list`: which calls there are, and where each stands."""

from typing import Annotated

import typer

from entrypoints.cli.api import Json, path_of
from entrypoints.cli.came_to import came_to, seconds_text
from entrypoints.cli.completion import complete_number, complete_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.listing import ITEMS_DEFAULT, After, Limit, some_items, tell_list
from entrypoints.cli.options import AsJson, Zone, of_campaign
from entrypoints.cli.output import styled, write_table
from entrypoints.cli.styles import NOTE_STYLES
from entrypoints.cli.times import Times, times_in

HEADERS = ("call", "campaign", "number", "came to", "talk", "outcome", "created", "ended", "anomalies")
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
OfNumber = Annotated[
    str | None,
    typer.Option(
        "--number",
        metavar="NUMBER",
        help="Only this person's, in any spelling, by number, or by pseudonym.",
        autocompletion=complete_number,
    ),
]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="T", help="Only calls first heard of after this instant, or position."),
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="T", help="Only calls first heard of until this instant, or position.")
]
Answered = Annotated[
    bool | None,
    typer.Option("--answered/--unanswered", help="Only calls that are known to be answered, or only others."),
]
Newest = Annotated[
    bool, typer.Option("--newest", help="The newest first, by when we first heard of them; else the oldest first.")
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
    number: OfNumber = None,
    campaign: OfCampaign = None,
    phase: Phase = None,
    outcome: Outcome = None,
    answered: Answered = None,
    since: Since = None,
    until: Until = None,
    anomaly: Anomaly = None,
    newest: Newest = False,
    after: After = None,
    limit: Limit = ITEMS_DEFAULT,
    zone: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Calls with where they stand now, in the order in which we first heard of them, or the newest first.

    "came to" says answered only where something proves it, by whomever, and "talk" for how many seconds; "outcome" is
    MiniVoice's own word on the end, which proves no answer. `dialtrail timeline CALL_ID` shows what is known of one. For
    all of very many, see `dialtrail export calls`. --since and --until are by our clock, in UTC or in --tz.
    """
    times = times_in(zone)
    given = {
        "number": number,
        "campaign": campaign,
        "phase": phase,
        "outcome": outcome,
        "answered": None if answered is None else str(answered).lower(),
        "since": times.as_of(since, "--since"),
        "until": times.as_of(until, "--until"),
        "anomaly": anomaly,
        "order": "newest" if newest else None,
    }
    asked: dict[str, str | int] = {name: value for name, value in given.items() if value is not None}
    page = with_api("calls list", lambda api: some_items(api, path_of("calls"), asked, after, limit), campaign=campaign)
    if page["items"] and not as_json:
        write_table(HEADERS, [_row(one, times) for one in page["items"]], lead=("call", "came to", "talk"))
    words = ["dialtrail calls list", *(_as_option(name, value) for name, value in asked.items())]
    tell_list(page, words, "no call is like that" if asked.keys() - {"order"} else "no call yet", as_json=as_json)


def _as_option(name: str, value: str | int) -> str:
    """What was asked for, as it is written again."""
    if name == "answered":
        return "--answered" if value == "true" else "--unanswered"
    if name == "order":
        return f"--{value}"
    return f"--{name} {value}"


def _row(one: Json, times: Times) -> tuple[object, ...]:
    return (
        one["call_id"],
        one["campaign_id"],
        one["number"],
        came_to(one),
        seconds_text(one.get("talk_seconds")),
        one["outcome"] or "open",
        times.shown(one["created_at"] or one["heard_at"]),
        times.shown(one["ended_at"]),
        styled(" ".join(one["anomalies"]), NOTE_STYLES.get(next(iter(one["anomalies"]), ""), "")),
    )
