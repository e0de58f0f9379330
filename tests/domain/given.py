"""What tests of the domain start from: reports, folded streams, and one example of every event."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from msgspec import Raw
from msgspec.structs import replace

from domain import account, campaign, policy, quarantine, recipient
from domain import call as calls
from domain.call.ends import Ends
from domain.events import Event
from tests.domain.more_events import A_DIVERGENCE, ONE_OF_EACH_CONSENT, ONE_OF_EACH_OTHER

NUMBER = "+15551230001"
SPRING = "spring_followup"
AUTUMN = "autumn_followup"
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PLAN = campaign.Plan(caller_number="+15559870000")


def at(seconds: float) -> datetime:
    """So many seconds after nine."""
    return NINE + timedelta(seconds=seconds)


def report(
    name: str,
    seconds: float | None = 0,
    *,
    event_key: str | None = None,
    source: calls.Source = "webhook",
    note: str = "",
    snapshot: calls.CallSnapshot | None = None,
) -> calls.ReportEvent:
    """A report as the adapter would translate it: equal bodies are equal in everything, any difference is in the body."""
    said = calls.CallSnapshot() if snapshot is None else snapshot
    body = json.dumps([name, seconds, event_key, note, repr(said)])
    digest = hashlib.sha256(body.encode()).hexdigest()
    occurred_at = None if seconds is None else at(seconds)
    key = calls.report_key(source, name, event_key, None if seconds is None else str(seconds), digest)
    kind = calls.REPORTS.get(name)
    if kind is None or issubclass(kind, calls.CallReported):
        return calls.CallReported(
            source=source, key=key, digest=digest, body=body, occurred_at=occurred_at, snapshot=said, name=name
        )
    return kind(source=source, key=key, digest=digest, body=body, occurred_at=occurred_at, snapshot=said)


def claimed(attempt_id: str, how: calls.Evidence) -> calls.CallClaimed:
    """An attempt's claim on a call."""
    return calls.CallClaimed(attempt_id=attempt_id, campaign_id=SPRING, recipient="9f86d081", how=how)


def call_after(*events: calls.CallEvent) -> calls.CallHistory:
    """A call after these events."""
    history = calls.INITIAL
    for event in events:
        history = calls.evolve(history, event, learned(event))
    return history


def call_told(reports: Iterable[calls.ReportEvent]) -> calls.CallHistory:
    """A call after these deliveries, each decided on and folded."""
    history = calls.INITIAL
    for delivered in reports:
        for event in calls.receive(history, delivered):
            history = calls.evolve(history, event, learned(event))
    return history


def learned(event: calls.CallEvent) -> datetime:
    """When an event is recorded that comes at once: never before what it says."""
    said = event.occurred_at if isinstance(event, (calls.Report, calls.AnswerServed)) else None
    return NINE if said is None else max(NINE, said)


def whenever_ended(state: calls.CallState) -> calls.CallState:
    """A call's state without when we learned of its ends."""
    ends = Ends()
    for end in state.ends.told:
        ends = ends.joined(replace(end, learned_at=NINE))
    return replace(state, ends=ends)


def recipient_after(*events: recipient.RecipientEvent) -> recipient.RecipientState:
    """A person after these events, the first one at nine and each later one a second later."""
    state = recipient.INITIAL
    for seconds, event in enumerate(events):
        state = recipient.evolve(state, event, at(seconds))
    return state


def campaign_after(*events: campaign.CampaignEvent) -> campaign.CampaignState:
    """The campaign `SPRING`, created and after these events."""
    state = campaign.evolve(None, campaign.CampaignCreated(campaign_id=SPRING, plan=PLAN), NINE)
    for event in events:
        state = campaign.evolve(state, event, NINE)
    assert state is not None
    return state


def account_after(*events: account.AccountEvent) -> account.AccountState:
    """The account after these events."""
    state = account.INITIAL
    for event in events:
        state = account.evolve(state, event, NINE)
    return state


def enrolled(campaign_id: str = SPRING) -> recipient.RecipientEnrolled:
    """The person behind `NUMBER` in a campaign."""
    return recipient.RecipientEnrolled(campaign_id=campaign_id, number=NUMBER)


