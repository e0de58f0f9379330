"""Two calls side by side: what happened in both, in one only, and where what happened in both was not the same."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any

import msgspec
from msgspec import Struct

from domain.call import RANK, CallState
from domain.events import Recorded
from projections.call_journey import Entry, Journey, journey

ENTRIES_COMPARED_MAX = 500
DIFFERENCES_MAX = 200
FIELDS_MAX = 500
DEPTH_MAX = 12
# Every call has its own; they differ between any two, and mean nothing.
OWN_FIELDS = frozenset(
    {"digest", "key", "event_key", "headers", "occurred_at", "attempt_id", "recipient", "duration_ms", "dt_at", "walk"}
)
OWN_TIMES = frozenset({"created_at", "dialing_at", "answered_at", "ended_at", "started_at", "completed_at"})
TEXTS_WITH_JSON = frozenset({"body", "request", "actions"})
PROVIDERS_OWN_ID = "provider_call_id"
LINK = ".redirect.url"  # its query says whose walk it is
CALL_ID_SHOWN, FROM_SHOWN, TO_SHOWN, OTHER_ID_SHOWN = "<call id>", "<from>", "<to>", "<provider's id>"

Value = str | int | float | bool | None


class FieldDifference(Struct, frozen=True):
    """One field that is not the same; None where one of them lacks it."""

    field: str
    a: Value
    b: Value


class Pair(Struct, frozen=True, kw_only=True):
    """The same thing in both calls, or in one of them (the other's position is None).

    `…_after_seconds` is how long after the call's beginning it happened, by the provider's clock where that is known.
    """

    event: str
    step: str | None
    a_position: int | None
    b_position: int | None
    a_after_seconds: float | None
    b_after_seconds: float | None
    differences: tuple[FieldDifference, ...] = ()


class CallComparison(Struct, frozen=True, kw_only=True):
    """Both calls; `left_out` is how many of their entries were beyond what is compared."""

    a: Journey
    b: Journey
    state: tuple[FieldDifference, ...]
    pairs: tuple[Pair, ...]
    left_out: int


class _Side(Struct, frozen=True):
    """One call: its entries with what each event holds, flat, without what is every call's own."""

    journey: Journey
    entries: Sequence[Entry]
    fields: Sequence[Mapping[str, Value]]
    began_at: datetime | None


def compare_calls(
    a_id: str, a_stream: Sequence[Recorded], b_id: str, b_stream: Sequence[Recorded]
) -> CallComparison | None:
    """Both calls side by side by what happened; None where one of the streams is empty.

    Ids, times and numbers that every call has as its own are put aside, so that what is left may matter.
    """
    a, b = _side(a_id, a_stream), _side(b_id, b_stream)
    if a is None or b is None:
        return None
    return CallComparison(
        a=a.journey,
        b=b.journey,
        state=_differences(_state_fields(a.journey.state), _state_fields(b.journey.state)),
        pairs=tuple(_pairs(a, b)),
        left_out=len(a.journey.entries) + len(b.journey.entries) - len(a.entries) - len(b.entries),
    )


def _side(call_id: str, stream: Sequence[Recorded]) -> _Side | None:
    found = journey(call_id, stream)
    if found is None:
        return None
    entries = found.entries[:ENTRIES_COMPARED_MAX]
    by_position = {recorded.position: recorded for recorded in stream}
    own = _own_values(call_id, found.state)
    return _Side(
        found,
        entries,
        [_fields_of(by_position[entry.position], own) for entry in entries],
        min((entry.at for entry in entries), default=None),
    )


def _pairs(a: _Side, b: _Side) -> list[Pair]:
    """The first of a kind beside the first, the second beside the second; in the order of time since each began."""
    places_a, places_b = (_places(side) for side in (a, b))
    pairs = []
    for kind in dict.fromkeys((*places_a, *places_b)):
        for in_a, in_b in zip_longest(places_a.get(kind, ()), places_b.get(kind, ())):
            shown = b.entries[in_b] if in_a is None else a.entries[in_a]
            pairs.append(_pair(shown, a, in_a, b, in_b))
    return sorted(pairs, key=_order)


def _places(side: _Side) -> dict[tuple[str, ...], list[int]]:
    places: dict[tuple[str, ...], list[int]] = {}
    for place, entry in enumerate(side.entries):
        places.setdefault(_kind(entry), []).append(place)
    return places


def _order(pair: Pair) -> tuple[float, int, int]:
    after = pair.b_after_seconds if pair.a_after_seconds is None else pair.a_after_seconds
    return (after or 0.0, RANK[pair.event], pair.a_position or pair.b_position or 0)


def _pair(shown: Entry, a: _Side, in_a: int | None, b: _Side, in_b: int | None) -> Pair:
    entry_a = None if in_a is None else a.entries[in_a]
    entry_b = None if in_b is None else b.entries[in_b]
    differences: tuple[FieldDifference, ...] = ()
    if in_a is not None and in_b is not None:
        differences = _differences(a.fields[in_a], b.fields[in_b])
    return Pair(
        event=shown.event,
        step=shown.detail.get("step"),
        a_position=None if entry_a is None else entry_a.position,
        b_position=None if entry_b is None else entry_b.position,
        a_after_seconds=_after_seconds(a, entry_a),
        b_after_seconds=_after_seconds(b, entry_b),
        differences=differences,
    )


def _kind(entry: Entry) -> tuple[str, ...]:
    """What must be equal for two entries to be the same thing."""
    return (entry.event, entry.source, *(str(entry.detail.get(name, "")) for name in ("step", "kind", "name")))


def _after_seconds(side: _Side, entry: Entry | None) -> float | None:
    if entry is None or side.began_at is None:
        return None
    return round((entry.at - side.began_at).total_seconds(), 3)


def _differences(a: Mapping[str, Value], b: Mapping[str, Value]) -> tuple[FieldDifference, ...]:
    names = [name for name in dict.fromkeys((*a, *b)) if a.get(name) != b.get(name)]
    return tuple(FieldDifference(name, a.get(name), b.get(name)) for name in names[:DIFFERENCES_MAX])


def _state_fields(state: CallState) -> dict[str, Value]:
    claim, talk = state.claim, state.talk_seconds
    return {
        "phase": state.phase,
        "outcome": state.outcome,
        "reached": state.reached,
        "step": state.step,
        "contested": state.contested,
        "talk_seconds": None if talk is None else round(talk, 3),
        "digits": ", ".join(state.entered) or None,
        "campaign_id": None if claim is None else claim.campaign_id,
    }


def _own_values(call_id: str, state: CallState) -> dict[str, str]:
    parties = state.parties
    numbers = () if parties is None else ((parties.from_number, FROM_SHOWN), (parties.to_number, TO_SHOWN))
    return {call_id: CALL_ID_SHOWN, **{number: shown for number, shown in numbers if number}}


def _fields_of(recorded: Recorded, own: Mapping[str, str]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for path, value in _flat("", msgspec.to_builtins(recorded.event), 0):
        name = path.rpartition(".")[2]
        if len(found) >= FIELDS_MAX:
            break
        if name in OWN_TIMES:
            continue
        if name == PROVIDERS_OWN_ID and value is not None:
            found[path] = OTHER_ID_SHOWN
        elif path.endswith(LINK) and isinstance(value, str):
            found[path] = value.partition("?")[0]
        else:
            found[path] = own.get(value, value) if isinstance(value, str) else value
    return found


def _flat(path: str, value: Any, depth: int) -> Iterator[tuple[str, Value]]:
    """Each plain value with its path; a text that holds JSON is opened, and what is every call's own is left out."""
    name = path.rpartition(".")[2]
    if isinstance(value, str) and depth <= 1 and name in TEXTS_WITH_JSON:
        opened = _opened(value)
        value = value if opened is None else opened
    if depth < DEPTH_MAX and isinstance(value, dict):
        for key, inner in value.items():
            if key not in OWN_FIELDS:
                yield from _flat(f"{path}.{key}" if path else str(key), inner, depth + 1)
    elif depth < DEPTH_MAX and isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _flat(f"{path}[{place}]", inner, depth + 1)
    else:
        yield path, value if isinstance(value, str | int | float | bool | None) else str(value)


def _opened(text: str) -> Any | None:
    try:
        opened = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    return opened if isinstance(opened, dict | list) else None
