"""`dialtrail divergence`: what MiniVoice said otherwise of our calls, day by day; with --now, after a look."""

import asyncio
from typing import Annotated

import typer

from domain.counted import counted
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.failure import EXIT_FAILURE
from entrypoints.cli.options import AsJson, AsOf, Zone
from entrypoints.cli.output import say, write, write_json, write_table
from entrypoints.cli.times import Times, times_in

EPILOG = "Example: dialtrail divergence --day 2026-05-29 --now"
LOOK_AGAIN_SECONDS = 1.0
WORDS = {
    "fit": "fits",
    "fewer": "FEWER than the ledger has",
    "more": "MORE than the ledger knows of",
    "unknown": "says nothing",
}
LEFT_OUT = {
    "sampled": "more than the requests of a day allow",
    "budget": "the requests of that day were used up",
    "time": "the look took too long",
}

Day = Annotated[str | None, typer.Option("--day", metavar="DAY", help="Only this day (UTC), such as 2026-05-29.")]
Now = Annotated[
    bool, typer.Option("--now", help="Look now, through the server that runs; without --day at the last whole day.")
]


def divergence(
    day: Day = None, now: Now = False, as_of: AsOf = None, zone: Zone = None, as_json: AsJson = False
) -> None:
    """What MiniVoice said otherwise of our calls, when it was asked again: what it lacks, what ended otherwise, and its totals.

    The process that dials looks once a day; zero is recorded, too. Exit code 1: the newest look found something.
    """
    times = times_in(zone)
    query = times.query(as_of)
    if now and as_of is not None:
        from domain.errors import InvalidInput  # noqa: PLC0415 - help needs it not

        raise InvalidInput("--now", "goes without --as-of: nobody can look in the past")
    path = path_of("divergence")

    async def read(api: Api) -> Json:
        wanted = day
        if now:
            begun = await api.post(path, {} if day is None else {"day": day})
            wanted = begun["day"]
            return await _followed(api, path, begun)
        return await api.get(path, **query, **({} if wanted is None else {"day": wanted}))

    found = with_api("divergence", read)
    if as_json:
        write_json(found)
    else:
        _write(found, times)
    finished = [one for one in found["items"] if one["is_finished"]]
    if finished and finished[0]["found"]:
        raise typer.Exit(EXIT_FAILURE)


async def _followed(api: Api, path: str, begun: Json) -> Json:
    """The look once it is finished; how far it is, is said meanwhile."""
    told = -1
    while True:
        found: Json = await api.get(path, day=begun["day"])
        looks = [one for one in found["items"] if not found["waits"]]
        if looks and looks[0]["is_finished"]:
            return found
        asked = looks[0]["asked"] if looks else 0
        if asked != told:
            told = asked
            say(f"{begun['day']}: asked for {counted(asked, 'call')} so far; Ctrl-C ends the waiting, not the look")
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


def _write(found: Json, times: Times) -> None:
    items = found["items"]
    if not items:
        write("no day was looked at" + ("; a look that was asked for has yet to begin" if found["waits"] else ""))
        return
    headers = ("day", "looked at", "ended", "asked", "left out", "differ", "totals")
    rows = [
        (
            one["day"],
            times.shown(one["looked_at"]) if one["is_finished"] else "under way",
            one["ended"],
            one["asked"],
            one["left_out"],
            one["found"],
            "-" if one["totals"] is None else WORDS[one["totals"]["calls_word"]],
        )
        for one in items
    ]
    write_table(headers, rows, right=("ended", "asked", "left out", "differ"))
    for one in items if len(items) == 1 else [one for one in items if one["found"]]:
        write()
        _write_day(one)
    write()
    write("what cannot be concluded:")
    for text in found["cannot_conclude"]:
        write(f"  {text}")


def _write_day(one: Json) -> None:
    counts = [f"{count:,} {kind}" for kind, count in one["counts"].items() if count]
    write(f"{one['day']}: {', '.join(counts) or 'no call differs'}")
    if one["left_out"]:
        write(f"{counted(one['left_out'], 'call')} left out: {LEFT_OUT[one['left_out_why']]}")
    if one["unanswered"] or one["unclear"]:
        write(f"{one['unanswered']:,} not answered, {one['unclear']:,} with a status that nobody knows")
    if one["differences"]:
        rows = [
            (each["call_id"], each["kind"], each["ours"] or "-", each["theirs"] or "-") for each in one["differences"]
        ]
        write_table(("call", "differs", "ledger", "MiniVoice"), rows, lead=("call",))
        write("dialtrail timeline CALL shows what was said when")
        if sum(one["counts"].values()) > len(rows):
            write(f"and {sum(one['counts'].values()) - len(rows):,} more")
    if one["totals"] is not None:
        _write_totals(one["totals"])


def _write_totals(totals: Json) -> None:
    if totals["why"] is not None:
        write(f"totals: not known ({totals['why']})")
        return
    cost = "-" if totals["cost_amount"] is None else f"{totals['cost_amount']} {totals['cost_currency'] or ''}".strip()
    rows = [
        (
            "calls",
            _known(totals["calls"]),
            f"{totals['ours_answered']:,} answered of {totals['ours_ended']:,}",
            "calls",
        ),
        ("seconds", _known(totals["billsec_seconds"]), f"{totals['talk_seconds']:,}", "seconds"),
    ]
    shown = [(name, theirs, ours, WORDS[totals[f"{word}_word"]]) for name, theirs, ours, word in rows]
    write_table(("totals", "MiniVoice", "ours", ""), [*shown, ("cost", cost, "-", "compared with nothing")])
    beside = [
        f"{counted(totals['others_ended'], 'call')} of others that we were told of",
        f"{counted(totals['at_edge'], 'call')} across midnight",
    ]
    write("beside ours: " + ", ".join(beside) + ("" if totals["is_settled"] else "; not settled yet"))


def _known(figure: object) -> str:
    return "-" if figure is None else f"{figure:,}"
