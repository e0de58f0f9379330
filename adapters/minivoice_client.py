"""MiniVoice's HTTP API: one request for each question, and never a second one for the same call."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

import httpx
import orjson

from adapters.minivoice_answers import (
    CallFound,
    CallMissing,
    LookupFailed,
    classify,
    error_code,
    read_call,
)
from adapters.minivoice_exchange import HttpExchange, NoAnswer, NotSent, Requests
from adapters.minivoice_insights import (
    INSIGHT_PATHS,
    InsightAnswer,
    RecordingAnswer,
    insight_failed,
    read_insight,
    read_recording,
)
from adapters.minivoice_time import format_time
from adapters.minivoice_usage import read_usage
from adapters.provider_answer import Operation, ProviderAnswer
from adapters.transport import OneAddressTransport
from domain.account import UsageObserved
from domain.call import InsightKind, RecordingAction
from domain.dial_outcome import Abandoned, Accepted, DialOutcome, Unresolved
from domain.errors import DialtrailError, SettingsError

__all__ = [
    "CallFound",
    "CallMissing",
    "InsightAnswer",
    "LookupFailed",
    "MiniVoiceClient",
    "RecordingAnswer",
    "SendingForbidden",
    "call_request",
    "classify",
]

CONNECTIONS_MAX = 100
CONNECT_SECONDS_MAX = 5.0
POOL_SECONDS_MAX = 5.0
KEEPALIVE_SECONDS = 1.5  # a connection that idles for longer may be closed by the server just as we write
ANSWER_BYTES_MAX = 1024 * 1024
CALLS_PATH = "/v1/calls"


class SendingForbidden(DialtrailError):
    """Raised by `before_send`: the request must not leave; the text says why, and becomes `Abandoned.why`."""


class MiniVoiceClient:
    """The API behind one key, over HTTP/1.1. It follows no redirect, and nothing of the environment (proxies) has a say.

    `timeout_seconds` bounds the wait for a whole answer, counted from the moment of sending; making a connection and
    waiting for a free one have bounds of their own. `observe` is told how each request fared; one that was forbidden is
    none. Raises `SettingsError` for a key or address that cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        timeout_seconds: float,
        *,
        connections_max: int = CONNECTIONS_MAX,
        answer_bytes_max: int = ANSWER_BYTES_MAX,
        transport: httpx.AsyncBaseTransport | None = None,
        observe: Callable[[ProviderAnswer], None] | None = None,
    ) -> None:
        self._base_url = _checked_address(base_url)
        self._timeout_seconds = timeout_seconds
        self._answer_bytes_max = answer_bytes_max
        self._observe = observe
        self._requests = _requests(self._base_url, _checked_key(api_key), timeout_seconds)
        self._http = httpx.AsyncClient(
            follow_redirects=False,
            trust_env=False,
            transport=transport
            or OneAddressTransport(
                httpx.URL(self._base_url), connections_max=connections_max, idle_seconds=KEEPALIVE_SECONDS
            ),
        )

    def __repr__(self) -> str:
        return f"MiniVoiceClient({self._base_url!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; the client cannot be used after."""
        await self._http.aclose()

    async def place_call(
        self, body: str, before_send: Callable[[], Awaitable[None]], after_send: Callable[[], None] = lambda: None
    ) -> DialOutcome:
        """POST /v1/calls with this exact body, once.

        `before_send` is awaited at most once: with a connection made, before the request's first byte. When it raises
        `SendingForbidden`, nothing is sent and the outcome is `Abandoned`; what else it raises passes through, and
        nothing is sent either. Whatever fails before that moment gives `Abandoned`, whatever fails after it
        `Unresolved`. Cancellation passes through: was `before_send` done by then, the request may have left.
        `after_send` is called once after each `before_send` that passed, as soon as no further byte of the request leaves.
        """
        exchange = HttpExchange(self._timeout_seconds, self._answer_bytes_max, before_send, after_send)
        outcome = await self._place(exchange, body.encode())
        if not isinstance(outcome, Abandoned) or outcome.unreachable:
            self._tell("place_call", outcome.call_id if isinstance(outcome, Accepted) else None, exchange)
        return outcome

    async def _place(self, exchange: HttpExchange, content: bytes) -> DialOutcome:
        try:
            await exchange.run(self._http, self._requests, "POST", CALLS_PATH, content)
        except SendingForbidden as forbidden:
            return Abandoned(why=str(forbidden))
        except NotSent as failed:
            return Abandoned(why=str(failed), unreachable=True)
        except NoAnswer as failed:
            return Unresolved(why=str(failed), status=exchange.status, body=exchange.arrived())
        return classify(exchange.status_code, exchange.body, exchange.retry_after_seconds)

    async def get_call(self, call_id: str) -> CallFound | CallMissing | LookupFailed:
        """GET /v1/calls/{call_id}."""
        answer = await self._get("get_call", call_id, f"/v1/calls/{_segment(call_id)}")
        return answer if isinstance(answer, LookupFailed) else read_call(call_id, answer.status_code, answer.body)

    async def get_usage(self, window_from: datetime, window_to: datetime) -> UsageObserved | LookupFailed:
        """GET /v1/usage: the settled totals of a window between two aware times."""
        window = urlencode({"from": format_time(window_from), "to": format_time(window_to)})
        answer = await self._get("get_usage", None, f"/v1/usage?{window}")
        if isinstance(answer, LookupFailed):
            return answer
        return read_usage(window_from, window_to, answer.status_code, answer.body)

    async def get_insight(self, call_id: str, kind: InsightKind) -> InsightAnswer:
        """GET /v1/calls/{call_id}/transcription, /ai-summary, /ai-score or /ai-topics."""
        path = f"/v1/calls/{_segment(call_id)}/{INSIGHT_PATHS[kind]}"
        answer = await self._get("get_insight", call_id, path)
        if isinstance(answer, LookupFailed):
            return insight_failed(kind, answer)
        return read_insight(kind, call_id, answer.status_code, answer.body)

    async def control_recording(self, call_id: str, action: RecordingAction) -> RecordingAnswer:
        """POST /v1/calls/{call_id}/recordings, once."""
        exchange = HttpExchange(self._timeout_seconds, self._answer_bytes_max, _nothing, lambda: None)
        try:
            path = f"/v1/calls/{_segment(call_id)}/recordings"
            await exchange.run(self._http, self._requests, "POST", path, orjson.dumps({"action": action}))
        except NotSent as failed:
            return RecordingAnswer(action=action, result="unsent", why=str(failed))
        except NoAnswer as failed:
            body = exchange.arrived()
            return RecordingAnswer(action=action, result="unclear", status=exchange.status, body=body, why=str(failed))
        finally:
            self._tell("control_recording", call_id, exchange)
        return read_recording(action, call_id, exchange.status_code, exchange.body)

    async def _get(self, operation: Operation, call_id: str | None, path: str) -> HttpExchange | LookupFailed:
        exchange = HttpExchange(self._timeout_seconds, self._answer_bytes_max, _nothing, lambda: None)
        try:
            await exchange.run(self._http, self._requests, "GET", path)
        except (NotSent, NoAnswer) as failed:
            self._tell(operation, call_id, exchange)
            return LookupFailed(why=str(failed), status=exchange.status, body=exchange.arrived())
        self._tell(operation, call_id, exchange)
        return exchange

    def _tell(self, operation: Operation, call_id: str | None, exchange: HttpExchange) -> None:
        if self._observe is None:
            return
        status = exchange.status if exchange.is_whole else None
        code = error_code(exchange.text()) if status is not None and status >= 400 else None
        with suppress(Exception):  # whoever counts must not turn an answer into something else
            self._observe(
                ProviderAnswer(
                    operation=operation, call_id=call_id, status=status, code=code, seconds=exchange.seconds()
                )
            )


