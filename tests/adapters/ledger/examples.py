"""One event of each kind, as a campaign of two calls would leave them; `stored_events.jsonl` holds what is stored of them."""

from datetime import UTC, date, datetime

from msgspec import Raw

from domain import account, call, campaign, ledger_life, policy, quarantine, recipient, subscription
from domain.agents import Agent
from domain.events import Event
from domain.identity import (
    KEYS_STREAM,
    LEDGER_STREAM,
    account_stream,
    call_stream,
    campaign_stream,
    quarantine_stream,
    subscription_stream,
)
from tests.adapters.ledger.divergence_example import DIVERGENCE
from tests.adapters.ledger.examples_of_people import OF_PEOPLE, PERSON, RECORDED_AT
from tests.adapters.ledger.sealed_example import OF_A_SEALED_COPY

OCCURRED_AT = datetime(2026, 3, 2, 8, 59, 58, 250000, tzinfo=UTC)
METADATA = {"by": "operator:ada", "cause": "golden"}
NUMBER = "+15550100042"
CAMPAIGN = campaign_stream("spring_followup")
CALL = call_stream("call/1 é")
ACCOUNT = account_stream("0123456789abcdef")
SUBSCRIPTION = subscription_stream("crm")
WANTED = subscription.Wanted(
    url="https://crm.example.org/calls",
    events=("outcome.changed", "call.completed"),
    campaigns=("spring_followup",),
    role="auditor",
)

PLAN = campaign.Plan(
    caller_number="+15550100001",
    record=True,
    metadata={"team": "blue"},
    limits=campaign.Limits(calls_per_second=2.5, calls_at_once=7),
    policy=policy.Policy(
        hours={"monday": (policy.Window(540, 1230),)},
        excluded_dates=(date(2026, 12, 24),),
        starts_at=RECORDED_AT,
        attempts_max=3,
        retry={"not_reached": policy.Retry(after_seconds=3600)},
        caps=(policy.Cap(attempts_max=3, period_seconds=86_400),),
        budget=policy.Budget(cost_max="250.00", currency="EUR"),
    ),
    script={"first": "greet", "steps": {"greet": {"say": "Grüß Gott"}}},
)


def _report(kind: type[call.ReportEvent], source: call.Source, **more: object) -> Event:
    body = f'{{"event":"{kind.NAME}","call":{{"to":"{NUMBER}"}}}}'
    said: dict[str, object] = {
        "source": source,
        "key": kind.NAME,
        "digest": "d" * 64,
        "body": body,
        "occurred_at": OCCURRED_AT,
        "snapshot": call.CallSnapshot(
            status="queued", direction="outbound", from_number=PLAN.caller_number, to_number=NUMBER, attempt_id="a-1"
        ),
        "headers": {"x-minivoice-timestamp": "1772442000", "x-minivoice-signature": "v1=00"},
    }
    return kind(**{**said, **more})  # type: ignore[arg-type]


