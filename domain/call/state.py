"""A call as a join of what is known of it: the same facts in any order, any number of times, give an equal state."""

from collections.abc import Mapping
from datetime import datetime
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
from domain.call.facts import NO_TIME, CallProgress, Claim, Outcome, Parties, Terminal
from domain.call.stamps import PROVIDER_SKEW_MAX, Stamps, can_be
from domain.instants import later

Phase = Literal["dialing", "in_progress", "ended"]
STRENGTH: Mapping[Evidence, int] = {"response": 4, "metadata": 3, "person": 2, "inferred": 1}
_OUTCOME_RANK = {CallCompleted: 0, CallFailed: 1, CallCanceled: 2}
DIGITS_KEPT_MAX = 16


class CallState(Struct, frozen=True, kw_only=True):
    """All that is known of a call, and nothing about the order in which it was learned.

    `claims` and `terminals` keep those that lost, too; `digits` are what was gathered, the short ones. Times are UTC, by
    the provider's clock, and only those that can be; `has_odd_time` says that there were others, `earliest` is the first
    of all that were said of anything.
    """

    created: Stamps = Stamps()
    answered: bool = False
    answers: Stamps = Stamps()
    terminals: frozenset[Terminal] = frozenset()
    furthest: CallProgress | None = None
    parties: Parties | None = None
    claims: frozenset[Claim] = frozenset()
    echoed_attempts: frozenset[str] = frozenset()
    given_up: bool = False
    digits: frozenset[str] = frozenset()
    has_odd_time: bool = False
    earliest: datetime | None = None

    @property
    def created_at(self) -> datetime | None:
        """When it began, if the provider gave a time that can be."""
        return self.created.first(self._attempt_began)

    @property
    def answered_at(self) -> datetime | None:
        """When it was answered, if the provider gave a time that can be."""
        return self.answers.first(self.not_before)

    @property
    def not_before(self) -> datetime | None:
        """The instant before which nothing of it can have happened, the clocks' skew allowed for; None where nothing says so."""
        created = self.created_at
        return self._attempt_began if created is None else later(created, -PROVIDER_SKEW_MAX)

    @property
    def _attempt_began(self) -> datetime | None:
        claim = self.claim
        if claim is None or claim.attempt_started_at == NO_TIME:
            return None
        return later(claim.attempt_started_at, -PROVIDER_SKEW_MAX)

    def can_be(self, said: datetime, learned_at: datetime) -> bool:
        """Whether a time that the provider said of this call can be, given when we learned it."""
        begun = self.not_before
        return can_be(said, learned_at) and (begun is None or said >= begun)

    @property
    def is_clock_odd(self) -> bool:
        """Whether the provider said a time of it that cannot be."""
        begun = self.not_before
        return self.has_odd_time or (begun is not None and self.earliest is not None and self.earliest < begun)

    def as_believed(self, end: Terminal) -> Terminal:
        """A report of the end, without its time where that is before the call began."""
        begun = self.not_before
        if end.unstamped or begun is None or end.occurred_at >= begun:
            return end
        return replace(end, unstamped=True, occurred_at=NO_TIME)

    @property
    def terminal(self) -> Terminal | None:
        """The report of the end that counts."""
        return min(map(self.as_believed, self.terminals)) if self.terminals else None

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
    def end_learned_at(self) -> datetime | None:
        """When, by our clock, somebody first reported the outcome that counts."""
        outcome = self.outcome
        return min((end.learned_at for end in self.terminals if end.outcome == outcome), default=None)

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


def evolve(history: CallHistory, event: CallEvent, at: datetime) -> CallHistory:
    """The call after one more event, recorded `at`."""
    if isinstance(event, Report):
        return replace(
            history,
            state=join(history.state, event, at),
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
                attempt_started_at=event.attempt_started_at or NO_TIME,
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


def join(state: CallState, report: ReportEvent, learned_at: datetime) -> CallState:
    """The state with one more report in it; commutative, associative and idempotent."""
    said = report.occurred_at
    if said is not None:
        if can_be(said, learned_at):
            state = replace(state, earliest=_earliest(state.earliest, said))
        else:
            state, said = replace(state, has_odd_time=True), None
    state = _with_parties(state, report, said)
    match report:
        case CallCreated():
            state = replace(state, created=state.created.joined(said))
        case CallAnswered():
            state = replace(state, answered=True, answers=state.answers.joined(said))
        case CallCompleted() | CallFailed() | CallCanceled():
            return replace(state, terminals=state.terminals | {terminal_of(report, learned_at)})
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
    return _advance(state, _report_step(report, said))


def terminal_of(report: EndEvent, learned_at: datetime) -> Terminal:
    """The report's place among all reports of the call's end."""
    said = report.occurred_at
    if said is None or not can_be(said, learned_at):
        return Terminal(True, NO_TIME, _OUTCOME_RANK[type(report)], report.digest, learned_at)
    return Terminal(False, said, _OUTCOME_RANK[type(report)], report.digest, learned_at)


def _observed(state: CallState, event: CallObserved) -> CallState:
    echoed = state.echoed_attempts if event.attempt_id is None else state.echoed_attempts | {event.attempt_id}
    return replace(state, echoed_attempts=echoed, given_up=state.given_up or event.gave_up)


def _begun_anew(insights: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    return {kind: told for kind, told in insights.items() if "completed" in told}


def _delivered(deliveries: Mapping[str, Mapping[str, int]], key: str, digest: str) -> Mapping[str, Mapping[str, int]]:
    of_key = deliveries.get(key, {})
    return {**deliveries, key: {**of_key, digest: of_key.get(digest, 0) + 1}}


def _earliest(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)


def _advance(state: CallState, step: CallProgress) -> CallState:
    return state if state.furthest is not None and state.furthest >= step else replace(state, furthest=step)


def _report_step(report: ReportEvent, said: datetime | None) -> CallProgress:
    return CallProgress(
        said is not None, said or NO_TIME, RANK[report.NAME], report.key, report.digest, report_name(report)
    )


def _served_step(event: AnswerServed) -> CallProgress:
    return CallProgress(True, event.occurred_at, RANK[event.NAME], event.step or "", "", event.step or event.NAME)


def _with_parties(state: CallState, report: ReportEvent, said: datetime | None) -> CallState:
    of_call: CallSnapshot = report.snapshot
    if of_call.attempt_id is not None and of_call.attempt_id not in state.echoed_attempts:
        state = replace(state, echoed_attempts=state.echoed_attempts | {of_call.attempt_id})
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
