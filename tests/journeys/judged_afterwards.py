"""Judges a finished campaign from its ledger and from what the provider saw, by rules of its own: none of the dialer's code helps."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from msgspec import Struct, field

from domain.call import CallAnswered, CallCanceled, CallCompleted, CallFailed
from domain.campaign import (
    CampaignCanceled,
    CampaignCompleted,
    CampaignCreated,
    CampaignPaused,
    CampaignResumed,
    CampaignRevised,
    CampaignStarted,
    Plan,
)
from domain.events import Recorded
from domain.identity import call_stream
from domain.policy import NO_POLICY, WEEKDAYS
from domain.recipient import (
    AttemptAbandoned,
    AttemptAccepted,
    AttemptRefused,
    AttemptResolved,
    AttemptStarted,
    AttemptUnresolved,
    RecipientEnrolled,
    RecipientReleased,
    RecipientSuppressed,
)

OUTCOMES = {CallCompleted: "not_reached", CallFailed: "failed", CallCanceled: "canceled"}


class Provider(Struct, frozen=True, kw_only=True):
    """What the provider saw: the POSTs that arrived, in order, and its calls with their begin and end."""

    posts: Sequence[Mapping[str, Any]]
    calls: Sequence[Mapping[str, Any]]


def faults_of_calls(events: Sequence[Recorded], provider: Provider) -> Iterator[str]:
    """One request an attempt, on disk before; nobody has two calls at once, or more than any of the policies allowed."""
    started = {one.event.attempt_id for one in events if isinstance(one.event, AttemptStarted)}
    abandoned = {one.event.attempt_id for one in events if isinstance(one.event, AttemptAbandoned)}
    # A kill may leave half a request, without a body that could be read: the provider does nothing with it.
    posted = Counter(p["request_body"]["metadata"]["attempt_id"] for p in provider.posts if p["request_body"])
    yield from (f"{attempt_id}: {count} requests" for attempt_id, count in posted.items() if count > 1)
    yield from (f"{attempt_id}: a request that the ledger knows nothing of" for attempt_id in posted.keys() - started)
    yield from (f"{attempt_id}: abandoned, and yet a request arrived" for attempt_id in posted.keys() & abandoned)
    by_number: dict[str, list[Mapping[str, Any]]] = {}
    for call in provider.calls:
        by_number.setdefault(call["to"], []).append(call)
    plans = [one.event.plan for one in events if isinstance(one.event, CampaignCreated | CampaignRevised)]
    most = max((plan.policy or NO_POLICY).attempts_max for plan in plans)
    for number, calls in by_number.items():
        calls.sort(key=lambda call: str(call["created_at"]))
        if len(calls) > most:
            yield f"{number}: {len(calls)} calls"
        for earlier, later in pairwise(calls):
            if earlier["ended_at"] is None or earlier["ended_at"] > later["created_at"]:
                yield f"{number}: a call began while another one was under way"


def faults_of_people(events: Sequence[Recorded], *, is_over: bool) -> Iterator[str]:
    """Nobody was called against a rule, and in the end nobody is left who might be; with `is_over` many may be."""
    known = _Known()
    for recorded in events:
        if isinstance(recorded.event, AttemptStarted):
            against = known.against(recorded.stream)
            if against is not None:
                yield f"{recorded.event.attempt_id} at position {recorded.position} was started although {against}"
        known.learn(recorded)
    if is_over:
        return
    known.phase = "running"
    for stream, person in known.people.items():
        if person.is_enrolled and known.against(stream) is None:
            yield f"{stream} is left over: {person}"


class _Attempt(Struct):
    phase: str = "open"
    counts: bool = True
    call_id: str | None = None


class _Person(Struct):
    is_enrolled: bool = False
    is_suppressed: bool = False
    attempts: dict[str, _Attempt] = field(default_factory=dict)


class _Known:
    """What is known after some of the events."""

    def __init__(self) -> None:
        self.phase = "created"
        self.people: dict[str, _Person] = {}
        self._plan: Plan | None = None
        self._answered: set[str] = set()
        self._outcomes: dict[str, str] = {}

    def learn(self, recorded: Recorded) -> None:
        """One more event."""
        stream, event = recorded.stream, recorded.event
        match event:
            case CampaignCreated() | CampaignRevised():
                self._plan = event.plan
            case CampaignStarted() | CampaignResumed():
                self.phase = "running"
            case CampaignPaused() | CampaignCanceled() | CampaignCompleted():
                self.phase = event.NAME.partition(".")[2]
            case CallAnswered():
                self._answered.add(stream)
            case CallCompleted() | CallFailed() | CallCanceled():
                self._outcomes.setdefault(stream, OUTCOMES[type(event)])
            case RecipientEnrolled():
                self._person(stream).is_enrolled = True
            case RecipientSuppressed() | RecipientReleased():
                self._person(stream).is_suppressed = isinstance(event, RecipientSuppressed)
            case AttemptStarted():
                self._person(stream).attempts[event.attempt_id] = _Attempt()
            case AttemptAccepted() | AttemptRefused() | AttemptAbandoned() | AttemptUnresolved() | AttemptResolved():
                self._settle(self._person(stream).attempts[event.attempt_id], event)
            case _:
                pass

    def _person(self, stream: str) -> _Person:
        return self.people.setdefault(stream, _Person())

    def _settle(
        self,
        attempt: _Attempt,
        event: AttemptAccepted | AttemptRefused | AttemptAbandoned | AttemptUnresolved | AttemptResolved,
    ) -> None:
        match event:
            case AttemptAccepted() | AttemptResolved():
                attempt.phase, attempt.call_id = "called", event.call_id
            case AttemptRefused():
                attempt.phase, attempt.counts = "refused", event.counts
            case AttemptAbandoned():
                attempt.phase, attempt.counts = "abandoned", False
            case AttemptUnresolved():
                attempt.phase, attempt.call_id = "open", None

    def against(self, stream: str) -> str | None:
        """What stands against calling somebody; None where nothing does."""
        assert self._plan is not None
        policy, person = self._plan.policy or NO_POLICY, self._person(stream)
        if self.phase != "running":
            return f"the campaign was {self.phase}"
        if policy.hours is not None and len(policy.hours) < len(WEEKDAYS):
            return "the hours were closed"
        if person.is_suppressed or not person.is_enrolled:
            return "the person was suppressed, or not enrolled"
        outcomes = [self._outcome(attempt) for attempt in person.attempts.values() if attempt.counts]
        if "open" in outcomes:
            return "another attempt was open"
        if len(outcomes) >= policy.attempts_max:
            return f"{len(outcomes)} of {policy.attempts_max} attempts were used up"
        if "reached" in outcomes:
            return "the person had been reached"
        if outcomes and outcomes[-1] not in policy.retry:
            return f"{outcomes[-1]} is not tried again"
        return None

    def _outcome(self, attempt: _Attempt) -> str:
        if attempt.phase != "called":
            return "originate_failed" if attempt.phase == "refused" else attempt.phase
        stream = call_stream(attempt.call_id or "")
        if stream not in self._outcomes:
            return "open"
        return "reached" if stream in self._answered else self._outcomes[stream]
