"""A field that this version does not know is found, wherever it stands, exactly where it would be lost."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.event_mapper import EventMapper, Stamp
from adapters.known_fields import unknown_field
from domain.errors import LedgerUnusable

LINES = (Path(__file__).parent / "ledger" / "stored_events.jsonl").read_text().splitlines()
GOLDEN = [json.loads(line) for line in LINES]
NEW = "zz_newer"


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects_in(one)


def survives(line: dict[str, Any], state: dict[str, Any]) -> tuple[type, bool] | None:
    """The event's struct, and whether the new field is there still after it was read and written; None where it is not read at all."""
    mapper = EventMapper()
    try:
        one = mapper.decode(1, line["stream"], line["version"], line["name"], json.dumps(state).encode())
    except LedgerUnusable:
        return None
    stamp = Stamp(recorded_at=one.recorded_at, clock_at=one.clock_at, passed_at=one.passed_at)
    written = mapper.encode(one.stream, one.version, one.event_id, stamp, one.metadata, one.event)
    return type(one.event), NEW.encode() in written


@pytest.mark.parametrize("line", GOLDEN, ids=[line["name"] for line in GOLDEN])
def test_it_is_found_exactly_where_it_would_be_lost(line: dict[str, Any]) -> None:
    state = json.loads(line["state"])
    kind = type(EventMapper().decode(1, line["stream"], line["version"], line["name"], line["state"].encode()).event)
    assert unknown_field(kind, json.dumps(state["event"]).encode()) is None

    for where in objects_in(state["event"]):
        for value in (None, 1, "x", {"more": 1}):
            where[NEW] = value
            found = survives(line, state)
            if found is not None:
                said = unknown_field(found[0], json.dumps(state["event"]).encode())
                assert (said is None) == found[1], (where, said)
                assert said is None or said.endswith(NEW)
            del where[NEW]


class Inner(msgspec.Struct, tag="inner"):
    known: int = 0


class Other(msgspec.Struct, tag="other"):
    else_known: int = 0


class Outer(msgspec.Struct):
    one: Inner | Other | None = None
    many: tuple[Inner, ...] = ()
    by_name: dict[str, Inner] = {}
    pair: tuple[int, Inner] | None = None


@pytest.mark.parametrize(
    ("event", "path"),
    [
        ({"one": {"type": "inner", "known": 1}, "many": [{"type": "inner"}]}, None),
        ({"one": {"type": "other", "known": 1}}, "one.known"),
        ({"many": [{"type": "inner"}, {"type": "inner", "b": 1}]}, "many.1.b"),
        ({"by_name": {"x": {"type": "inner", "b": 1}}}, "by_name.x.b"),
        ({"pair": [1, {"type": "inner", "b": 1}]}, "pair.1.b"),
        ({"b": {"known": 1}}, "b"),
    ],
)
def test_it_is_looked_for_in_each_form(event: dict[str, Any], path: str | None) -> None:
    assert unknown_field(Outer, json.dumps(event).encode()) == path
