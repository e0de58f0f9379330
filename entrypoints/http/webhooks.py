"""POST /webhooks/minivoice: a delivery is acknowledged once it is on disk, and never before."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from adapters.ledger import Ledger
from adapters.log_lines import LogLines
from adapters.minivoice_webhook import (
    BODY_BYTES_MAX,
    ENCODING_HEADER,
    EVENT_NAME_CHARS_MAX,
    SIGNATURE_HEADERS,
    ReceivedReport,
    UnreadableDelivery,
    quarantined,
    read_delivery,
    unpacked,
)
from adapters.packing import CannotUnpack, UnknownEncoding
from application.arrivals import Arrivals, RefusalKind
from application.commands.command import Command
from application.commands.quarantine import quarantine_delivery
from application.fields import CallId
from application.metrics import Metrics, WebhookResult
from domain.errors import LedgerError
from entrypoints import this_machine
from entrypoints.http.delivery import DeliveryStore, DeliveryTeller, IncomingDelivery
from entrypoints.http.direct import is_from_a_program
from entrypoints.http.openapi.operation import JSON, Operation
from entrypoints.http.openapi.schemas import WrittenBody
from entrypoints.http.parts import whole_body
from entrypoints.http.plain import READ_AT_ONCE_BYTES_MAX, read_plain
from entrypoints.http.problems import KINDS, problem
from entrypoints.http.signature import NOT_SIGNED, TOO_OLD, SignatureCheck
from entrypoints.settings import Settings

READERS_MAX = 2
WEBHOOK_PATH = "/webhooks/minivoice"
ReadT = TypeVar("ReadT")
ReportName = Annotated[
    str, Meta(min_length=1, max_length=EVENT_NAME_CHARS_MAX, pattern=r"^[^\u0000-\u001f\u007f-\u009f]+$")
]
A_CALL_ID = {
    "anyOf": [msgspec.json.schema(CallId), {"type": "integer", "description": "read as its digits, and noted as odd"}]
}
A_DELIVERY = WrittenBody(
    name="WebhookDelivery",
    schema={
        "type": "object",
        "description": "what MiniVoice sends; fields that are not known here are kept",
        "properties": {
            "event": msgspec.json.schema(ReportName),
            "call": {"type": "object", "properties": {"id": A_CALL_ID}, "required": ["id"]},
        },
        "required": ["event", "call"],
    },
)
WEBHOOK = Operation(
    method="POST",
    path=WEBHOOK_PATH,
    tag="process",
    summary="A delivery of MiniVoice",
    description=(
        "Answered 204 once it is on disk. Signed by MiniVoice in X-MiniVoice-Signature where a webhook secret is "
        f"set; then what cannot be read is kept, too. At most {BODY_BYTES_MAX} bytes."
    ),
    bodies={JSON: A_DELIVERY},
    answers={204: None},
    problems=("unreadable", "signature", "not-allowed", "too-large", "encoding", "ledger-unavailable"),
    is_guarded=False,
)

ONLY_FROM_HERE = (
    "without MINIVOICE_WEBHOOK_SECRET only deliveries of a program on this machine are taken, directly; "
    "set it to the secret that MiniVoice signs with"
)
_KINDS: Mapping[str, RefusalKind] = {NOT_SIGNED: "signature", TOO_OLD: "too_old"}
_HEADERS = frozenset(name.encode() for name in SIGNATURE_HEADERS)
_NO_CONTENT = {"type": "http.response.start", "status": 204, "headers": []}
_NO_BODY = {"type": "http.response.body", "body": b""}


class WebhookReceiver:
    """The endpoint, straight on ASGI: it is the one route whose every microsecond counts."""

    def __init__(
        self,
        ledger: Ledger,
        settings: Settings,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        metrics: Metrics,
        lines: LogLines,
        arrivals: Arrivals,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._monotonic = monotonic
        self._teller = DeliveryTeller(monotonic, metrics, lines, arrivals)
        self.store = DeliveryStore(ledger, self._teller)
        self._signature = SignatureCheck(webhook_secrets(settings), settings.webhook_tolerance_seconds, clock)
        # Threads of their own: whoever reads much at the same time keeps no delivery waiting.
        self._threads = ThreadPoolExecutor(READERS_MAX, thread_name_prefix="dialtrail-webhooks")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one delivery."""
        if scope["method"] != "POST":
            answer = problem(405, "no-such-method", "Method Not Allowed", "deliveries come by POST")
            answer.headers["allow"] = "POST"
            await answer(scope, receive, send)
            return
        delivery = self.begin()
        try:
            body = await _read_body(scope, receive)
        except ClientDisconnect:
            return
        try:
            refusal = await self._take(delivery, body, scope)
        except Exception as error:
            delivery.failed(error)
            self._teller.tell(delivery, 500)
            raise
        try:
            if refusal is None:
                await send(_NO_CONTENT)
                await send(_NO_BODY)
            else:
                await refusal(scope, receive, send)
        finally:
            self._teller.tell(delivery, 204 if refusal is None else refusal.status_code)

    def begin(self) -> IncomingDelivery:
        """A delivery that comes in now."""
        return IncomingDelivery(self._monotonic(), self._clock())

    def take_plain(self, delivery: IncomingDelivery, fields: Mapping[bytes, bytes], body: bytes) -> bool:
        """Have a plain one stored, and answered by its `answer`; False where it takes more words to answer it."""
        received = read_plain(self._signature, fields, body)
        if received is None:
            return False
        delivery.came(body)
        self.store.store(delivery, received)
        return True

    async def _take(self, delivery: IncomingDelivery, body: bytes | None, scope: Scope) -> Response | None:
        """Store it; None once it is on disk, else the problem to answer with."""
        if body is None:
            size = f"a delivery may have at most {BODY_BYTES_MAX} bytes"
            delivery.result, delivery.reason = "too_large", size
            return problem(413, "too-large", "The delivery is too large", size)
        delivery.came(body)
        if not self._signature.is_set and not is_from_a_program(scope):
            delivery.result, delivery.reason, delivery.kind = "refused", ONLY_FROM_HERE, "no_secret"
            return problem(403, "not-allowed", KINDS["not-allowed"].title, ONLY_FROM_HERE)
        headers = _headers(scope)
        refused = await self._refused(delivery, scope, headers, body)
        if refused is not None:
            return refused
        decide: Command[WebhookResult]
        try:
            received = await self._read(body, headers)
        except UnreadableDelivery as error:
            delivery.reason = str(error)
            if not self._signature.is_set:
                delivery.result = "unreadable"
                return problem(400, "unreadable", "The delivery cannot be read", str(error))
            decide = quarantine_delivery(quarantined(body, headers, str(error)))
        else:
            decide = delivery.command(received)
        try:
            done = await self._ledger.execute(decide, lane="webhooks", metadata=delivery.metadata)
        except LedgerError as error:
            return delivery.not_stored(error)
        delivery.result = done.result
        return None

    async def _refused(
        self, delivery: IncomingDelivery, scope: Scope, headers: Mapping[str, str], body: bytes
    ) -> Response | None:
        """The problem of a delivery that is not believed to be the provider's, or whose encoding is not known."""
        signed = [body]
        try:
            if ENCODING_HEADER in headers:
                signed.append(await self._beside(unpacked, body, headers))
        except UnknownEncoding as unknown:
            delivery.result, delivery.reason = "refused", str(unknown)
            return problem(415, "encoding", KINDS["encoding"].title, str(unknown))
        except CannotUnpack as broken:
            delivery.reason = f"its body {broken}"
        if not self._signature.is_set:
            return None
        refusal = self._signature.refusal(scope, headers, signed)
        if refusal is None:
            return None
        delivery.kind = _KINDS.get(refusal, "other")
        reason = refusal if delivery.reason is None else f"{refusal}; {delivery.reason}"
        delivery.result, delivery.reason = "refused", reason
        return problem(401, "signature", "The signature does not hold", reason)

    async def _read(self, body: bytes, headers: Mapping[str, str]) -> ReceivedReport:
        """What a delivery says; one that is or becomes long, and may be slow to read, beside the loop. Raises `UnreadableDelivery`."""
        if len(body) <= READ_AT_ONCE_BYTES_MAX and ENCODING_HEADER not in headers:
            return read_delivery(body, headers)
        return await self._beside(read_delivery, body, headers)

    async def _beside(
        self, read: Callable[[bytes, Mapping[str, str]], ReadT], body: bytes, headers: Mapping[str, str]
    ) -> ReadT:
        return await asyncio.get_running_loop().run_in_executor(self._threads, read, body, headers)


