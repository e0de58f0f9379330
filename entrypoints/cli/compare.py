"""`dialtrail compare`: which change made one call other than the other?"""

from collections.abc import Iterator
from typing import Annotated

import typer

from entrypoints.cli.api import Json, path_of
from entrypoints.cli.calls import describe_state
from entrypoints.cli.completion import complete_call
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson
from entrypoints.cli.output import styled, write, write_json, write_table

EPILOG = "Example: dialtrail compare call_123 call_456"
VALUE_CHARS_MAX = 200
HEADERS = ("a after", "b after", "event", "differs", "a", "b")
Which = Annotated[
    str,
    typer.Argument(
        metavar="CALL_A", help="MiniVoice's id of a call that went well, say.", autocompletion=complete_call
    ),
]
Other = Annotated[
    str, typer.Argument(metavar="CALL_B", help="The id of the call to hold beside it.", autocompletion=complete_call)
]


def compare(call_a: Which, call_b: Other, as_json: AsJson = False) -> None:
    """Two calls side by side: what happened in one only, when it happened in each, and every field that differs.

    Seconds are counted from each call's beginning. Ids, times and the parties' own numbers are not compared.
    """
    found = with_api("compare", lambda api: api.get(path_of("calls", call_a, "compare", call_b)))
    if as_json:
        write_json(found)
        return
    for name in ("a", "b"):
        side = found[name]
        whose = f" in {side['campaign_id']}" if side.get("campaign_id") else ""
        write(f"{name}: {side['call_id']}{whose}: {describe_state(side)}", "bold")
    write()
    write_table(HEADERS, _rows(found), right=HEADERS[:2], lead=HEADERS[:4])
    write()
    if found["left_out"]:
        write(f"{found['left_out']} entries beyond the first 500 of a call were not compared", "yellow")
    write("no difference" if found["same"] else _told(found), "green" if found["same"] else "yellow")


def _rows(found: Json) -> Iterator[tuple[object, ...]]:
    for one in found["state"]:
        yield ("", "", "in the end", one["field"], *_values(one))
    for pair in found["pairs"]:
        name = f"{pair['event']} {pair['step']}" if pair.get("step") else pair["event"]
        begin = (_seconds(pair["a"]), _seconds(pair["b"]), name)
        only = "a" if pair["b"] is None else "b" if pair["a"] is None else None
        if only is not None:
            yield (*begin, styled(f"only in {only}", "yellow"), "", "")
        elif not pair["differences"]:
            yield (*begin, "", "", "")
        for place, one in enumerate(pair["differences"]):
            yield (*(begin if place == 0 else ("", "", "")), one["field"], *_values(one))


def _seconds(place: Json | None) -> str:
    return "-" if place is None or place["after_seconds"] is None else f"{place['after_seconds']:.3f}"


def _values(one: Json) -> tuple[str, str]:
    return _value(one["a"]), _value(one["b"])


def _value(value: object) -> str:
    text = "-" if value is None else str(value)
    return text if len(text) <= VALUE_CHARS_MAX else f"{text[:VALUE_CHARS_MAX]}…"


def _told(found: Json) -> str:
    only = sum(pair["a"] is None or pair["b"] is None for pair in found["pairs"])
    differ = sum(bool(pair["differences"]) for pair in found["pairs"])
    return f"{only} entries in one of them only, {differ} in both with differences"
