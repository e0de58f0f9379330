"""A small world in which campaigns dial people: every change is made by the domain's own decisions."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec import Raw

from domain import account, call, campaign, recipient
from domain.account import AccountState
from domain.call import CallHistory
from domain.campaign import CampaignState, Plan
from domain.dialing import Verdict, judge
from domain.errors import Conflict
from domain.events import Event, Recorded
from domain.identity import account_stream, call_stream, campaign_stream
from domain.recipient import RecipientState
from domain.recipient.status import RecipientStatus, status_of
from projections.recipient_status import RecipientStatusView
from tests.domain.given import report
from tests.projections.recording import T0

FINGERPRINT = "f00d"
CAMPAIGNS = ("spring", "autumn")
NUMBERS = ("+15551230001", "+15551230002", "+4930123456")
PLAN = Plan(caller_number="+15559870000")
SECOND = timedelta(seconds=1)


def stream_of(number: str) -> str:
    """The stream of a person, readable here."""
    return f"recipient:{number}"


def call_id_of(attempt_id: str) -> str:
    """The call that an attempt becomes, whether we have heard of it or not."""
    return f"call_of_{attempt_id}"


class World:
    """What happened so far, and the view that was told of each event as it happened."""

    def __init__(self, view: RecipientStatusView) -> None:
        self.view = view
        self.now = T0
        self.feed: list[Recorded] = []
        self.campaigns: dict[str, CampaignState] = {}
        self.people: dict[str, RecipientState] = {}
        self.calls: dict[str, CallHistory] = {}
        self.account: AccountState = account.INITIAL
        self._attempts = 0

    def record(self, stream: str, event: Event) -> None:
        """One event, in the ledger, in the folds and in the view."""
        self.now += SECOND
        version = 1 + sum(one.stream == stream for one in self.feed)
        one = Recorded(
            position=len(self.feed) + 1,
            event_id=f"event-{len(self.feed) + 1}",
            stream=stream,
            version=version,
            recorded_at=self.now,
            metadata={},
            event=event,
        )
        self.feed.append(one)
        self._fold(one)
        self.view.apply(one)

    def record_all(self, stream: str, events: Iterable[Event]) -> None:
        """What a decision decided."""
        for event in events:
            self.record(stream, event)

    def create(self, campaign_id: str) -> None:
        self.record_all(
            campaign_stream(campaign_id), campaign.create(self.campaigns.get(campaign_id), campaign_id, PLAN)
        )

    def change(self, campaign_id: str, verb: str) -> None:
        """start, pause, resume, cancel or complete it, where its state allows that."""
        state = self.campaigns[campaign_id]
        decisions = {
            "start": campaign.start,
            "pause": lambda known: campaign.pause(known, "operator"),
            "resume": campaign.resume,
            "cancel": campaign.cancel,
            "complete": campaign.complete,
        }
        try:
            self.record_all(campaign_stream(campaign_id), decisions[verb](state))
        except Conflict:
            return

    def person(self, number: str) -> RecipientState:
        return self.people.get(stream_of(number), recipient.INITIAL)

    def enroll(self, number: str, campaign_id: str) -> None:
        if self.campaigns[campaign_id].phase not in {"completed", "canceled"}:
            self.record_all(stream_of(number), recipient.enroll(self.person(number), campaign_id, number))

    def withdraw(self, number: str, campaign_id: str) -> None:
        if campaign_id in self.person(number).enrollments:
            self.record_all(stream_of(number), recipient.withdraw(self.person(number), campaign_id))

    def suppress(self, number: str, seconds: float | None) -> None:
        expires_at = None if seconds is None else self.now + timedelta(seconds=seconds)
        events = recipient.suppress(self.person(number), number, "operator", expires_at=expires_at)
        self.record_all(stream_of(number), events)

    def release(self, number: str) -> None:
        self.record_all(stream_of(number), recipient.release(self.person(number)))

    def start(self, number: str, campaign_id: str) -> None:
        """An attempt, if the verdict allows it."""
        if not self.verdict(number, campaign_id).may_dial:
            return
        self._attempts += 1
        self.record_all(
            stream_of(number),
            recipient.start_attempt(
                self.person(number), f"a{self._attempts}", campaign_id, request="{}", epoch="e", verdict=Raw(b"{}")
            ),
        )

    def accept(self, number: str) -> None:
        attempt = self._attempt_in(number, "started")
        if attempt is None:
            return
        call_id = call_id_of(attempt.attempt_id)
        self.record_all(
            stream_of(number),
            recipient.accept(self.person(number), attempt.attempt_id, call_id=call_id, status=201, response="{}"),
        )
        self.tell(call_id, report("call.created", 0, source="api"))
        self._claim(attempt, call_id, "response")

    def refuse(self, number: str, concerns: recipient.Concerns, counts: bool) -> None:
        attempt = self._attempt_in(number, "started")
        if attempt is not None:
            events = recipient.refuse(
                self.person(number),
                attempt.attempt_id,
                status=400,
                code="some_code",
                body="{}",
                concerns=concerns,
                counts=counts,
            )
            self.record_all(stream_of(number), events)

    def abandon(self, number: str) -> None:
        attempt = self._attempt_in(number, "started")
        if attempt is not None:
            self.record_all(
                stream_of(number), recipient.abandon(self.person(number), attempt.attempt_id, "unreachable")
            )

    def leave_unresolved(self, number: str) -> None:
        attempt = self._attempt_in(number, "started")
        if attempt is not None:
            events = recipient.leave_unresolved(self.person(number), attempt.attempt_id, "read time-out")
            self.record_all(stream_of(number), events)

    def resolve(self, number: str, with_call: bool, redial: bool = False) -> None:
        attempt = self._attempt_in(number, "unresolved")
        if attempt is None:
            return
        call_id = call_id_of(attempt.attempt_id) if with_call else None
        self.record_all(
            stream_of(number),
            recipient.resolve(
                self.person(number),
                attempt.attempt_id,
                "person",
                "kim",
                call_id=call_id,
                redial=redial and not with_call,
            ),
        )
        if call_id is not None:
            self._claim(attempt, call_id, "person")

    def hear(self, number: str, name: str, seconds: float | None) -> None:
        """A webhook about the person's last attempt's call, whether we know by then that it is theirs or not."""
        attempts = self.person(number).attempts
        if attempts:
            self.tell(call_id_of(attempts[-1].attempt_id), report(name, seconds))

    def tell(self, call_id: str, said: call.ReportEvent) -> None:
        """A report of a call."""
        self.record_all(call_stream(call_id), call.receive(self.calls.get(call_id, call.INITIAL), said))

    def pause_account(self) -> None:
        self.record_all(account_stream(FINGERPRINT), account.pause(self.account, "provider", status=402))

    def resume_account(self) -> None:
        self.record_all(account_stream(FINGERPRINT), account.resume(self.account))

    def hold(self, prefix: str) -> None:
        self.record_all(account_stream(FINGERPRINT), account.hold_destination(self.account, prefix, "no_rate", None))

    def free(self, prefix: str) -> None:
        self.record_all(account_stream(FINGERPRINT), account.release_destination(self.account, prefix))

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def ended_calls(self) -> set[str]:
        return {call_id for call_id, known in self.calls.items() if known.state.phase == "ended"}

    def verdict(self, number: str, campaign_id: str) -> Verdict:
        """By the domain's rules alone."""
        person = self.person(number)
        return judge(
            self.campaigns[campaign_id], person, self.account, person.open_attempts(self.ended_calls()), self.now
        )

    def status(self, number: str, campaign_id: str) -> RecipientStatus:
        """By the domain's table alone."""
        calls = {call_id: known.state for call_id, known in self.calls.items()}
        return status_of(self.person(number), campaign_id, calls, self.verdict(number, campaign_id))

    def slots(self, campaign_id: str) -> Mapping[str, datetime]:
        """A campaign's attempts that may have a call under way, and since when."""
        ended = self.ended_calls()
        return {
            attempt.attempt_id: attempt.started_at
            for person in self.people.values()
            for attempt in person.attempts_in(campaign_id)
            if attempt.attempt_id in person.open_attempts(ended)
        }

    def unresolved(self, campaign_id: str) -> Mapping[str, datetime]:
        """A campaign's attempts that nobody knows the end of, and since when."""
        return {
            attempt.attempt_id: attempt.changed_at
            for person in self.people.values()
            for attempt in person.attempts_in(campaign_id)
            if attempt.phase == "unresolved"
        }

    def started(self) -> Mapping[str, str]:
        """Attempts that have been started, and nothing since."""
        return {
            attempt.attempt_id: stream
            for stream, person in self.people.items()
            for attempt in person.attempts
            if attempt.phase == "started"
        }

    def enrolled(self, campaign_id: str) -> list[str]:
        """A campaign's numbers, in the order of their enrolment."""
        events = [one.event for one in self.feed]
        return [e.number for e in events if isinstance(e, recipient.RecipientEnrolled) and e.campaign_id == campaign_id]

    def _attempt_in(self, number: str, phase: recipient.state.AttemptPhase) -> recipient.Attempt | None:
        return next((a for a in reversed(self.person(number).attempts) if a.phase == phase), None)

    def _claim(self, attempt: recipient.Attempt, call_id: str, how: call.Evidence) -> None:
        claimed = call.CallClaimed(
            attempt_id=attempt.attempt_id, campaign_id=attempt.campaign_id, recipient="r", how=how
        )
        self.record_all(call_stream(call_id), call.claim(self.calls.get(call_id, call.INITIAL), claimed))

    def _fold(self, one: Recorded) -> None:
        event, at, name = one.event, one.recorded_at, one.stream.partition(":")[2]
        if isinstance(event, campaign.CampaignEvent):
            state = campaign.evolve(self.campaigns.get(name), event, at)
            assert state is not None
            self.campaigns[name] = state
        elif isinstance(event, recipient.RecipientEvent):
            self.people[one.stream] = recipient.evolve(self.people.get(one.stream, recipient.INITIAL), event, at)
        elif isinstance(event, call.CallEvent):
            self.calls[name] = call.evolve(self.calls.get(name, call.INITIAL), event, at)
        elif isinstance(event, account.AccountEvent) and name == FINGERPRINT:
            self.account = account.evolve(self.account, event, at)
