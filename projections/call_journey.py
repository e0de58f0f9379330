"""A call's journey: all that is known of it, in the order in which it happened, with when we learned it beside it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, cast, get_args

from msgspec import Struct

from domain import call
from domain.call import RANK, CallState, Report
from domain.call.facts import Terminal
from domain.call.stamps import can_be
from domain.events import Recorded

LATE_AFTER = timedelta(seconds=60)
_CALL_EVENTS = frozenset(get_args(call.CallEvent))

Source = Literal["webhook", "api", "dialtrail"]
Note = Literal[
    "no_time",
    "odd_clock",
    "late",
    "out_of_order",
    "redelivered",
    "contradicts",
    "same_key",
    "drifted",
    "other_walk",
    "erased",
]
_PLACED = frozenset({"call.claimed", "call.created", "call.answered", "call.completed", "call.failed", "call.canceled"})
_Seen = tuple[Recorded, call.CallEvent]


class _Whole(Struct, frozen=True):
    """All that is known of the call; what each entry is held against is found once."""

    history: call.CallHistory
    begun: datetime | None
    terminal: Terminal | None

    def can_be(self, recorded: Recorded, said: datetime) -> bool:
        """Whether a time that the provider said can be."""
        return can_be(said, recorded.counts_from) and (self.begun is None or said >= self.begun)


class Entry(Struct, frozen=True, kw_only=True):
    """One event of the call.

    `source` is webhook, api or dialtrail; `occurred_at` the provider's clock as it was said, None where it gave no time;
    `deliveries` how often this report came; `notes` what is remarkable about it; `clock_at` what our clock said, where
    `recorded_at` is later.
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
    clock_at: datetime | None = None

    @property
    def at(self) -> datetime:
        """When it happened, as far as that can be; else when we learned it."""
        return (
            (self.clock_at or self.recorded_at)
            if self.occurred_at is None or "odd_clock" in self.notes
            else self.occurred_at
        )


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
    for recorded in stream:
        event = _event(recorded)
        history = call.evolve(history, event, recorded.counts_from)
        if not isinstance(event, call.CallRedelivered):
            shown.append((recorded, event))
    return Journey(call_id=call_id, state=history.state, entries=tuple(sorted(_entries(shown, history), key=_order)))


def in_no_known_order(entries: Sequence[Entry]) -> frozenset[int]:
    """The positions of those whose order among each other is not known: MiniVoice's times are whole seconds.

    A call begins before anything else of it and ends after it, and what we recorded ourselves is in the ledger's order.
    """
    by_second: dict[datetime, list[Entry]] = {}
    for entry in entries:
        if entry.event not in _PLACED and not (entry.occurred_at is None and entry.source != "dialtrail"):
            by_second.setdefault(entry.at.replace(microsecond=0), []).append(entry)
    unknown: set[int] = set()
    for some in by_second.values():
        told = [entry for entry in some if entry.source != "dialtrail"]
        is_coarse = any(entry.at.microsecond == 0 for entry in told)
        if len(some) > 1 and is_coarse:
            unknown.update(entry.position for entry in some)
    return frozenset(unknown)


def _entries(shown: Sequence[_Seen], history: call.CallHistory) -> Iterator[Entry]:
    whole = _Whole(history, history.state.not_before, history.state.terminal)
    latest: datetime | None = None
    for recorded, event in shown:
        yield _entry(recorded, event, latest, whole)
        # Our own clock says nothing about the order of what the provider's clock says, nor do times that cannot be.
        if isinstance(event, Report) and (said := event.occurred_at) is not None and (latest is None or said > latest):
            latest = said if whole.can_be(recorded, said) else latest


def _event(recorded: Recorded) -> call.CallEvent:
    if type(recorded.event) not in _CALL_EVENTS:
        raise TypeError(f"{recorded.name} does not belong in a call's stream")
    return cast("call.CallEvent", recorded.event)


def _occurred_at(event: object) -> datetime | None:
    return event.occurred_at if isinstance(event, (Report, call.AnswerServed)) else None


def _order(entry: Entry) -> tuple[datetime, int, datetime, str, str]:
    # What we recorded ourselves at one reading of our clock is in the order of the ledger; reports come in any order.
    recorded_at = entry.recorded_at if entry.source == "dialtrail" else entry.at
    return (entry.at, RANK[entry.event], recorded_at, entry.key, entry.detail.get("digest", ""))


def _entry(recorded: Recorded, event: call.CallEvent, latest_before: datetime | None, whole: _Whole) -> Entry:
    deliveries = whole.history.deliveries.get((event.key, event.digest), 1) if isinstance(event, Report) else 1
    notes = _of_time(recorded, event, latest_before, whole)
    if deliveries > 1:
        notes.append("redelivered")
    if _contradicts(recorded, event, whole):
        notes.append("contradicts")
    if isinstance(event, Report) and event.same_key:
        notes.append("same_key")
    if _drift(event):
        notes.append("drifted")
    if isinstance(event, call.AnswerServed) and not call.is_of(whole.history.state.walk, event):
        notes.append("other_walk")
    if recorded.erased:
        notes.append("erased")
    return Entry(
        position=recorded.position,
        event=event.NAME,
        source=event.source if isinstance(event, Report) else "dialtrail",
        occurred_at=_occurred_at(event),
        recorded_at=recorded.recorded_at,
        clock_at=recorded.clock_at,
        deliveries=deliveries,
        notes=tuple(notes),
        key=_key(event),
        detail=_detail(event),
    )


def _of_time(recorded: Recorded, event: call.CallEvent, latest_before: datetime | None, whole: _Whole) -> list[Note]:
    """What is remarkable about its time; `latest_before` is the provider's latest of all that was learned before it."""
    said, learned_at = _occurred_at(event), recorded.counts_from
    if said is None:
        return ["no_time"] if isinstance(event, Report) else []
    if isinstance(event, Report) and not whole.can_be(recorded, said):
        return ["odd_clock"]
    notes: list[Note] = []
    if learned_at - said > LATE_AFTER:
        notes.append("late")
    if latest_before is not None and latest_before > said:
        notes.append("out_of_order")
    return notes


_READ_BY_FIELD = Report | call.CallObserved | call.InsightFetched | call.RecordingRequested


def _drift(event: call.CallEvent) -> tuple[str, ...]:
    return event.drift if isinstance(event, _READ_BY_FIELD) else ()


def _contradicts(recorded: Recorded, event: call.CallEvent, whole: _Whole) -> bool:
    state = whole.history.state
    if isinstance(event, call.END_EVENTS):
        terminal = state.as_believed(call.terminal_of(event, recorded.counts_from))
        return whole.terminal is not None and terminal.contradicts(whole.terminal)
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
        case call.CallCameIn():
            said = {"attempt_id": event.attempt_id, "campaign_id": event.campaign_id}
        case call.CallObserved():
            missing = "missing" if event.digest.startswith("missing|") else None
            said = {"status": event.status, "answer": missing, "digest": event.digest}
        case call.AnswerServed():
            said = _served(event)
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


def _served(event: call.AnswerServed) -> Mapping[str, Any]:
    return {
        "step": event.step,
        "version": event.version,
        "why": event.why,
        "again": event.again or None,
        "found_by": event.found_by,
        "inbound": event.inbound,
        "campaign_id": event.campaign_id,
        "duration_ms": event.duration_ms,
    }
