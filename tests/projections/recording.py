"""Envelopes for events, as the ledger would hand them out."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from domain import call
from domain.events import Event, Recorded
from domain.identity import call_stream

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CALL = call_stream("c1")


def at(seconds: float) -> datetime:
    """So many seconds after nine."""
    return T0 + timedelta(seconds=seconds)


def recorded(position: int, stream: str, event: Event, seconds: float | None = None, version: int = 1) -> Recorded:
    """An event at a position, recorded so many seconds after nine; as many as its position where that is not said."""
    return Recorded(
        position=position,
        event_id=f"event-{position}",
        stream=stream,
        version=version,
        recorded_at=at(position if seconds is None else seconds),
        metadata={},
        event=event,
    )


def call_recorded(events: Iterable[call.CallEvent], seconds: Iterable[float] | None = None) -> list[Recorded]:
    """The stream of one call."""
    events = list(events)
    times = range(1, len(events) + 1) if seconds is None else seconds
    return [
        recorded(place, CALL, event, when, place)
        for place, (event, when) in enumerate(zip(events, times, strict=True), start=1)
    ]


def delivered(reports: Iterable[call.ReportEvent], seconds: Iterable[float] | None = None) -> list[Recorded]:
    """The stream of a call that these deliveries made, by the decision that takes them; one that adds nothing is not in it."""
    reports = list(reports)
    stream: list[tuple[call.CallEvent, float]] = []
    history = call.INITIAL
    for report, when in zip(reports, range(1, len(reports) + 1) if seconds is None else seconds, strict=True):
        for event in call.receive(history, report):
            history = call.evolve(history, event, at(when))
            stream.append((event, when))
    return call_recorded([event for event, _ in stream], [when for _, when in stream])