def started(attempt_id: str = "a1", campaign_id: str = SPRING, purpose: str | None = None) -> recipient.AttemptStarted:
    """An attempt that was started."""
    return recipient.AttemptStarted(
        attempt_id=attempt_id,
        campaign_id=campaign_id,
        request='{"to":"…"}',
        epoch="e1",
        verdict=Raw(b"{}"),
        purpose=purpose,
    )


def accepted(attempt_id: str = "a1", call_id: str = "c1", campaign_id: str = SPRING) -> recipient.AttemptAccepted:
    """The provider took it."""
    return recipient.AttemptAccepted(
        attempt_id=attempt_id, campaign_id=campaign_id, call_id=call_id, status=201, response="{}"
    )


def refused(
    attempt_id: str = "a1",
    *,
    concerns: recipient.Concerns = "recipient",
    counts: bool = False,
    code: str | None = "invalid_request",
) -> recipient.AttemptRefused:
    """The provider refused it."""
    return recipient.AttemptRefused(
        attempt_id=attempt_id,
        campaign_id=SPRING,
        status=400,
        code=code,
        body='{"error":{}}',
        concerns=concerns,
        counts=counts,
    )


def abandoned(attempt_id: str = "a1") -> recipient.AttemptAbandoned:
    """It was certainly not sent."""
    return recipient.AttemptAbandoned(attempt_id=attempt_id, campaign_id=SPRING, why="connection refused")


def unresolved(attempt_id: str = "a1") -> recipient.AttemptUnresolved:
    """Nobody knows what became of it."""
    return recipient.AttemptUnresolved(attempt_id=attempt_id, campaign_id=SPRING, why="read time-out")


def resolved(
    attempt_id: str = "a1",
    *,
    call_id: str | None = None,
    redial: bool = False,
    how: recipient.Resolution = "person",
) -> recipient.AttemptResolved:
    """It was settled, by a person where nothing else is said."""
    return recipient.AttemptResolved(
        attempt_id=attempt_id, campaign_id=SPRING, how=how, by="kim", call_id=call_id, redial=redial
    )


