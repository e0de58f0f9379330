"""Do webhooks reach this ledger? A delivery of our own, signed as MiniVoice signs, and one signed wrongly.

The delivery is always the same bytes: the end of a call `dialtrail-doctor` that no campaign has, and that never was. So
the first one is stored as one report, those after it as redeliveries, of which the ledger keeps a bounded number. That
it is an end keeps the call from looking as if it were dialled for ever; releases up to 0.1.0 delivered another.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import httpx

from adapters.minivoice_webhook import SIGNATURE_HEADER, TIMESTAMP_HEADER
from application.own_delivery import OWN_CALL_ID, OWN_DELIVERY
from domain.call import AnswerServed
from domain.call.decisions import REDELIVERIES_PER_KEY_MAX
from domain.errors import DialtrailError, NotFound
from entrypoints.doctor.finding import Finding, Level
from entrypoints.http.webhooks import WEBHOOK_PATH
from entrypoints.settings import Settings

WRONG_SECRET = "dialtrail doctor signs this wrongly, on purpose"  # noqa: S105 - nobody's secret
SECONDS_MAX = 15.0

Ask = Callable[[str], Awaitable[Mapping[str, Any]]]


async def webhook_findings(
    settings: Settings, server_url: str | None, http: httpx.AsyncClient, ask: Ask, now: datetime
) -> list[Finding]:
    """Deliver to `DIALTRAIL_PUBLIC_URL`, else to the server's own address. `ask` reads the ledger's API."""
    base = settings.public_url or server_url
    if server_url is None or base is None:
        todo = "start `dialtrail up`, then run again: dialtrail doctor"
        return [_found("note", "not checked: nothing is up that could receive a delivery", todo)]
    url = base + WEBHOOK_PATH
    secret = None if settings.webhook_secret is None else settings.webhook_secret.get_secret_value()
    try:
        found = [] if secret is None else await _wrongly_signed(http, url, now)
        before = await _times(ask)
        answer = await _deliver(http, url, secret, now)
        after = await _times(ask) if answer.status_code == 204 else before
    except httpx.HTTPError as error:
        todo = "check the name, the port and the proxy in front; MiniVoice cannot deliver either"
        return [_found("danger", f"{url} cannot be reached: {type(error).__name__}: {error}", todo)]
    except DialtrailError as error:
        return [_found("warning", f"a delivery was sent to {url}, but the ledger could not be asked: {error}")]
    found.append(_received(answer, url, arrived=after > min(before, REDELIVERIES_PER_KEY_MAX)))
    if settings.public_url is None:
        what = "the delivery went the short way: that proves this machine only, not that MiniVoice reaches it"
        found.append(_found("note", what, "set DIALTRAIL_PUBLIC_URL, and run again: dialtrail doctor"))
    return found


async def _wrongly_signed(http: httpx.AsyncClient, url: str, now: datetime) -> list[Finding]:
    answer = await _deliver(http, url, WRONG_SECRET, now)
    if answer.status_code == 204:
        what = f"{url} accepts a delivery that is signed wrongly: anybody can report calls"
        todo = "restart `dialtrail up` with this MINIVOICE_WEBHOOK_SECRET; if it has it, the address leads elsewhere"
        return [_found("danger", what, todo)]
    return [_found("ok", "a delivery that is signed wrongly is refused: 401")] if answer.status_code == 401 else []


def _received(answer: httpx.Response, url: str, *, arrived: bool) -> Finding:
    match answer.status_code:
        case 204 if arrived:
            what = f"a delivery to {url} is in the ledger, as one of the call {OWN_CALL_ID} outside every campaign"
            return _found("ok", what)
        case 204:
            what = f"{url} answers 204, but the delivery is not in this ledger"
            return _found("danger", what, "DIALTRAIL_PUBLIC_URL leads to another Dialtrail, or to nothing that stores")
        case 401:
            what = f"{url} answers 401 to a delivery signed with MINIVOICE_WEBHOOK_SECRET"
            todo = "start `dialtrail up` with the same secret as this command, and see that no proxy changes the body"
            return _found("danger", what, todo)
        case status if 300 <= status < 400:
            what = f"{url} answers {status}, to {answer.headers.get('location', 'nowhere')}: a webhook may not follow"
            return _found(
                "danger", what, "set DIALTRAIL_PUBLIC_URL, and webhook_url at MiniVoice, to the final address"
            )
        case 502 | 504:
            what = f"{url} answers {answer.status_code}: the proxy in front does not reach `dialtrail up`"
            return _found("danger", what, "point the proxy to DIALTRAIL_HOST and DIALTRAIL_PORT")
        case 503:
            todo = "look at the findings about the ledger, and at the disk"
            return _found("danger", f"{url} answers 503: the delivery could not be stored", todo)
        case status:
            what = f"{url} answers {status}, where Dialtrail answers 204"
            return _found("danger", what, f"let the proxy pass POST {WEBHOOK_PATH} on as it is, to `dialtrail up`")


async def _deliver(http: httpx.AsyncClient, url: str, secret: str | None, now: datetime) -> httpx.Response:
    headers = {"content-type": "application/json", "user-agent": "dialtrail-doctor"}
    if secret is not None:
        timestamp = str(int(now.timestamp()))
        signed = hmac.digest(secret.encode(), timestamp.encode() + b"." + OWN_DELIVERY, hashlib.sha256).hex()
        headers |= {TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: f"v1={signed}"}
    return await http.post(url, content=OWN_DELIVERY, headers=headers, timeout=SECONDS_MAX)


async def _times(ask: Ask) -> int:
    """How often our delivery is in the ledger."""
    try:
        found = await ask(f"/v1/calls/{OWN_CALL_ID}/timeline")
    except NotFound:
        return 0
    reports = (entry for entry in found["entries"] if entry.get("event") != AnswerServed.NAME)
    return sum(int(entry.get("deliveries") or 0) for entry in reports)


def _found(level: Level, what: str, what_to_do: str = "") -> Finding:
    return Finding("webhooks", level, what, what_to_do)
