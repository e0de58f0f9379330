"""`dialtrail timeline` and `dialtrail events`: what happened to one call."""

import sys
from collections.abc import Sequence
from typing import Any

import orjson

from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, CallId
from entrypoints.cli.output import write, write_json, write_table

TIMELINE_EPILOG = "Example: dialtrail timeline call_123"
EVENTS_EPILOG = "Example: dialtrail events call_123 --json"
NO_TIME = "-"
DAY_CHARS = len("2026-05-29T")


def timeline(call_id: CallId, as_json: AsJson = False) -> None:
    """Everything that happened to a call, in order: when it happened, and when we learned of it.

    "happened" is MiniVoice's clock, "learned" is ours; "times" says how often MiniVoice delivered this report.
    """

    async def work(api: Api) -> Json:
        return await api.get(path_of("calls", call_id, "timeline"))

    found = with_api("timeline", work)
    if as_json:
        write_json(found)
    else:
        write_timeline(found)


def events(call_id: CallId, as_json: AsJson = False) -> None:
    """A call's events as the ledger holds them."""

    async def work(api: Api) -> Json:
        return {"items": await api.all_items(path_of("calls", call_id, "events")), "next": None}

    found = with_api("events", work)
    if as_json:
        write_json(found)
        return
    rows = [
        (one["position"], one["recorded_at"], one["event"], one.get("stream"), orjson.dumps(one.get("body")).decode())
        for one in found["items"]
    ]
    write_table(("position", "learned", "event", "stream", "body"), rows, right=("position",))


def write_timeline(found: Json) -> None:
    """A header that says where the call stands, and a row for each entry."""
    entries = found["entries"]
    day = _only_day(entries) if sys.stdout.isatty() else ""
    write(describe_call(found))
    write(f"on {day[:-1]}, UTC" if day else "")
    headers = ("happened", "learned", "event", "source", "times", "notes", "detail")
    write_table(headers, [_row(entry, day) for entry in entries], right=("times",))


def describe_call(found: Json) -> str:
    """One line: whose call it is, and where it stands."""
    state = found["state"]
    whose = f"to {found['number']} in {found['campaign_id']}" if found.get("campaign_id") else "not placed by Dialtrail"
    outcome = state.get("outcome")
    reached = "a person answered" if state.get("reached") else "nobody answered so far"
    if outcome is not None and not state.get("reached"):
        reached = "nobody answered"
    return f"{found['call_id']} {whose}: {state['phase']}{f' ({outcome})' if outcome else ''}, {reached}"


def _only_day(entries: Sequence[Json]) -> str:
    """The date and `T` that all instants begin with, or nothing; a terminal is too narrow to repeat it in each cell."""
    instants = [entry[name] for entry in entries for name in ("occurred_at", "recorded_at") if entry.get(name)]
    days = {instant[:DAY_CHARS] for instant in instants}
    return days.pop() if len(days) == 1 else ""


def _row(entry: Json, day: str) -> tuple[object, ...]:
    return (
        (entry.get("occurred_at") or NO_TIME).removeprefix(day),
        entry["recorded_at"].removeprefix(day),
        entry["event"],
        entry.get("source"),
        entry.get("deliveries"),
        " ".join(entry.get("notes") or ()),
        _detail(entry.get("detail")),
    )


def _detail(value: Any) -> str:
    """Simple members as name=value; a digest says nothing to eyes, and is in the JSON."""
    if isinstance(value, dict) and not any(isinstance(inner, dict | list) for inner in value.values()):
        shown = ((name, inner) for name, inner in value.items() if inner is not None and name != "digest")
        return " ".join(f"{name}={_plain(inner)}" for name, inner in shown)
    return "" if value is None else _plain(value)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