ONE_OF_EACH_CALL: tuple[calls.CallEvent, ...] = (
    report("call.created", event_key="k1", snapshot=calls.CallSnapshot(from_number="+15559870000", to_number=NUMBER)),
    report("call.answered", 3, snapshot=calls.CallSnapshot(attempt_id="a1")),
    calls.CallGathered(source="webhook", key="k", digest="d", body="{}", digits="1", timed_out=False),
    report("call.completed", 9, source="api"),
    report("call.failed", None),
    calls.CallCameIn(attempt_id="a1", campaign_id=SPRING, recipient="9f86d081"),
    report("call.canceled", 2),
    report("recording.started", 4),
    report("recording.completed", 12),
    report("recording.failed", 12),
    report("call.transferred", 5),
    claimed("a1", "response"),
    calls.CallRedelivered(key="call.created", digest="d", headers={"x-signature": "s"}),
    calls.CallObserved(digest="d", body="{}", status="in-progress"),
    calls.AnswerServed(occurred_at=at(3), step="greeting", request="{}", actions="[]", duration_ms=1.5),
    calls.InsightFetched(
        kind="summary",
        result="completed",
        body="{}",
        asked=(calls.InsightTry(at=at(20), result="missing", status=404, code="ai_summary_not_found"),),
        drift=("data.status: is not spelled as documented",),
    ),
    calls.RecordingRequested(action="start", result="refused", status=404, code="active_call_not_found", body="{}"),
)
ONE_OF_EACH_CAMPAIGN: tuple[campaign.CampaignEvent, ...] = (
    campaign.CampaignCreated(
        campaign_id=SPRING,
        plan=campaign.Plan(
            caller_number="+15559870000",
            record=True,
            metadata={"team": "red"},
            limits=campaign.Limits(calls_per_second=2.5, calls_at_once=3),
            policy=policy.Policy(attempts_max=3, hours={"monday": (policy.Window(540, 1200),)}),
            script={"start": "greeting"},
        ),
    ),
    campaign.CampaignRevised(plan=PLAN, reason="slower"),
    campaign.CampaignStarted(),
    campaign.CampaignPaused(cause="provider", status=403, code="caller_id_not_allowed", body="{}"),
    campaign.CampaignResumed(reason="fixed"),
    campaign.CampaignCanceled(reason="over"),
    campaign.CampaignCompleted(),
    campaign.CampaignChangeRequested(
        change_id="c1", change="revise", requested_by="kim", expires_at=at(60), plan=PLAN, reason="slower"
    ),
    campaign.CampaignChangeApproved(change_id="c1", approved_by="lee", reason="seen"),
    campaign.CampaignChangeDeclined(change_id="c2", declined_by="lee", reason="not now"),
    campaign.AgentsTold(free=1, source="told"),
    campaign.CallerNumberRemoved(
        number="+15559870000", cause="breaker", code="short_calls", evidence={"count": "6", "of_attempts": "10"}
    ),
)
ONE_OF_EACH_ACCOUNT: tuple[account.AccountEvent, ...] = (
    account.AccountPaused(cause="provider", status=402, code="insufficient_balance", body="{}"),
    account.AccountResumed(reason="paid"),
    account.DestinationHeld(prefix="+1555", code="rate_not_found", body="{}"),
    account.DestinationReleased(prefix="+1555", reason="rated"),
    account.LimitLearned(limit="calls_per_second", value=4.5, code="cps_limit_reached"),
    account.UsageObserved(
        window_from=NINE,
        window_to=at(3600),
        calls=2,
        billsec_seconds=61,
        cost_amount="0.0420",
        cost_currency="EUR",
        body="{}",
    ),
    A_DIVERGENCE,
)
ONE_OF_EACH_RECIPIENT: tuple[recipient.RecipientEvent, ...] = (
    recipient.RecipientEnrolled(
        campaign_id=SPRING,
        number=NUMBER,
        zone="Europe/Berlin",
        variables={"name": "Ada"},
        import_id="i1",
        line=2,
        reference="crm-1",
    ),
    recipient.RecipientWithdrawn(campaign_id=SPRING, reason="moved"),
    recipient.RecipientSuppressed(number=NUMBER, source="operator", reason="asked", expires_at=at(60)),
    recipient.RecipientReleased(reason="asked"),
    recipient.RecipientCallbackSet(
        campaign_id=SPRING,
        at=at(3_600),
        give_up_at=at(90_000),
        source="operator",
        local="2026-03-02T11:00",
        zone="Europe/Berlin",
    ),
    recipient.RecipientCallbackDropped(campaign_id=SPRING, at=at(3_600), why="outside_hours"),
    *ONE_OF_EACH_CONSENT,
    recipient.RecipientDeclined(campaign_id=SPRING, purpose=SPRING, source="keypress", said="in call c1"),
    recipient.RecipientDeclineLifted(campaign_id=SPRING, purpose=SPRING),
    recipient.RecipientRangBack(call_id="c2", campaign_id=SPRING, attempt_id="a1"),
    recipient.RecipientLookupFailed(
        campaign_id=SPRING, host="crm.example.org", why="it answered HTTP 500, and not 200", until=at(60), tries=1
    ),
    started(),
    accepted(),
    refused(),
    abandoned(),
    unresolved(),
    resolved(call_id="c1"),
)
ONE_OF_EACH_QUARANTINE = (
    quarantine.DeliveryQuarantined(digest="d", reason="not JSON", body=b"\x00\xff{", headers={"x-signature": "s"}),
    quarantine.DeliveryReadAgain(digest="d", call_id="7113", report="call.completed"),
)
ONE_OF_EACH: tuple[Event, ...] = (
    *ONE_OF_EACH_CALL,
    *ONE_OF_EACH_CAMPAIGN,
    *ONE_OF_EACH_ACCOUNT,
    *ONE_OF_EACH_RECIPIENT,
    *ONE_OF_EACH_QUARANTINE,
    *ONE_OF_EACH_OTHER,
)
