"""What each event makes of a call: reports are joined, so that their order does not matter."""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never, cast

from msgspec.structs import replace

from domain.call.came_in import CallCameIn
from domain.call.events import (
    RANK,
    REPORT_KINDS,
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
    EndEvent,
    InsightFetched,
    RecordingCompleted,
    RecordingRequested,
    RecordingStarted,
    Report,
    ReportEvent,
)
from domain.call.facts import ANSWER_PROOFS, NO_TIME, AnswerProof, CallProgress, Claim, Gathered, Parties, Terminal
from domain.call.report_identity import report_name
from domain.call.stamps import can_be
from domain.call.state import STRENGTH, CallHistory, CallState
from domain.call.walks import joined, stands
from domain.growing import Growing, GrowingSet

DIGITS_KEPT_MAX = 32
_PROOFS = {str(proof): proof for proof in ANSWER_PROOFS}
_OUTCOME_RANK: Mapping[type[Report], int] = {CallCompleted: 0, CallFailed: 1, CallCanceled: 2}
# Not the end, and not what became of a recording, perhaps days after it.
_STEPS = frozenset({CallCreated, CallAnswered, CallGathered, RecordingStarted, CallReported})


def evolve(history: CallHistory, event: CallEvent, at: datetime) -> CallHistory:
    """The call after one more event, recorded `at`: no time of ours in it is later, whatever a clock said that was ahead."""
    if type(event) in REPORT_KINDS:  # nearly all are; to match classes one by one takes longer than all the rest
        return _reported(history, cast("ReportEvent", event), at)
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
        case Report():
            return _reported(history, event, at)
        case _:
            assert_never(event)


def join(state: CallState, report: ReportEvent, learned_at: datetime) -> CallState:
    """The state with one more report in it; commutative, associative and idempotent."""
    said, earliest, kind = report.occurred_at, state.earliest, type(report)
    is_odd = said is not None and not can_be(said, learned_at)
    if is_odd:
        said = None
    if said is not None and (earliest is None or said < earliest):
        earliest = said
    proofs, proof_learned_at = _proofs(state, report, learned_at)
    gathers, pressed = state.gathers, state.pressed
    if type(report) is CallGathered:
        gathers, pressed = gathers.put(_gathered(report, said), None), pressed or _is_pressed(report)
    ends = state.ends
    if kind in _OUTCOME_RANK:
        ends = ends.joined(terminal_of(cast("EndEvent", report), learned_at))
    return replace(
        state,
        created=state.created.joined(said) if kind is CallCreated else state.created,
        answers=state.answers.joined(said) if kind is CallAnswered else state.answers,
        proofs=proofs,
        proof_learned_at=proof_learned_at,
        gathers=gathers,
        pressed=pressed,
        ends=ends,
        furthest=_furthest(state.furthest, _report_step(report, said)) if kind in _STEPS else state.furthest,
        parties=_parties(state.parties, report, said),
        echoed_attempts=_echoed(state.echoed_attempts, report.snapshot.attempt_id),
        has_odd_time=state.has_odd_time or is_odd,
        earliest=earliest,
    )


def _reported(history: CallHistory, report: ReportEvent, at: datetime) -> CallHistory:
    deliveries, redelivered = _delivered(history, report.key, report.digest)
    is_anew = type(report) is RecordingCompleted
    return replace(
        history,
        state=join(history.state, report, at),
        deliveries=deliveries,
        redelivered=redelivered,
        insights=_begun_anew(history.insights) if is_anew else history.insights,
    )


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


def _proofs(
    state: CallState, report: ReportEvent, learned_at: datetime
) -> tuple[frozenset[AnswerProof], datetime | None]:
    """What proves that the call was answered, and when the first of it was learned."""
    proof = _PROOFS.get(report.NAME)
    if proof is None:
        return state.proofs, state.proof_learned_at
    proofs = state.proofs if proof in state.proofs else state.proofs | {proof}
    return proofs, _earliest(state.proof_learned_at, learned_at)


def _is_pressed(report: CallGathered) -> bool:
    digits = report.digits or ""
    return not (digits == "" or digits.isspace())


def _gathered(report: CallGathered, said: datetime | None) -> Gathered:
    digits = report.digits or ""
    kept = digits if _is_pressed(report) and len(digits) <= DIGITS_KEPT_MAX else ""
    return Gathered(said is None, said or NO_TIME, report.key, report.digest, kept)


def _served(state: CallState, event: AnswerServed, at: datetime) -> CallState:
    last = at if state.served_at is None else max(state.served_at, at)
    furthest = _furthest(state.furthest, _served_step(event, at))
    return replace(state, served_at=last, walk=joined(state.walk, event), furthest=furthest)


def _observed(state: CallState, event: CallObserved) -> CallState:
    echoed = _echoed(state.echoed_attempts, event.attempt_id)
    return replace(state, echoed_attempts=echoed, given_up=state.given_up or event.gave_up)


def _echoed(echoed: GrowingSet[str], attempt_id: str | None) -> GrowingSet[str]:
    return echoed if attempt_id is None else echoed.put(attempt_id, None)


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


def _furthest(known: CallProgress | None, step: CallProgress) -> CallProgress:
    return step if known is None or known < step else known


def _report_step(report: ReportEvent, said: datetime | None) -> CallProgress:
    return CallProgress(
        said is not None, said or NO_TIME, RANK[report.NAME], report.key, report.digest, report_name(report)
    )


def _served_step(event: AnswerServed, at: datetime) -> CallProgress:
    return CallProgress(True, at, RANK[event.NAME], event.step or "", "", event.step or event.NAME)


def _parties(known: Parties | None, report: ReportEvent, said: datetime | None) -> Parties | None:
    """The least of what was said of who called whom."""
    of_call, rank = report.snapshot, RANK[report.NAME]
    if of_call.from_number is None and of_call.to_number is None:
        return known
    if known is not None and not known.unstamped and known.rank < rank:
        return known
    parties = Parties(
        said is None,
        rank,
        said or NO_TIME,
        report.digest,
        of_call.direction or "",
        of_call.from_number or "",
        of_call.to_number or "",
    )
    return parties if known is None or parties < known else known
