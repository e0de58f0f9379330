"""What each event makes of a call: reports are joined, so that their order does not matter."""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

from msgspec.structs import replace

from domain.call.came_in import CallCameIn
from domain.call.events import (
    RANK,
    AnswerServed,
    CallAnswered,
    CallCanceled,
    CallClaimed,
    CallCompleted,
    CallCreated,
    CallEvent,
    CallFailed,
    CallGathered,
    CallObserved,
    CallRedelivered,
    CallReported,
    CallSnapshot,
    EndEvent,
    InsightFetched,
    RecordingCompleted,
    RecordingFailed,
    RecordingRequested,
    RecordingStarted,
    Report,
    ReportEvent,
)
from domain.call.facts import ANSWER_PROOFS, NO_TIME, CallProgress, Claim, Gathered, Parties, Terminal
from domain.call.report_identity import report_name
from domain.call.stamps import can_be
from domain.call.state import STRENGTH, CallHistory, CallState
from domain.call.walks import joined, stands
from domain.growing import Growing

DIGITS_KEPT_MAX = 32
_PROOFS = {str(proof): proof for proof in ANSWER_PROOFS}
_OUTCOME_RANK = {CallCompleted: 0, CallFailed: 1, CallCanceled: 2}


def evolve(history: CallHistory, event: CallEvent, at: datetime) -> CallHistory:
    """The call after one more event, recorded `at`: no time of ours in it is later, whatever a clock said that was ahead."""
    if isinstance(event, Report):
        deliveries, redelivered = _delivered(history, event.key, event.digest)
        return replace(
            history,
            state=join(history.state, event, at),
            deliveries=deliveries,
            redelivered=redelivered,
            insights=_begun_anew(history.insights) if isinstance(event, RecordingCompleted) else history.insights,
        )
    match event:
        case CallClaimed():
            claims = history.state.claims.put(_claim_of(event, at), None)
            return replace(history, state=replace(history.state, claims=claims))
        case CallCameIn():
            return replace(history, state=replace(history.state, came_in=history.state.came_in or event))
        case CallRedelivered():
            deliveries, redelivered = _delivered(history, event.key, event.digest)
            return replace(history, deliveries=deliveries, redelivered=redelivered)
        case CallObserved():
            observed = history.observed.put(event.digest, None)
            return replace(history, state=_observed(history.state, event), observed=observed)
        case AnswerServed():
            is_own = stands(history.state.walk, event)
            # What was said before is nothing new, however much later somebody asks for it again.
            is_new = is_own and not event.again
            state = _served(history.state, event, min(event.occurred_at, at)) if is_new else history.state
            if event.questions_before is not None:
                state = replace(state, questions=state.questions.joined(event, min(event.occurred_at, at)))
            return replace(history, state=state, answers=history.answers + 1, asides=history.asides + (not is_own))
        case InsightFetched():
            told = (*history.insights.get(event.kind, ()), event.result)
            return replace(history, insights={**history.insights, event.kind: tuple(dict.fromkeys(told))})
        case RecordingRequested():
            return history
        case _:
            assert_never(event)


def join(state: CallState, report: ReportEvent, learned_at: datetime) -> CallState:
    """The state with one more report in it; commutative, associative and idempotent."""
    said = report.occurred_at
    if said is not None:
        if can_be(said, learned_at):
            if state.earliest is None or said < state.earliest:
                state = replace(state, earliest=said)
        else:
            state, said = replace(state, has_odd_time=True), None
    state = _with_proof(_with_parties(state, report, said), report, learned_at)
    match report:
        case CallCreated():
            state = replace(state, created=state.created.joined(said))
        case CallAnswered():
            state = replace(state, answers=state.answers.joined(said))
        case CallCompleted() | CallFailed() | CallCanceled():
            return replace(state, ends=state.ends.joined(terminal_of(report, learned_at)))
        case CallGathered():
            digits = report.digits or ""
            is_pressed = not (digits == "" or digits.isspace())
            kept = digits if is_pressed and len(digits) <= DIGITS_KEPT_MAX else ""
            gathered = Gathered(said is None, said or NO_TIME, report.key, report.digest, kept)
            state = replace(state, gathers=state.gathers.put(gathered, None), pressed=state.pressed or is_pressed)
        case RecordingStarted() | CallReported():
            pass
        case RecordingCompleted() | RecordingFailed():
            # What became of a recording, perhaps days after the end, is no step of the call.
            return state
        case _:
            assert_never(report)
    return _advance(state, _report_step(report, said))


