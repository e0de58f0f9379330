"""A call as a join of what is known of it: the same facts in any order, any number of times, give an equal state."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal, assert_never

from msgspec import Struct
from msgspec.structs import replace

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
    Evidence,
    InsightFetched,
    RecordingCompleted,
    RecordingFailed,
    RecordingRequested,
    RecordingStarted,
    Report,
    ReportEvent,
    report_name,
)
from domain.call.facts import CallProgress, Claim, Outcome, Parties, Terminal

Phase = Literal["dialing", "in_progress", "ended"]
STRENGTH: Mapping[Evidence, int] = {"response": 4, "metadata": 3, "person": 2, "inferred": 1}
_OUTCOME_RANK = {CallCompleted: 0, CallFailed: 1, CallCanceled: 2}
DIGITS_KEPT_MAX = 16
_NO_TIME = datetime(1, 1, 1, tzinfo=UTC)


class CallState(Struct, frozen=True, kw_only=True):
    """All that is known of a call, and nothing about the order in which it was learned.

    `claims` and `terminals` keep those that lost, too; `digits` are what was gathered, the short ones. Times are UTC, by
    the provider's clock.
    """

    created_at: datetime | None = None
    answered: bool = False
    answered_at: datetime | None = None
    terminals: frozenset[Terminal] = frozenset()
    furthest: CallProgress | None = None
    parties: Parties | None = None
    claims: frozenset[Claim] = frozenset()
    echoed_attempts: frozenset[str] = frozenset()
    given_up: bool = False
    digits: frozenset[str] = frozenset()

    @property
    def terminal(self) -> Terminal | None:
        """The report of the end that counts."""
        return min(self.terminals) if self.terminals else None

    @property
    def outcome(self) -> Outcome | None:
        """How the call ended, or None."""
        end = self.terminal
        return None if end is None else end.outcome

    @property
    def ended_at(self) -> datetime | None:
        """When it ended, if the provider said so."""
        end = self.terminal
        return None if end is None or end.unstamped else end.occurred_at

    @property
    def phase(self) -> Phase:
        """Where the call is: a call that ended stays ended, whatever is heard later."""
        if self.terminals:
            return "ended"
        return "in_progress" if self.answered else "dialing"

    @property
    def is_lost(self) -> bool:
        """Whether its end cannot be found out; a report of the end that comes all the same settles it."""
        return self.given_up and not self.terminals

    @property
    def reached(self) -> bool:
        """Whether it was answered; an end alone does not show that."""
        return self.answered

    @property
    def step(self) -> str | None:
        """The name of the latest thing that happened in the call before its end, which `outcome` tells."""
        return None if self.furthest is None else self.furthest.name

    @property
    def claim(self) -> Claim | None:
        """The attempt that the call belongs to; None for calls of others."""
        return max(self.claims) if self.claims else None

    @property
    def contested(self) -> bool:
        """Whether equally good evidence names more than one attempt."""
        best = self.claim
        return best is not None and any(c.strength == best.strength and c != best for c in self.claims)


class CallHistory(Struct, frozen=True, kw_only=True):
    """A call's state, and what does hang on order.

    `deliveries` says how often each of its reports was delivered (key → digest → times), `insights` what came of asking
    for each kind of AI result, each word once. A recording that is completed begins the asking anew. `answers` counts what
    it was told to say.
    """

    state: CallState = CallState()
    deliveries: Mapping[str, Mapping[str, int]] = {}
    observed: frozenset[str] = frozenset()
    insights: Mapping[str, tuple[str, ...]] = {}
    answers: int = 0


INITIAL = CallHistory()


def evolve(history: CallHistory, event: CallEvent, at: datetime) -> CallHistory:  # noqa: ARG001 - every fold has this shape; a call's join knows no arrival
    """The call after one more event."""
    if isinstance(event, Report):
        return replace(
            history,
            state=join(history.state, event),
            deliveries=_delivered(history.deliveries, event.key, event.digest),
            insights=_begun_anew(history.insights) if isinstance(event, RecordingCompleted) else history.insights,
        )
    match event:
        case CallClaimed():
            claim = Claim(
                strength=STRENGTH[event.how],
                attempt_id=event.attempt_id,
                campaign_id=event.campaign_id,
                recipient=event.recipient,
                how=event.how,
            )
            return replace(history, state=replace(history.state, claims=history.state.claims | {claim}))
        case CallRedelivered():
            return replace(history, deliveries=_delivered(history.deliveries, event.key, event.digest))
        case CallObserved():
            return replace(history, state=_observed(history.state, event), observed=history.observed | {event.digest})
        case AnswerServed():
            # What was said before is nothing new, however much later somebody asks for it again.
            state = history.state if event.again else _advance(history.state, _served_step(event))
            return replace(history, state=state, answers=history.answers + 1)
        case InsightFetched():
            told = (*history.insights.get(event.kind, ()), event.result)
            return replace(history, insights={**history.insights, event.kind: tuple(dict.fromkeys(told))})
        case RecordingRequested():
            return history
        case _:
            assert_never(event)


def join(state: CallState, report: ReportEvent) -> CallState:
    """The state with one more report in it; commutative, associative and idempotent."""
    state = _with_parties(state, report)
    match report:
        case CallCreated():
            state = replace(state, created_at=_earliest(state.created_at, report.occurred_at))
        case CallAnswered():
            state = replace(state, answered=True, answered_at=_earliest(state.answered_at, report.occurred_at))
        case CallCompleted() | CallFailed() | CallCanceled():
            return replace(state, terminals=state.terminals | {terminal_of(report)})
        case CallGathered():
            if report.digits is not None and 0 < len(report.digits) <= DIGITS_KEPT_MAX:
                state = replace(state, digits=state.digits | {report.digits})
        case RecordingStarted() | CallReported():
            pass
        case RecordingCompleted() | RecordingFailed():
            # What became of a recording, perhaps days after the end, is no step of the call.
            return state
        case _:
            assert_never(report)
    return _advance(state, _report_step(report))


def terminal_of(report: EndEvent) -> Terminal:
    """The report's place among all reports of the call's end."""
    return Terminal(
        report.occurred_at is None, report.occurred_at or _NO_TIME, _OUTCOME_RANK[type(report)], report.digest
    )


def _observed(state: CallState, event: CallObserved) -> CallState:
    echoed = state.echoed_attempts if event.attempt_id is None else state.echoed_attempts | {event.attempt_id}
    return replace(state, echoed_attempts=echoed, given_up=state.given_up or event.gave_up)


def _begun_anew(insights: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    return {kind: told for kind, told in insights.items() if "completed" in told}


def _delivered(deliveries: Mapping[str, Mapping[str, int]], key: str, digest: str) -> Mapping[str, Mapping[str, int]]:
    of_key = deliveries.get(key, {})
    return {**deliveries, key: {**of_key, digest: of_key.get(digest, 0) + 1}}


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)


def _advance(state: CallState, step: CallProgress) -> CallState:
    return state if state.furthest is not None and state.furthest >= step else replace(state, furthest=step)


def _report_step(report: ReportEvent) -> CallProgress:
    return CallProgress(
        report.occurred_at is not None,
        report.occurred_at or _NO_TIME,
        RANK[report.NAME],
        report.key,
        report.digest,
        report_name(report),
    )


def _served_step(event: AnswerServed) -> CallProgress:
    return CallProgress(True, event.occurred_at, RANK[event.NAME], event.step or "", "", event.step or event.NAME)


def _with_parties(state: CallState, report: ReportEvent) -> CallState:
    said: CallSnapshot = report.snapshot
    if said.attempt_id is not None and said.attempt_id not in state.echoed_attempts:
        state = replace(state, echoed_attempts=state.echoed_attempts | {said.attempt_id})
    if said.from_number is None and said.to_number is None:
        return state
    parties = Parties(
        report.occurred_at is None,
        RANK[report.NAME],
        report.occurred_at or _NO_TIME,
        report.digest,
        said.direction or "",
        said.from_number or "",
        said.to_number or "",
    )
    return state if state.parties is not None and state.parties <= parties else replace(state, parties=parties)