def webhook_secrets(settings: Settings) -> list[str]:
    """What deliveries are signed with: the present secret and, while it is set, the one before."""
    both = (settings.webhook_secret, settings.webhook_secret_previous)
    return [secret.get_secret_value() for secret in both if secret is not None]


def webhook_url(settings: Settings) -> str | None:
    """Where the provider delivers; a provider on this machine comes the short way. None where nothing says that."""
    if settings.public_url is not None:
        return settings.public_url + WEBHOOK_PATH
    if (
        this_machine.is_named_in(settings.minivoice_base_url)
        and settings.listens_to_this_machine_only
        and settings.port
    ):
        return f"http://{settings.host}:{settings.port}{WEBHOOK_PATH}"
    return None


def _headers(scope: Scope) -> Mapping[str, str]:
    """Those that count, of which a repeated one is a list."""
    headers: dict[str, str] = {}
    for raw_name, value in scope["headers"]:
        if raw_name in _HEADERS:
            name, said = raw_name.decode("latin-1"), value.decode("latin-1")
            headers[name] = f"{headers[name]}, {said}" if name in headers else said
    return headers


async def _read_body(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body, or None as soon as it is known to be too large. Raises `ClientDisconnect` where it breaks off."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > BODY_BYTES_MAX:
            return None
    return await whole_body(receive, BODY_BYTES_MAX)
