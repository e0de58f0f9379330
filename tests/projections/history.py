"""A small world in which campaigns dial people: every change is made by the domain's own decisions."""

from collections.abc import Callable
from datetime import timedelta

from msgspec import UNSET, Raw
from msgspec.structs import replace

from domain import account, call, campaign, recipient
from domain.campaign import CampaignState, Plan
from domain.errors import Conflict
from domain.identity import account_stream, call_stream, campaign_stream, quarantine_stream
from domain.policy import Policy
from domain.quarantine import DeliveryQuarantined
from domain.recipient import Attempt
from tests.domain.given import report
from tests.projections.kept_world import FINGERPRINT, SECOND, KeptWorld, stream_of

CAMPAIGNS = ("spring", "autumn")
NUMBERS = ("+15551230001", "+15551230002", "+4930123456")
SPRING, AUTUMN = CAMPAIGNS
ONE, TWO, THREE = NUMBERS
PLAN = Plan(caller_number="+15559870000")


def call_id_of(attempt_id: str) -> str:
    """The call that an attempt becomes, whether we have heard of it or not."""
    return f"call_of_{attempt_id}"


class World(KeptWorld):
    """A ledger, and all that can happen in it."""

    def create(self, campaign_id: str, policy: Policy | None = None) -> None:
        plan = replace(PLAN, policy=policy, rules_kinds=UNSET if policy is None else True)
        self.record_all(
            campaign_stream(campaign_id), campaign.create(self.campaigns.get(campaign_id), campaign_id, plan)
        )

    def change(self, campaign_id: str, verb: str, policy: Policy | None = None) -> None:
        """start, pause, resume, cancel, complete or revise it (to this policy), where its state allows that."""
        state = self.campaigns[campaign_id]
        revised = Plan(
            caller_number=f"+1555987{self.ledger.position:04}",
            policy=policy,
            rules_kinds=UNSET if policy is None else True,
        )
        decisions: dict[str, Callable[[CampaignState], list[campaign.CampaignEvent]]] = {
            "start": campaign.start,
            "pause": lambda known: campaign.pause(known, "operator"),
            "resume": campaign.resume,
            "cancel": campaign.cancel,
            "complete": campaign.complete,
            "revise": lambda known: campaign.revise(known, revised, "another number"),
        }
        try:
            self.record_all(campaign_stream(campaign_id), decisions[verb](state))
        except Conflict:
            return

    def enroll(self, number: str, campaign_id: str, zone: str | None = None) -> None:
        if self.campaigns[campaign_id].phase not in {"completed", "canceled"}:
            variables = {"name": number} if zone is not None else None
            reference = f"crm {number}" if zone is not None else None
            events = recipient.enroll(
                self.person(number), campaign_id, number, zone=zone, variables=variables, reference=reference
            )
            self.record_all(stream_of(number), events)

    def withdraw(self, number: str, campaign_id: str) -> None:
        enrollment = self.person(number).enrollments.get(campaign_id)
        if enrollment is not None and not enrollment.withdrawn:
            self.record_all(stream_of(number), [recipient.RecipientWithdrawn(campaign_id=campaign_id)])

    def suppress(self, number: str, seconds: float | None) -> None:
        expires_at = None if seconds is None else self.now + timedelta(seconds=seconds)
        events = recipient.suppress(self.person(number), number, "operator", expires_at=expires_at)
        self.record_all(stream_of(number), events)

    def wish(self, number: str, campaign_id: str, seconds: float, grace_seconds: int) -> None:
        """A callback in so many seconds, if that may be wished."""
        if campaign_id not in self.person(number).enrollments:
            return
        wish = recipient.Wish(at=self.now + timedelta(seconds=seconds), source="operator")
        policy = self.campaigns[campaign_id].plan.policy
        attempts_max = 1 if policy is None else policy.attempts_max
        try:
            events = recipient.set_callback(
                self.whole(number), campaign_id, wish, grace_seconds, attempts_max, self.now
            )
        except Conflict:
            return
        self.record_all(stream_of(number), events)

    def unwish(self, number: str, campaign_id: str) -> None:
        self.record_all(stream_of(number), recipient.drop_callback(self.person(number), campaign_id, "operator"))

    def consent(self, number: str, purpose: str, seconds: float | None = None) -> None:
        """They agreed to be called for a purpose, just before now; for so long."""
        given = recipient.ConsentGiven(
            consent_id=f"c{self.ledger.position}",
            number=number,
            purpose=purpose,
            basis="written",
            source="form",
            given_at=self.now - SECOND,
            until=None if seconds is None else self.now + timedelta(seconds=seconds),
        )
        self.record_all(stream_of(number), recipient.give_consent(self.whole(number).consents, given))

    def revoke(self, number: str, purpose: str | None) -> None:
        """They took it back; for all purposes where none is named."""
        revoked = recipient.ConsentRevoked(number=number, revoked_at=self.now, source="operator", purpose=purpose)
        self.record_all(stream_of(number), recipient.revoke_consent(self.whole(number).consents, revoked))

    def release(self, number: str) -> None:
        self.record_all(stream_of(number), recipient.release(self.person(number)))

    def start(self, number: str, campaign_id: str) -> None:
        """An attempt, if the verdict allows it."""
        if not self.verdict(number, campaign_id).may_dial:
            return
        self._attempts += 1
        policy = self.campaigns[campaign_id].plan.policy
        events = recipient.start_attempt(
            self.whole(number),
            f"a{self._attempts}",
            campaign_id,
            request="{}",
            epoch="e",
            verdict=Raw(b"{}"),
            purpose=None if policy is None else policy.purpose,
        )
        self.record_all(stream_of(number), events)

    def accept(self, number: str) -> None:
        """The provider took the call; its answer, the call and the claim are one commit."""
        attempt = self._attempt_in(number, "started")
        if attempt is None:
            return
        call_id = call_id_of(attempt.attempt_id)
        self.record_all(
            stream_of(number),
            recipient.accept(self.person(number), attempt.attempt_id, call_id=call_id, status=201, response="{}"),
        )
        self.tell(call_id, report("call.created", 0, source="api"))
        self._claim(attempt, stream_of(number), call_id, "response")

    def refuse(self, number: str, concerns: recipient.Concerns, counts: bool, code: str | None = "some_code") -> None:
        """The provider said no, and what that concerns stands still."""
        attempt = self._attempt_in(number, "started")
        if attempt is None:
            return
        events = recipient.refuse(
            self.person(number), attempt.attempt_id, status=400, code=code, body="{}", concerns=concerns, counts=counts
        )
        self.record_all(stream_of(number), events)
        if concerns == "campaign" and self.campaigns[attempt.campaign_id].phase == "running":
            self.change(attempt.campaign_id, "pause")
        elif concerns == "account":
            self.pause_account()
        elif concerns == "destination":
            self.hold(number)

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

    def match(self, number: str, attempt: Attempt, call_id: str, how: recipient.Resolution) -> None:
        """Tie an attempt and a call together, in one commit, as long as no better evidence speaks against it."""
        history = self.calls.get(call_id, call.INITIAL)
        best = history.state.claim
        is_anothers = best is not None and best.attempt_id != attempt.attempt_id
        if best is not None and is_anothers and best.strength > call.STRENGTH[how]:
            return
        try:
            events = recipient.resolve(self.person(number), attempt.attempt_id, how, "kim", call_id=call_id)
        except Conflict:
            if how != "metadata" or attempt.phase != "accepted":
                return
            events = []
        self.record_all(stream_of(number), events)
        if best is not None and is_anothers and best.strength < call.STRENGTH[how]:
            loser = self.people[best.recipient]
            self.record_all(best.recipient, recipient.lose_call(loser, best.attempt_id, call_id, "it is another's"))
        self._claim(attempt, stream_of(number), call_id, how)

    def settle(self, number: str, redial: bool) -> None:
        """A person's word that there is no call, or none that goes on."""
        attempt = next((a for a in reversed(self.person(number).attempts) if self._may_be_settled(a)), None)
        if attempt is not None:
            is_lost = attempt.phase == "accepted"
            events = recipient.resolve(
                self.person(number), attempt.attempt_id, "person", "kim", redial=redial, call_is_lost=is_lost
            )
            self.record_all(stream_of(number), events)

    def hear(self, number: str, name: str, seconds: float | None) -> None:
        """A webhook about the person's last attempt's call, whether we know by then that it is theirs or not."""
        attempts = self.person(number).attempts
        if attempts:
            self.tell(attempts[-1].call_id or call_id_of(attempts[-1].attempt_id), report(name, seconds))

    def tell(self, call_id: str, said: call.ReportEvent) -> None:
        """A report of a call; the very same again is a redelivery. Who is asked for digits presses 1, unless it says what was pressed."""
        if isinstance(said, call.CallGathered) and said.digits is None:
            said = replace(said, digits="1")
        self.record_all(call_stream(call_id), call.receive(self.calls.get(call_id, call.INITIAL), said))

    def observe(self, call_id: str, attempt_id: str | None, gave_up: bool) -> None:
        """An answer to GET that shows no end."""
        digest = f"{attempt_id} {gave_up}"
        observed = call.CallObserved(digest=digest, body="{}", attempt_id=attempt_id, gave_up=gave_up)
        self.record_all(call_stream(call_id), call.observe(self.calls.get(call_id, call.INITIAL), observed))

    def serve(self, call_id: str, step: str) -> None:
        """The provider asked what the call shall do."""
        served = call.AnswerServed(occurred_at=self.now, step=step, request="{}", actions="[]", duration_ms=1.0)
        self.record(call_stream(call_id), served)

    def pause_account(self) -> None:
        self.record_all(account_stream(FINGERPRINT), account.pause(self.account, "provider", status=402))

    def resume_account(self) -> None:
        self.record_all(account_stream(FINGERPRINT), account.resume(self.account))

    def hold(self, prefix: str, fingerprint: str = FINGERPRINT) -> None:
        known = self.accounts.get(fingerprint, account.INITIAL)
        if prefix not in known.held_prefixes:
            self.record(account_stream(fingerprint), account.DestinationHeld(prefix=prefix, code="no_rate"))

    def free(self, prefix: str, fingerprint: str = FINGERPRINT) -> None:
        known = self.accounts.get(fingerprint, account.INITIAL)
        self.record_all(account_stream(fingerprint), account.release_destination(known, prefix))

    def set_right(self, ahead: timedelta, fingerprint: str = FINGERPRINT) -> None:
        """The clock was ahead by so much; it is right again, and somebody acknowledges what is on record."""
        self.now -= ahead
        self.record(account_stream(fingerprint), account.AccountResumed(acknowledged_position=self.ledger.position))

    def quarantine(self) -> None:
        """Something that nobody could read."""
        digest = f"d{self.ledger.position}"
        self.record(quarantine_stream(digest), DeliveryQuarantined(digest=digest, reason="not JSON", body=b"?"))

    def _attempt_in(self, number: str, phase: recipient.attempt.AttemptPhase) -> Attempt | None:
        return next((a for a in reversed(self.person(number).attempts) if a.phase == phase), None)

    def _may_be_settled(self, attempt: Attempt) -> bool:
        known = self.calls.get(attempt.call_id or "", call.INITIAL)
        return attempt.phase == "unresolved" or (attempt.phase == "accepted" and known.state.is_lost)

    def _claim(self, attempt: Attempt, stream: str, call_id: str, how: call.Evidence) -> None:
        claimed = call.CallClaimed(
            attempt_id=attempt.attempt_id, campaign_id=attempt.campaign_id, recipient=stream, how=how
        )
        self.record_all(call_stream(call_id), call.claim(self.calls.get(call_id, call.INITIAL), claimed))


def world(*numbers: str, campaign_id: str = CAMPAIGNS[0]) -> World:
    """A running campaign with these people."""
    made = World()
    made.create(campaign_id)
    made.change(campaign_id, "start")
    for number in numbers:
        made.enroll(number, campaign_id)
    return made
