"""`dialtrail timeline` and `dialtrail events`: what happened to one call."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entrypoints.cli.api import PAGE_ITEMS, Api, Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.json_inside import read_inside
from entrypoints.cli.options import AsJson, AsOf, CallId, Zone
from entrypoints.cli.output import json_text, say, styled, write, write_json, write_table
from entrypoints.cli.styles import CAME_TO_STYLES, NOTE_STYLES, SOURCE_STYLES
from entrypoints.cli.times import IN_UTC, Times, times_in
from entrypoints.wording import answer_in_words

if TYPE_CHECKING:
    from rich.text import Text

TIMELINE_EPILOG = "Example: dialtrail timeline call_123 --as-of 2026-05-29T12:00:00Z --tz Europe/Berlin"
EVENTS_EPILOG = "Example: dialtrail events call_123 --after 1200 --limit 50 --json"
NO_TIME = "-"
DAY_CHARS = len("2026-05-29T")
OFFSET_CHARS = len("+02:00")

After = Annotated[int, typer.Option("--after", metavar="POSITION", min=0, help="Only events after this position.")]
Limit = Annotated[
    int | None, typer.Option("--limit", metavar="N", min=1, help="At most so many events; else all, page by page.")
]


def timeline(call_id: CallId, as_of: AsOf = None, zone: Zone = None, as_json: AsJson = False) -> None:
    """Everything that happened to a call, in order: when it happened, and when we learned of it.

    "happened" (occurred_at) is MiniVoice's clock, "learned" (recorded_at) is ours; "times" says how often MiniVoice
    delivered this report. Notes: late (learned more than a minute after it happened), out_of_order (learned after
    something that happened later), redelivered, contradicts (another report says otherwise), same_key (came under a
    key that another body has, too), no_time (MiniVoice gave none that can be read), odd_clock (the time that it gave
    cannot be, and nothing goes by it), drifted (something in it is not as MiniVoice documents it; what could be read
    counts, --json says what is odd in "drift"), other_walk (what somebody was told who asked the same, and is not taken
    for the caller's own walk), erased (what it had of a person is gone for good).
    """
    times = times_in(zone)
    query = times.query(as_of)
    found = with_api("timeline", lambda api: api.get(path_of("calls", call_id, "timeline"), **query))
    if as_json:
        write_json(found)
        return
    write_timeline(found, times)
    if as_of is not None:
        write()
        write(f"as of position {found['position']}", "dim")


def events(
    call_id: CallId,
    after: After = 0,
    limit: Limit = None,
    as_of: AsOf = None,
    zone: Zone = None,
    as_json: AsJson = False,
) -> None:
    """A call's events as the ledger holds them, in its order. "learned" (recorded_at) is our clock.

    A body that came as JSON is shown read; --json has the text as it came, byte for byte.
    """
    times = times_in(zone)
    moment = times.as_of(as_of)
    found = with_api("events", lambda api: read_events(api, call_id, after, limit, moment))
    if as_json:
        write_json(found)
        return
    rows = [
        (
            one["position"],
            times.shown(one["recorded_at"]),
            one["event"],
            one.get("stream"),
            json_text(read_inside(one.get("body"))),
        )
        for one in found["items"]
    ]
    write_table(
        ("position", "learned", "event", "stream", "body"), rows, right=("position",), lead=("position", "event")
    )
    if found["next"] is not None:
        say(f"there are more: dialtrail events {call_id} --after {found['next']}")


async def read_events(api: Api, call_id: str, after: int, limit: int | None, moment: str | None) -> Json:
    """So many events, all as of the moment that was asked for, or else of the first page."""
    items: list[Json] = []
    query: dict[str, str | int] = {} if moment is None else {"as_of": moment}
    following: str | None = str(after) if after else None
    while True:
        wanted = PAGE_ITEMS if limit is None else min(PAGE_ITEMS, limit - len(items))
        page_query = {"limit": wanted, **query} | ({} if following is None else {"after": following})
        page = await api.get(path_of("calls", call_id, "events"), **page_query)
        items.extend(page["items"])
        following = page.get("next")
        if following is None or len(items) == limit or not page["items"]:
            return {"items": items, "next": following, "position": page.get("position")}
        query.setdefault("as_of", page["position"])


def write_timeline(found: Json, times: Times = IN_UTC) -> None:
    """A header that says where the call stands, and a row for each entry."""
    entries = [
        {**entry, **{name: times.shown(entry.get(name)) for name in ("occurred_at", "recorded_at")}}
        for entry in found["entries"]
    ]
    day, offset = _only_day(entries) if sys.stdout.isatty() else ("", "")
    style = CAME_TO_STYLES.get(found["state"].get("plain_outcome", ""), "")
    write(describe_call(found), f"bold {style}".rstrip())
    write(f"on {day[:-1]}, {times.name}" if day else "", "dim")
    headers = ("happened", "learned", "event", "source", "times", "notes", "detail")
    write_table(headers, [_row(entry, day, offset) for entry in entries], right=("times",), lead=("happened", "event"))


def describe_call(found: Json) -> str:
    """One line: whose call it is, and where it stands."""
    whose = f"to {found['number']} in {found['campaign_id']}" if found.get("campaign_id") else "not placed by Dialtrail"
    return f"{found['call_id']} {whose}: {describe_state(found['state'])}"


def describe_state(state: Json) -> str:
    """Where a call stands."""
    outcome = state.get("outcome")
    step = f", step {state['step']}" if state.get("step") else ""
    return f"{state['phase']}{f' ({outcome})' if outcome else ''}, {answer_in_words(state)}{step}"


def _only_day(entries: Sequence[Json]) -> tuple[str, str]:
    """The date and `T` that all instants begin with, and the offset that they end with, or nothing of both.

    A terminal is too narrow to repeat them in each cell.
    """
    instants = [entry[name] for entry in entries for name in ("occurred_at", "recorded_at") if entry.get(name)]
    both = {(instant[:DAY_CHARS], "Z" if instant.endswith("Z") else instant[-OFFSET_CHARS:]) for instant in instants}
    return both.pop() if len(both) == 1 else ("", "")


def _row(entry: Json, day: str, offset: str) -> tuple[object, ...]:
    happened, learned = (
        NO_TIME if instant is None else instant.removeprefix(day).removesuffix(offset)
        for instant in (entry["occurred_at"], entry["recorded_at"])
    )
    source = entry.get("source")
    return (
        happened,
        learned,
        entry["event"],
        styled(source, SOURCE_STYLES.get(str(source), "")),
        entry.get("deliveries"),
        _notes(entry.get("notes") or ()),
        _detail(entry.get("detail")),
    )


def _notes(notes: Sequence[str]) -> "Text":
    from rich.text import Text  # noqa: PLC0415 - help off a terminal needs no Rich

    return Text(" ").join(styled(note, NOTE_STYLES.get(note, "bold")) for note in notes)


def _detail(value: Any) -> str:
    """Simple members as name=value; a digest says nothing to eyes, and is in the JSON."""
    if isinstance(value, dict) and not any(isinstance(inner, dict | list) for inner in value.values()):
        shown = ((name, inner) for name, inner in value.items() if inner is not None and name != "digest")
        return " ".join(f"{name}={_plain(inner)}" for name, inner in shown)
    return "" if value is None else _plain(value)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json_text(value)