EXAMPLES: tuple[tuple[str, Event], ...] = (
    (CAMPAIGN, campaign.CampaignCreated(campaign_id="spring_followup", plan=PLAN)),
    (CAMPAIGN, campaign.CampaignRevised(plan=campaign.Plan(caller_number="+15550100001"), reason="slower")),
    (CAMPAIGN, campaign.CampaignStarted()),
    (CAMPAIGN, campaign.CampaignPaused(cause="provider", status=403, code="caller_not_allowed", body='{"error":{}}')),
    (CAMPAIGN, campaign.CampaignResumed(reason="number verified")),
    (CAMPAIGN, campaign.CampaignCanceled(reason=None)),
    (CAMPAIGN, campaign.CampaignCompleted()),
    (ACCOUNT, account.AccountPaused(cause="provider", status=402, code="insufficient_balance", body="{}")),
    (ACCOUNT, account.AccountResumed(reason="topped up")),
    (ACCOUNT, account.DestinationHeld(prefix="+882", code="rate_not_found", body='{"to":"+8825550100"}')),
    (ACCOUNT, account.DestinationReleased(prefix="+882", reason=None)),
    (ACCOUNT, account.LimitLearned(limit="calls_per_second", value=4.0, code="rate_limited")),
    (
        ACCOUNT,
        account.UsageObserved(
            window_from=datetime(2026, 3, 1, tzinfo=UTC),
            window_to=datetime(2026, 3, 2, tzinfo=UTC),
            calls=12,
            billsec_seconds=345,
            cost_amount="0.1250",
            cost_currency="USD",
            body='{"calls":12}',
        ),
    ),
    (
        PERSON,
        recipient.RecipientEnrolled(
            campaign_id="spring_followup",
            number=NUMBER,
            zone="Europe/Vienna",
            variables={"name": "Zoë"},
            import_id="i-1",
            line=2,
        ),
    ),
    (PERSON, recipient.RecipientWithdrawn(campaign_id="spring_followup", reason="moved")),
    (
        PERSON,
        recipient.RecipientSuppressed(
            number=NUMBER, source="operator", reason="asked", expires_at=datetime(2027, 1, 1, tzinfo=UTC)
        ),
    ),
    (PERSON, recipient.RecipientReleased(reason="asked again")),
    (
        PERSON,
        recipient.AttemptStarted(
            attempt_id="a-1",
            campaign_id="spring_followup",
            request=f'{{"to":"{NUMBER}"}}',
            epoch="e-1",
            verdict=Raw(b'{"allowed": true, "pace":1.50}'),
        ),
    ),
    (
        PERSON,
        recipient.AttemptAccepted(
            attempt_id="a-1", campaign_id="spring_followup", call_id="call/1 é", status=201, response='{"call":{}}'
        ),
    ),
    (
        PERSON,
        recipient.AttemptRefused(
            attempt_id="a-2",
            campaign_id="spring_followup",
            status=400,
            code="invalid_request",
            body='{"error":{}}',
            concerns="recipient",
            counts=False,
        ),
    ),
    (PERSON, recipient.AttemptAbandoned(attempt_id="a-3", campaign_id="spring_followup", why="connection refused")),
    (
        PERSON,
        recipient.AttemptUnresolved(
            attempt_id="a-4", campaign_id="spring_followup", why="server error", status=500, body='{"error":{}}'
        ),
    ),
    (
        PERSON,
        recipient.AttemptResolved(
            attempt_id="a-4", campaign_id="spring_followup", how="person", by="ada", call_id=None, redial=True
        ),
    ),
    (CALL, _report(call.CallCreated, "api")),
    (CALL, _report(call.CallAnswered, "webhook")),
    (CALL, _report(call.CallGathered, "webhook", digits="9021#", timed_out=False)),
    (CALL, _report(call.CallCompleted, "webhook", occurred_at=None, same_key=True)),
    (CALL, _report(call.CallFailed, "webhook")),
    (CALL, _report(call.CallCanceled, "webhook")),
    (CALL, _report(call.RecordingStarted, "webhook")),
    (CALL, _report(call.RecordingCompleted, "webhook")),
    (CALL, _report(call.RecordingFailed, "webhook")),
    (CALL, _report(call.CallReported, "webhook", name="call.whispered")),
    (
        CALL,
        call.CallClaimed(attempt_id="a-1", campaign_id="spring_followup", recipient=PERSON, how="response"),
    ),
    (CALL, call.CallRedelivered(key="call.answered", digest="d" * 64, headers={"user-agent": "MiniVoice/1"})),
    (CALL, call.CallObserved(digest="e" * 64, body='{"status":"ringing"}', status="ringing")),
    (
        CALL,
        call.AnswerServed(
            occurred_at=OCCURRED_AT, step="greet", request='{"CallId":"1"}', actions='{"actions":[]}', duration_ms=1.25
        ),
    ),
    (CALL, call.InsightFetched(kind="summary", result="ready", body='{"summary":"kind words"}')),
    (
        quarantine_stream("f" * 64),
        quarantine.DeliveryQuarantined(
            digest="f" * 64, reason="call.id: is empty", body=b"\xff\x00{", headers={"content-type": "text/plain"}
        ),
    ),
    (
        CAMPAIGN,
        campaign.CampaignChangeRequested(
            change_id="change-1",
            change="revise",
            requested_by="ada",
            expires_at=datetime(2026, 3, 9, 9, 0, tzinfo=UTC),
            plan=campaign.Plan(caller_number="+15550100001", policy=policy.Policy(needs_approval=True)),
            reason="slower",
        ),
    ),
    (CAMPAIGN, campaign.CampaignChangeApproved(change_id="change-1", approved_by="grace", reason="seen")),
    (CAMPAIGN, campaign.CampaignChangeDeclined(change_id="change-2", declined_by="grace")),
    (
        CALL,
        call.RecordingRequested(
            action="start", result="refused", status=409, code="call_uuid_missing", body='{"error":{}}'
        ),
    ),
    (
        quarantine_stream("f" * 64),
        quarantine.DeliveryReadAgain(digest="f" * 64, call_id="7113", report="call.completed"),
    ),
    (SUBSCRIPTION, subscription.SubscriptionCreated(subscription_id="crm", wanted=WANTED)),
    (SUBSCRIPTION, subscription.SubscriptionChanged(wanted=WANTED, has_new_secret=True)),
    (SUBSCRIPTION, subscription.SubscriptionPaused(cause="gone", reason="answered 410")),
    (SUBSCRIPTION, subscription.SubscriptionResumed()),
    (
        SUBSCRIPTION,
        subscription.SubscriptionDead(
            deliveries=3, first_position=11, last_position=19, status=503, why="answered 503"
        ),
    ),
    (
        CAMPAIGN,
        campaign.CallerNumberRemoved(number="+15550100001", cause="operator", reason="it is blocked"),
    ),
    (
        PERSON,
        recipient.RecipientCallbackSet(
            campaign_id="spring_followup",
            at=RECORDED_AT,
            give_up_at=RECORDED_AT,
            source="operator",
            local="2026-03-02T10:00",
            zone="Europe/Berlin",
            said="in call 7113",
        ),
    ),
    (
        PERSON,
        recipient.RecipientCallbackDropped(campaign_id="spring_followup", at=RECORDED_AT, why="outside_hours"),
    ),
    (CALL, call.CallCameIn(attempt_id="a-1", campaign_id="spring_followup", recipient=PERSON)),
    (
        PERSON,
        recipient.RecipientRangBack(call_id="call/1 é", campaign_id="spring_followup", attempt_id="a-1"),
    ),
    (
        PERSON,
        recipient.RecipientLookupFailed(
            campaign_id="spring_followup",
            host="crm.example.org",
            why="it answered HTTP 500, and not 200",
            until=RECORDED_AT,
            tries=2,
        ),
    ),
    (CAMPAIGN, campaign.AgentsTold(free=1, source="told", agents=(Agent(name="ada", state="free"),))),
    (
        LEDGER_STREAM,
        ledger_life.LedgerClosed(
            copy_id="c0ffee", copied_to="postgresql://db.example.org/dialtrail", last_position=1200
        ),
    ),
    (
        LEDGER_STREAM,
        ledger_life.LedgerRestored(
            why="events_missing",
            missing_position=1200,
            missing_event_id="event-1200",
            was={"inode": 7, "machine": "m"},
            now={"inode": 8, "machine": "m"},
        ),
    ),
    (ACCOUNT, DIVERGENCE),
    (
        KEYS_STREAM,
        ledger_life.KeysDestroyed(
            keys=("c29tZSBiYXRjaA==.0", "c29tZSBiYXRjaA==.7"),
            cause="erasure",
            kinds={"number": 1, "body": 1},
            streams=1,
            reason="asked for by mail",
        ),
    ),
    *OF_PEOPLE,
    (
        PERSON,
        recipient.RecipientErased(
            calls=2, spellings=("recipient:ffeeddccbbaa99887766554433221100",), reason="asked for by mail"
        ),
    ),
    (
        PERSON,
        recipient.RecipientErasureRequested(requested_by="ada", expires_at=RECORDED_AT, reason="asked for by mail"),
    ),
    (PERSON, recipient.LegalHoldSet(reason="case 7")),
    (PERSON, recipient.LegalHoldLifted(reason="closed")),
    OF_A_SEALED_COPY,
)
