"""An installation with tokens, and what is in it."""

from hashlib import sha256

from application.commands.calls import record_insights
from domain.account import pause
from domain.call import InsightFetched
from domain.dial_outcome import Refused
from domain.identity import account_stream
from tests.entrypoints.serving import FINGERPRINT, FROM, OPERATOR, OTHER, SECRET, SPRING, TO, TOKENS, Serving, payload

UNREADABLE = b"unreadable, and said-by-the-provider"
QUARANTINED = sha256(UNREADABLE).hexdigest()
GUARDED = {"DIALTRAIL_TOKENS": TOKENS, "MINIVOICE_WEBHOOK_SECRET": SECRET}
PERSONAL = {
    "a number": TO[1:],
    "our number": FROM[1:],
    "another number": OTHER[1:],
    "a variable": "Ada Lovelace",
    "a reference": "crm-Lovelace-7",
    "digits": "31415926",
    "what was said in the call": "I need help with billing",
    "what the provider sent": "said-by-the-provider",
    "why the provider refused": "refused-by-the-provider",
    "why the account is paused": "paused-by-the-provider",
}


async def fill(stage: Serving) -> None:
    """A campaign with a call that gathered digits, a person who was refused, and an account that is paused."""
    stage.client.headers.update(OPERATOR)
    await stage.client.post("/v1/campaigns", json=SPRING)
    rows = [
        {"number": TO, "reference": PERSONAL["a reference"], "variables": {"name": PERSONAL["a variable"]}},
        {"number": OTHER},
    ]
    await stage.client.post("/v1/campaigns/spring_followup/recipients", json={"recipients": rows})
    await stage.client.post("/v1/campaigns/spring_followup/start")
    await stage.dial(TO, "call_1")
    body = f'{{"error":{{"code":"invalid_request","message":"{PERSONAL["why the provider refused"]} {OTHER}"}}}}'
    refused = Refused(status=400, code="invalid_request", body=body, concerns="recipient", counts=False)
    await stage.settle(await stage.start(OTHER, "att_2"), refused)
    for delivery in (
        payload("call.answered", seconds=3, note=PERSONAL["what the provider sent"]),
        payload("call.gathered", seconds=5, data={"digits": PERSONAL["digits"]}),
        UNREADABLE,
    ):
        assert (await stage.deliver(delivery)).status_code == 204
    heard = f'{{"data":{{"status":"completed","full_text":"{PERSONAL["what was said in the call"]}"}}}}'
    await stage.do(record_insights("call_1", [InsightFetched(kind="transcription", result="completed", body=heard)]))
    said = f'{{"error":{{"message":"{PERSONAL["why the account is paused"]} {TO}"}}}}'
    await stage.do(
        lambda tx: tx.append(
            account_stream(FINGERPRINT), pause(tx.account(FINGERPRINT), "provider", status=402, body=said)
        )
    )
    del stage.client.headers["authorization"]
