"""What is recorded of a call when somebody says something about it. Nothing new, no events."""

from msgspec.structs import replace

from domain.call.events import CallClaimed, CallEvent, CallObserved, CallRedelivered, ReportEvent
from domain.call.state import STRENGTH, CallHistory

REDELIVERIES_PER_KEY_MAX = 100


def receive(history: CallHistory, report: ReportEvent) -> list[CallEvent]:
    """Record a report.

    A new key, or a known key with another body: the report itself. A webhook's report again, byte for byte: a
    redelivery, up to `REDELIVERIES_PER_KEY_MAX`. What the API said again: nothing.
    """
    known = history.deliveries.get(report.key, {})
    if report.digest not in known:
        return [replace(report, same_key=bool(known))]
    redelivered = sum(known.values()) - len(known)
    if report.source == "webhook" and redelivered < REDELIVERIES_PER_KEY_MAX:
        return [CallRedelivered(key=report.key, digest=report.digest, headers=report.headers)]
    return []


def observe(history: CallHistory, observed: CallObserved) -> list[CallEvent]:
    """Record an answer to GET that changes nothing, unless the very same answer was recorded before."""
    return [] if observed.digest in history.observed else [observed]


def claim(history: CallHistory, claimed: CallClaimed) -> list[CallEvent]:
    """Tie the call to an attempt, unless it is tied by stronger evidence, or to this attempt by evidence as strong."""
    strength = STRENGTH[claimed.how]
    best = history.state.claim
    if best is not None and (
        best.strength > strength
        or any(c.strength == strength and c.attempt_id == claimed.attempt_id for c in history.state.claims)
    ):
        return []
    return [claimed]
