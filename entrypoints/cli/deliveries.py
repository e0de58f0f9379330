"""`dialtrail deliveries`: a call's webhooks as they came, first and repeated ones."""

from collections.abc import Sequence
from typing import Any

from entrypoints.cli.api import Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, AsOf, CallId, Zone
from entrypoints.cli.output import styled, write, write_json, write_table
from entrypoints.cli.times import Times, times_in

EPILOG = "Example: dialtrail deliveries call_123 --tz Europe/Berlin"
FIRST, AGAIN, CHANGED = "first", "the same again", "another body"
STYLES = {FIRST: "", AGAIN: "yellow", CHANGED: "bold red"}
RIGHT = ("position", "time", "waited", "in")


def deliveries(call_id: CallId, as_of: AsOf = None, zone: Zone = None, as_json: AsJson = False) -> None:
    """A call's webhooks in the order in which they came, what each repeats, and our answer.

    "came" is our clock; "time" says which delivery of this report it is, "waited" how long MiniVoice waited since the
    one before, "in" how long it took until it was on disk and answered. A body that changed comes under the key of a
    report that has another one; --json has the bodies.
    """
    times = times_in(zone)
    query = times.query(as_of)
    path = path_of("calls", call_id, "deliveries")
    items, position = with_api("deliveries", lambda api: api.all_with_position(path, **query))
    if as_json:
        write_json({"call_id": call_id, "items": items, "next": None, "position": position})
        return
    if not items:
        write("no webhook of this call has come")
        return
    write_table(
        ("position", "came", "report", "what", "time", "waited", "answered", "in", "headers"),
        [_row(one, times) for one in items],
        right=RIGHT,
        lead=("position", "report", "what"),
    )
    write()
    write(_told(items))


def _row(one: Json, times: Times) -> Sequence[object]:
    what = _what(one)
    return (
        one["position"],
        times.shown(one["received_at"] or one["recorded_at"]),
        one["event"],
        styled(what, STYLES[what]),
        one["nth"],
        _seconds(one["since_last_seconds"]),
        one["answered"],
        _seconds(one["stored_after_seconds"]),
        " ".join(f"{name}={value}" for name, value in one["headers"].items()),
    )


def _what(one: Json) -> str:
    if one["is_repeat"]:
        return AGAIN
    return CHANGED if one["is_changed"] else FIRST


def _seconds(seconds: Any) -> str:
    if seconds is None:
        return ""
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:,.1f} s"


def _told(items: Sequence[Json]) -> str:
    counts = {word: sum(_what(one) == word for one in items) for word in STYLES}
    waited = [one["since_last_seconds"] for one in items if one["since_last_seconds"] is not None]
    several = "delivery" if len(items) == 1 else "deliveries"
    told = f"{len(items)} {several}: {', '.join(f'{count} {word}' for word, count in counts.items() if count)}"
    return f"{told}; waited {_seconds(min(waited))} to {_seconds(max(waited))} in between" if waited else told
