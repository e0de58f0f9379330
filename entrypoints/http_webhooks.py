"""POST /webhooks/minivoice: a delivery is acknowledged once it is on disk, and never before."""

from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from adapters.ledger import Ledger, Transaction
from adapters.minivoice_webhook import (
    SIGNATURE_HEADERS,
    ReceivedReport,
    UnreadableDelivery,
    is_fresh,
    quarantined,
    read_delivery,
    verify_signature,
)
from domain import call, quarantine
from domain.errors import LedgerError
from domain.identity import call_stream, quarantine_stream
from domain.quarantine import DeliveryQuarantined
from entrypoints.http_problems import problem
from entrypoints.settings import Settings

BODY_BYTES_MAX = 1024 * 1024
WEBHOOK_PATH = "/webhooks/minivoice"
METADATA: Mapping[str, str] = {"actor": "webhook"}

log = structlog.get_logger("dialtrail.webhooks")
_HEADERS = frozenset(name.encode() for name in SIGNATURE_HEADERS)
_NO_CONTENT = {"type": "http.response.start", "status": 204, "headers": []}
_NO_BODY = {"type": "http.response.body", "body": b""}


class WebhookReceiver:
    """The endpoint, straight on ASGI: it is the one route whose every microsecond counts."""

    def __init__(self, ledger: Ledger, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._secrets = [
            secret.get_secret_value()
            for secret in (settings.webhook_secret, settings.webhook_secret_previous)
            if secret is not None
        ]
        self._tolerance_seconds = settings.webhook_tolerance_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one delivery."""
        if scope["method"] != "POST":
            answer = problem(405, "no-such-method", "Method Not Allowed", "deliveries come by POST")
            answer.headers["allow"] = "POST"
            await answer(scope, receive, send)
            return
        try:
            body = await _read_body(scope, receive)
        except ClientDisconnect:
            return
        if body is None:
            size = f"a delivery may have at most {BODY_BYTES_MAX} bytes"
            await problem(413, "too-large", "The delivery is too large", size)(scope, receive, send)
            return
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"] if name in _HEADERS
        }
        refusal = self._refusal(headers, body)
        if refusal is not None:
            log.warning("delivery refused", reason=refusal, bytes=len(body))
            await problem(401, "signature", "The signature does not hold", refusal)(scope, receive, send)
            return
        try:
            decide = _record(read_delivery(body, headers))
        except UnreadableDelivery as error:
            log.warning("delivery unreadable", reason=str(error), bytes=len(body))
            if not self._secrets:
                await problem(400, "unreadable", "The delivery cannot be read", str(error))(scope, receive, send)
                return
            decide = _put_away(quarantined(body, headers, str(error)))
        try:
            await self._ledger.execute(decide, lane="webhooks", metadata=METADATA)
        except LedgerError as error:
            log.warning("delivery not stored", reason=str(error))
            await problem(503, "ledger-unavailable", "Not stored; try again", str(error))(scope, receive, send)
            return
        await send(_NO_CONTENT)
        await send(_NO_BODY)

    def _refusal(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """Why this delivery is not believed to be the provider's, or None."""
        if not self._secrets:
            return None
        timestamp = headers.get("x-minivoice-timestamp")
        if not verify_signature(self._secrets, timestamp, headers.get("x-minivoice-signature"), body):
            return "X-MiniVoice-Signature is missing or was not made with MINIVOICE_WEBHOOK_SECRET"
        if self._tolerance_seconds and not is_fresh(timestamp, self._clock(), self._tolerance_seconds):
            return "X-MiniVoice-Timestamp is outside MINIVOICE_WEBHOOK_TOLERANCE_SECONDS"
        return None


def _record(received: ReceivedReport) -> Callable[[Transaction], None]:
    def decide(tx: Transaction) -> None:
        tx.append(call_stream(received.call_id), call.receive(tx.call(received.call_id), received.report))

    return decide


def _put_away(delivery: DeliveryQuarantined) -> Callable[[Transaction], None]:
    def decide(tx: Transaction) -> None:
        tx.append(quarantine_stream(delivery.digest), quarantine.quarantine(tx.quarantined(delivery.digest), delivery))

    return decide


async def _read_body(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body, or None as soon as it is known to be too large. Raises `ClientDisconnect` where it breaks off."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > BODY_BYTES_MAX:
            return None
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > BODY_BYTES_MAX:
            return None
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)
