"""An installation with something to show for each route."""

from typing import Any

from adapters.ledger.transaction import Transaction
from application.commands.calls import record_insights
from domain import account
from domain.account import UsageObserved
from domain.call import InsightFetched, InsightTry
from domain.dial_outcome import Refused, Unresolved
from domain.identity import account_stream
from tests.entrypoints.serving import (
    FINGERPRINT,
    FROM,
    NOON,
    OTHER,
    TO,
    TOKENS,
    Serving,
    payload,
)

TWO_OPERATORS = f"{TOKENS},otto:operator:second-command-token"
THIRD = "+15551230004"


async def fill(stage: Serving) -> None:
    """Campaigns, recipients, and calls in all their states."""
    await stage.campaign(TO, OTHER, THIRD)
    await stage.campaign(TO, campaign_id="autumn", start=False)
    await _ask_for_changes(stage)
    await stage.dial(TO, "call_1")
    for event, seconds, data in (
        ("call.answered", 3, {}),
        ("call.gathered", 5, {"digits": "31"}),
        ("call.completed", 9, {}),
        ("call.sneezed", 10, {}),
    ):
        await stage.deliver(payload(event, seconds=seconds, data=data))
    await stage.deliver(payload("call.failed", seconds=None))
    tried = InsightTry(at=stage.clock.now, result="missing", status=404, code="ai_score_not_found")
    insights = (
        InsightFetched(kind="transcription", result="completed", body='{"data":{"full_text":"Hello."}}'),
        InsightFetched(kind="topics", result="completed", body='{"count":0,"data":[]}'),
        InsightFetched(kind="score", result="gave_up", body="{}", asked=(tried,)),
        InsightFetched(kind="summary", result="failed", why="HTTP 500"),
    )
    await stage.do(record_insights("call_1", insights))
    await stage.deliver(payload("call.answered", "id/with slash", to="+15551230077"))
    lost = Unresolved(why="no answer", status=None, body=None)
    await stage.settle(await stage.start(OTHER, "att_unresolved"), lost)
    await stage.deliver(payload("call.created", "call_3", 1, to=OTHER))
    refused = Refused(status=400, code="invalid_request", body="{}", concerns="recipient", counts=False)
    await stage.settle(await stage.start(THIRD, "att_refused"), refused)
    await stage.do(_tell_of_the_account)
    script = {"start": "hello", "steps": {"hello": {"actions": [{"say": "Hello."}], "end": True}}}
    worded = await stage.client.post("/v1/campaigns", json={"id": "worded", "from": FROM, "script": script})
    assert worded.status_code == 201, worded.text
    told = {"id": "crm", "url": "https://[2606:4700:4700::1111]/calls", "events": ["call.completed"]}
    assert (await stage.client.post("/v1/subscriptions", json=told)).status_code == 201


async def _ask_for_changes(stage: Serving) -> None:
    """A start and a revision that wait for a second person, and a start whose place was taken."""
    careful = {"id": "careful", "from": FROM, "policy": {"needs_approval": True}}
    assert (await stage.client.post("/v1/campaigns", json=careful)).status_code == 201
    revision = {"record": True, "reason": "asked to"}
    for verb, body in (("start", {}), ("start", {"canary": 1}), ("revise", revision)):
        assert (await stage.client.post(f"/v1/campaigns/careful/{verb}", json=body)).status_code == 202


def _tell_of_the_account(tx: Transaction) -> None:
    """A pause, a hold, a limit and the usage."""
    known = tx.account(FINGERPRINT)
    said: dict[str, Any] = {"code": "rate_not_found", "body": "{}"}
    usage = UsageObserved(
        window_from=NOON,
        window_to=NOON,
        calls=1,
        billsec_seconds=2,
        cost_amount="0.10",
        cost_currency="EUR",
        body="{}",
    )
    events = [
        *account.hold_number(known, "+4930123456", **said),
        *account.learn(known, "calls_per_second", 4.5),
        *account.observe_usage(known, usage),
        *account.pause(known, "provider", status=402, code="insufficient_balance", body="{}"),
    ]
    tx.append(account_stream(FINGERPRINT), events)
