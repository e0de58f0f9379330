"""What is recorded of a call when somebody says something about it. Nothing new, no events."""

from msgspec.structs import replace

from domain.call.events import (
    AnswerServed,
    CallClaimed,
    CallEvent,
    CallObserved,
    CallRedelivered,
    InsightFetched,
    ReportEvent,
)
from domain.call.facts import Claim
from domain.call.state import STRENGTH, CallHistory
from domain.call.walks import stands

ANSWERS_KEPT_MAX = 200
ASIDES_KEPT_MAX = 50  # so that nobody else who asks fills the room of the call's own walk
REDELIVERIES_PER_KEY_MAX = 100


KnownAs = tuple[str, str]
"""The key and the digest of a report."""


def receive(history: CallHistory, report: ReportEvent, known_as: KnownAs | None = None) -> list[CallEvent]:
    """Record a report, which may be `known_as` something else.

    A new key, or a known key with another body: the report itself. A webhook's report again, byte for byte: a
    redelivery, up to `REDELIVERIES_PER_KEY_MAX`. What the API said again: nothing.
    """
    if known_as is not None and known_as in history.deliveries:
        report = replace(report, key=known_as[0], digest=known_as[1])
    one = history.deliveries.at_least((report.key, ""))
    is_key_known = one is not None and one[0] == report.key
    if not is_key_known or (report.key, report.digest) not in history.deliveries:
        return [report if report.same_key == is_key_known else replace(report, same_key=is_key_known)]
    if report.source == "webhook" and history.redelivered.get(report.key, 0) < REDELIVERIES_PER_KEY_MAX:
        return [CallRedelivered(key=report.key, digest=report.digest, headers=report.headers)]
    return []


def observe(history: CallHistory, observed: CallObserved) -> list[CallEvent]:
    """Record an answer to GET that does not say how the call ended, unless the very same was recorded before.

    Giving up is recorded once; a call that has ended needs neither.
    """
    if history.state.ends:
        return []
    is_news = observed.gave_up and not history.state.given_up
    return [observed] if is_news or observed.digest not in history.observed else []


def observe_otherwise(history: CallHistory, observed: CallObserved) -> list[CallEvent]:
    """Record an answer to GET that says something else than is known of a call that has ended, once; it changes nothing."""
    return [] if observed.digest in history.observed else [observed]


def claim(history: CallHistory, claimed: CallClaimed) -> list[CallEvent]:
    """Tie the call to an attempt, unless it is tied by stronger evidence, or to this attempt by evidence as strong."""
    strength = STRENGTH[claimed.how]
    best = history.state.claim
    known = history.state.claims.at_least(Claim(strength, claimed.attempt_id, "", "", claimed.how))
    is_known = known is not None and (known.strength, known.attempt_id) == (strength, claimed.attempt_id)
    return [] if is_known or (best is not None and best.strength > strength) else [claimed]


def record_insight(history: CallHistory, fetched: InsightFetched) -> list[CallEvent]:
    """Record what came of asking for an AI result, unless the same was recorded since its recording, or it is there.

    So each kind leaves at most three events for a recording: that it was missing, that asking failed, and how it ended.
    """
    told = history.insights.get(fetched.kind, ())
    if "completed" in told or fetched.result in told:
        return []
    if fetched.result != "completed" and "gave_up" in told:
        return []
    return [fetched]


def serve(history: CallHistory, served: AnswerServed) -> list[CallEvent]:
    """Keep what a call was told; nothing beyond `ANSWERS_KEPT_MAX`, and of walks that are not its own `ASIDES_KEPT_MAX`."""
    if history.answers >= ANSWERS_KEPT_MAX:
        return []
    is_kept = stands(history.state.walk, served) or history.asides < ASIDES_KEPT_MAX
    return [served] if is_kept else []