def terminal_of(report: EndEvent, learned_at: datetime) -> Terminal:
    """The report's place among all reports of the call's end."""
    at, said = report.occurred_at, report.snapshot.status or ""
    if at is None or not can_be(at, learned_at):
        return Terminal(True, NO_TIME, _OUTCOME_RANK[type(report)], report.digest, learned_at, said)
    return Terminal(False, at, _OUTCOME_RANK[type(report)], report.digest, learned_at, said)


def _claim_of(event: CallClaimed, at: datetime) -> Claim:
    return Claim(
        strength=STRENGTH[event.how],
        attempt_id=event.attempt_id,
        campaign_id=event.campaign_id,
        recipient=event.recipient,
        how=event.how,
        attempt_started_at=min(event.attempt_started_at or NO_TIME, at),
    )


def _with_proof(state: CallState, report: ReportEvent, learned_at: datetime) -> CallState:
    proof = _PROOFS.get(report.NAME)
    if proof is None:
        return state
    first = _earliest(state.proof_learned_at, learned_at)
    if proof in state.proofs and first == state.proof_learned_at:
        return state
    return replace(state, proofs=state.proofs | {proof}, proof_learned_at=first)


def _served(state: CallState, event: AnswerServed, at: datetime) -> CallState:
    last = at if state.served_at is None else max(state.served_at, at)
    return _advance(replace(state, served_at=last, walk=joined(state.walk, event)), _served_step(event, at))


def _observed(state: CallState, event: CallObserved) -> CallState:
    if event.attempt_id is not None:
        state = _echoed(state, event.attempt_id)
    return replace(state, given_up=state.given_up or event.gave_up)


def _echoed(state: CallState, attempt_id: str) -> CallState:
    return replace(state, echoed_attempts=state.echoed_attempts.put(attempt_id, None))


def _begun_anew(insights: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    return {kind: told for kind, told in insights.items() if "completed" in told}


def _delivered(history: CallHistory, key: str, digest: str) -> tuple[Growing[tuple[str, str], int], Growing[str, int]]:
    deliveries = history.deliveries.put((key, digest), 1)
    if deliveries.size > history.deliveries.size:
        return deliveries, history.redelivered
    times = history.deliveries.get((key, digest), 0) + 1
    again = history.redelivered.get(key, 0) + 1
    return history.deliveries.put((key, digest), times), history.redelivered.put(key, again)


def _earliest(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)


def _advance(state: CallState, step: CallProgress) -> CallState:
    return state if state.furthest is not None and state.furthest >= step else replace(state, furthest=step)


def _report_step(report: ReportEvent, said: datetime | None) -> CallProgress:
    return CallProgress(
        said is not None, said or NO_TIME, RANK[report.NAME], report.key, report.digest, report_name(report)
    )


def _served_step(event: AnswerServed, at: datetime) -> CallProgress:
    return CallProgress(True, at, RANK[event.NAME], event.step or "", "", event.step or event.NAME)


def _with_parties(state: CallState, report: ReportEvent, said: datetime | None) -> CallState:
    of_call: CallSnapshot = report.snapshot
    if of_call.attempt_id is not None:
        state = _echoed(state, of_call.attempt_id)
    if of_call.from_number is None and of_call.to_number is None:
        return state
    parties = Parties(
        said is None,
        RANK[report.NAME],
        said or NO_TIME,
        report.digest,
        of_call.direction or "",
        of_call.from_number or "",
        of_call.to_number or "",
    )
    return state if state.parties is not None and state.parties <= parties else replace(state, parties=parties)