def call_request(caller_number: str, number: str, *, metadata: Mapping[str, str], record: bool) -> str:
    """The exact body of POST /v1/calls."""
    request: dict[str, Any] = {"from": caller_number, "to": number, "metadata": dict(metadata)}
    if record:
        request["record"] = True
    return orjson.dumps(request).decode()


async def _nothing() -> None:
    pass


def _segment(call_id: str) -> str:
    """The id as one segment of a path; `.` and `..` would be steps."""
    segment = quote(call_id, safe="")
    return segment if segment.strip(".") else segment.replace(".", "%2E")


def _requests(base_url: str, api_key: str, timeout_seconds: float) -> Requests:
    headers = {
        "authorization": f"Bearer {api_key}",
        "accept": "application/json",
        "accept-encoding": "identity",
        "user-agent": "dialtrail",
    }
    timeouts = {
        "connect": min(timeout_seconds, CONNECT_SECONDS_MAX),
        "pool": min(timeout_seconds, POOL_SECONDS_MAX),
        "read": timeout_seconds,
        "write": timeout_seconds,
    }
    requests = Requests(base_url, headers, timeouts)
    requests.fixed(CALLS_PATH)
    return requests


def _checked_address(base_url: str) -> str:
    try:
        url = httpx.URL(base_url)
    except (httpx.InvalidURL, UnicodeError):
        url = httpx.URL("")
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.query or url.fragment:
        raise SettingsError("MINIVOICE_BASE_URL: must be an address such as https://api.minivoice.eu")
    return base_url


def _checked_key(api_key: str) -> str:
    if not api_key or not all("!" <= character <= "~" for character in api_key):
        raise SettingsError("MINIVOICE_API_KEY: must be the key as MiniVoice gave it, without spaces")
    return api_key
