"""`dialtrail quarantine …`: deliveries that could not be read, and reading them again with newer code."""

from typing import Annotated

import typer

from domain.errors import InvalidInput
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.failure import EXIT_FAILURE
from entrypoints.cli.options import AsJson, Zone
from entrypoints.cli.output import say, write, write_json, write_table
from entrypoints.cli.times import Times, times_in

PAGE_ITEMS = 100
MaybeDigest = Annotated[
    str | None, typer.Argument(metavar="DIGEST", help="Which one: its digest, as `dialtrail quarantine list` shows it.")
]
All = Annotated[bool, typer.Option("--all", help="All that can be read now and were not yet.")]

app = typer.Typer(
    help="Deliveries that MiniVoice signed and that could not be read: see them, and read them again with newer code.",
    epilog="Example: dialtrail quarantine list",
)


@app.command("list", epilog="Example: dialtrail quarantine list --tz Europe/Berlin")
def list_(zone: Zone = None, as_json: AsJson = False) -> None:
    """What is in quarantine, the latest first: why it could not be read, and whether it was read since, or could be now."""
    times = times_in(zone)
    items, position = with_api(
        "quarantine list", lambda api: api.all_with_position(path_of("quarantine"), limit=PAGE_ITEMS)
    )
    if as_json:
        write_json({"items": items, "next": None, "position": position})
        return
    if not items:
        write("nothing is in quarantine")
        return
    write_table(("came", "digest", "reason", "now"), [_row(one, times) for one in items])
    if waiting := sum(_waits(one) for one in items):
        say(f"{waiting} can be read now: dialtrail quarantine read --all")


@app.command(epilog="Example: dialtrail quarantine read --all")
def read(digest: MaybeDigest = None, everything: All = False, as_json: AsJson = False) -> None:
    """Read deliveries again with today's code. What one says is recorded under its call, as if it came only now; once."""
    if (digest is None) != everything:
        raise InvalidInput("DIGEST", "give the digest of one delivery, or --all")

    async def work(api: Api) -> list[Json]:
        digests = [digest] if digest is not None else await _waiting(api)
        return [await api.post(path_of("quarantine", one, "read")) for one in digests]

    done = with_api("quarantine read", work)
    if as_json:
        write_json({"items": done})
    else:
        _tell(done)
    if any(one["result"] == "unreadable" for one in done):
        raise typer.Exit(EXIT_FAILURE)


async def _waiting(api: Api) -> list[str]:
    """The oldest first, as they came."""
    items, _ = await api.all_with_position(path_of("quarantine"), limit=PAGE_ITEMS)
    return [one["digest"] for one in reversed(items) if _waits(one)]


def _waits(one: Json) -> bool:
    return one["read"] is None and bool(one["readable"])


def _row(one: Json, times: Times) -> tuple[object, ...]:
    read = one["read"]
    if read is not None:
        now = f"read as {read['event'] or 'a report'} of {read['call_id']}"
    else:
        now = "can be read" if one["readable"] else "cannot be read"
    return times.shown(one["received_at"] or one["recorded_at"]), one["digest"], one["reason"] or "not shown", now


def _tell(done: list[Json]) -> None:
    if not done:
        write("nothing that can be read now is in quarantine")
    for one in done:
        match one["result"]:
            case "read":
                write(f"{one['digest']}: {one['event']} of call {one['call_id']}")
            case "read_before":
                write(f"{one['digest']}: was read before, as {one['event']} of call {one['call_id']}")
            case _:
                write(f"{one['digest']}: still cannot be read: {one['reason']}")
