"""A call's journey: all that is known of it, in the order in which it happened, with when we learned it beside it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, cast, get_args

from msgspec import Struct

from domain import call
from domain.call import RANK, CallState, Report, Terminal
from domain.events import Recorded

LATE_AFTER = timedelta(seconds=60)
_CALL_EVENTS = frozenset(get_args(call.CallEvent))

Source = Literal["webhook", "api", "dialtrail"]
Note = Literal["no_time", "late", "out_of_order", "redelivered", "contradicts", "same_key", "drifted"]
_Seen = tuple[Recorded, call.CallEvent, datetime | None, datetime | None]
"""An event of the call, when it occurred, and the provider's latest time of all that was learned before it."""


class Entry(Struct, frozen=True, kw_only=True):
    """One event of the call.

    `source` is webhook, api or dialtrail; `occurred_at` the provider's clock, None where it gave no time;
    `deliveries` how often this report came; `notes` what is remarkable about it.
    """

    position: int
    event: str
    source: Source
    occurred_at: datetime | None
    recorded_at: datetime
    deliveries: int
    notes: tuple[Note, ...]
    key: str
    detail: Mapping[str, Any]


class Journey(Struct, frozen=True, kw_only=True):
    """A call with its state and its entries in order."""

    call_id: str
    state: CallState
    entries: tuple[Entry, ...]


def journey(call_id: str, stream: Sequence[Recorded]) -> Journey | None:
    """The journey from the call's stream, or from as much of it as was known at some instant; None where that is nothing."""
    if not stream:
        return None
    history = call.INITIAL
    shown: list[_Seen] = []
    latest: datetime | None = None
    for recorded in stream:
        event = _event(recorded)
        history = call.evolve(history, event, recorded.recorded_at)
        if not isinstance(event, call.CallRedelivered):
            occurred_at = _occurred_at(event)
            shown.append((recorded, event, occurred_at, latest))
            # Our own clock says nothing about the order of what the provider's clock says.
            if isinstance(event, Report) and occurred_at is not None and (latest is None or occurred_at > latest):
                latest = occurred_at
    entries = sorted((_entry(seen, history) for seen in shown), key=_order)
    return Journey(call_id=call_id, state=history.state, entries=tuple(entries))


def _event(recorded: Recorded) -> call.CallEvent:
    if type(recorded.event) not in _CALL_EVENTS:
        raise TypeError(f"{recorded.name} does not belong in a call's stream")
    return cast("call.CallEvent", recorded.event)


def _occurred_at(event: object) -> datetime | None:
    return event.occurred_at if isinstance(event, (Report, call.AnswerServed)) else None


def _order(entry: Entry) -> tuple[datetime, int, str, str]:
    return (entry.occurred_at or entry.recorded_at, RANK[entry.event], entry.key, entry.detail.get("digest", ""))


def _entry(seen: _Seen, history: call.CallHistory) -> Entry:
    recorded, event, occurred_at, _ = seen
    deliveries = history.deliveries.get(event.key, {}).get(event.digest, 1) if isinstance(event, Report) else 1
    return Entry(
        position=recorded.position,
        event=event.NAME,
        source=event.source if isinstance(event, Report) else "dialtrail",
        occurred_at=occurred_at,
        recorded_at=recorded.recorded_at,
        deliveries=deliveries,
        notes=tuple(_notes(seen, history.state, deliveries)),
        key=_key(event),
        detail=_detail(event),
    )


def _notes(seen: _Seen, state: CallState, deliveries: int) -> list[Note]:
    recorded, event, occurred_at, latest_before = seen
    notes: list[Note] = []
    if occurred_at is not None:
        if recorded.recorded_at - occurred_at > LATE_AFTER:
            notes.append("late")
        if latest_before is not None and latest_before > occurred_at:
            notes.append("out_of_order")
    elif isinstance(event, Report):
        notes.append("no_time")
    if deliveries > 1:
        notes.append("redelivered")
    if _contradicts(event, state):
        notes.append("contradicts")
    if isinstance(event, Report) and event.same_key:
        notes.append("same_key")
    if _drift(event):
        notes.append("drifted")
    return notes


def _drift(event: call.CallEvent) -> tuple[str, ...]:
    return event.drift if isinstance(event, Report | call.CallObserved) else ()


def _contradicts(event: call.CallEvent, state: CallState) -> bool:
    if isinstance(event, call.END_EVENTS):
        terminal: Terminal = call.terminal_of(event)
        return state.terminal is not None and terminal.contradicts(state.terminal)
    if isinstance(event, call.CallClaimed):
        best = state.claim
        return state.contested and best is not None and event.how == best.how
    return False


def _key(event: call.CallEvent) -> str:
    match event:
        case Report():
            return event.key
        case call.CallClaimed():
            return event.attempt_id
        case call.InsightFetched():
            return event.kind
        case call.RecordingRequested():
            return event.action
        case call.AnswerServed():
            return event.step or ""
        case _:
            return ""


def _detail(event: call.CallEvent) -> Mapping[str, Any]:
    """What a person wants to see of an event without opening it."""
    match event:
        case call.CallGathered():
            said: Mapping[str, Any] = {"digits": event.digits, "timed_out": event.timed_out, "digest": event.digest}
        case call.CallReported():
            said = {"name": event.name, "digest": event.digest}
        case Report():
            said = {"status": event.snapshot.status, "direction": event.snapshot.direction, "digest": event.digest}
        case call.CallClaimed():
            said = {"attempt_id": event.attempt_id, "campaign_id": event.campaign_id, "how": event.how}
        case call.CallObserved():
            said = {"status": event.status, "digest": event.digest}
        case call.AnswerServed():
            said = {
                "step": event.step,
                "version": event.version,
                "why": event.why,
                "again": event.again or None,
                "duration_ms": event.duration_ms,
            }
        case call.InsightFetched():
            codes = [one.code for one in event.asked if one.code is not None]
            said = {
                "kind": event.kind,
                "result": event.result,
                "asked": len(event.asked) or None,
                "code": codes[-1] if codes else None,
                "why": event.why,
            }
        case call.RecordingRequested():
            said = {"action": event.action, "result": event.result, "status": event.status, "code": event.code}
        case _:
            said = {}
    said = {**said, "drift": "; ".join(_drift(event)) or None}
    return {name: value for name, value in said.items() if value is not None}
