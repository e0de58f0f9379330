"""MiniVoice's HTTP API: one request for each question, and never a second one for the same call."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
import orjson

from adapters.minivoice_answers import CallFound, CallMissing, LookupFailed, classify, read_call, read_usage
from adapters.minivoice_time import format_time
from domain.account import UsageObserved
from domain.dial_outcome import Abandoned, DialOutcome, Unresolved
from domain.errors import DialtrailError, SettingsError

__all__ = [
    "CallFound",
    "CallMissing",
    "LookupFailed",
    "MiniVoiceClient",
    "SendingForbidden",
    "call_request",
    "classify",
]

CONNECTIONS_MAX = 100
CONNECT_SECONDS_MAX = 5.0
POOL_SECONDS_MAX = 5.0
KEEPALIVE_SECONDS = 1.5  # a connection that idles for longer may be closed by the server just as we write
ANSWER_BYTES_MAX = 1024 * 1024
SENDING_BEGINS = "http11.send_request_headers.started"


class SendingForbidden(DialtrailError):
    """Raised by `before_send`: the request must not leave; the text says why, and becomes `Abandoned.why`."""


class MiniVoiceClient:
    """The API behind one key, over HTTP/1.1.

    `timeout_seconds` bounds the wait for a whole answer, counted from the moment of sending; making a connection and
    waiting for a free one have bounds of their own. Raises `SettingsError` for a key or address that cannot be used.
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
    ) -> None:
        self._base_url = _checked_address(base_url)
        self._timeout_seconds = timeout_seconds
        self._answer_bytes_max = answer_bytes_max
        self._http = httpx.AsyncClient(
            base_url=self._base_url,
            headers={
                "authorization": f"Bearer {_checked_key(api_key)}",
                "accept": "application/json",
                "accept-encoding": "identity",
                "user-agent": "dialtrail",
            },
            timeout=httpx.Timeout(
                timeout_seconds,
                connect=min(timeout_seconds, CONNECT_SECONDS_MAX),
                pool=min(timeout_seconds, POOL_SECONDS_MAX),
            ),
            follow_redirects=False,
            trust_env=False,
            transport=transport
            or httpx.AsyncHTTPTransport(
                http2=False,
                retries=0,
                trust_env=False,
                limits=httpx.Limits(
                    max_connections=connections_max,
                    max_keepalive_connections=connections_max,
                    keepalive_expiry=KEEPALIVE_SECONDS,
                ),
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

    async def place_call(self, body: str, before_send: Callable[[], Awaitable[None]]) -> DialOutcome:
        """POST /v1/calls with this exact body, once.

        `before_send` is awaited at most once: with a connection made, before the request's first byte. When it raises
        `SendingForbidden`, nothing is sent and the outcome is `Abandoned`; what else it raises passes through, and
        nothing is sent either. Whatever fails before that moment gives `Abandoned`, whatever fails after it
        `Unresolved`. Cancellation passes through: was `before_send` done by then, the request may have left.
        """
        exchange = _Exchange(self._timeout_seconds, self._answer_bytes_max, before_send)
        content = body.encode()
        try:
            await exchange.run(
                self._http,
                "POST",
                "/v1/calls",
                content=exchange.once_sending(content),
                headers={"content-type": "application/json", "content-length": str(len(content))},
            )
        except SendingForbidden as forbidden:
            return Abandoned(why=str(forbidden))
        except _NotSent as failed:
            return Abandoned(why=str(failed), unreachable=True)
        except _NoAnswer as failed:
            return Unresolved(why=str(failed), status=exchange.status, body=exchange.arrived())
        if 200 <= exchange.status_code < 300 and not exchange.is_utf8():
            why = f"HTTP {exchange.status} with an answer that is not UTF-8"
            return Unresolved(why=why, status=exchange.status, body=exchange.text())
        return classify(exchange.status_code, exchange.text())

    async def get_call(self, call_id: str) -> CallFound | CallMissing | LookupFailed:
        """GET /v1/calls/{call_id}."""
        answer = await self._get(f"/v1/calls/{_segment(call_id)}")
        return answer if isinstance(answer, LookupFailed) else read_call(call_id, *answer)

    async def get_usage(self, window_from: datetime, window_to: datetime) -> UsageObserved | LookupFailed:
        """GET /v1/usage: the settled totals of a window between two aware times."""
        answer = await self._get("/v1/usage", {"from": format_time(window_from), "to": format_time(window_to)})
        return answer if isinstance(answer, LookupFailed) else read_usage(window_from, window_to, *answer)

    async def _get(self, path: str, params: Mapping[str, str] | None = None) -> tuple[int, str] | LookupFailed:
        exchange = _Exchange(self._timeout_seconds, self._answer_bytes_max, _nothing)
        try:
            await exchange.run(self._http, "GET", path, params=params)
        except (_NotSent, _NoAnswer) as failed:
            return LookupFailed(why=str(failed), status=exchange.status, body=exchange.arrived())
        if not exchange.is_utf8():
            why = "the answer is not UTF-8"
            return LookupFailed(why=why, status=exchange.status, body=exchange.text())
        return exchange.status_code, exchange.text()


def call_request(caller_number: str, number: str, *, metadata: Mapping[str, str], record: bool) -> str:
    """The exact body of POST /v1/calls."""
    request: dict[str, Any] = {"from": caller_number, "to": number, "metadata": dict(metadata)}
    if record:
        request["record"] = True
    return orjson.dumps(request).decode()


class _NotSent(Exception):
    """No byte of the request left."""


class _NoAnswer(Exception):
    """The request left, or may have, and no whole answer came; the text repeats nothing of what came."""


class _Exchange:
    """One request and what has arrived of its answer."""

    def __init__(
        self, timeout_seconds: float, answer_bytes_max: int, before_send: Callable[[], Awaitable[None]]
    ) -> None:
        self._timeout_seconds = timeout_seconds
        self._answer_bytes_max = answer_bytes_max
        self._before_send = before_send
        self._asked = False
        self._sending = False
        self.status: int | None = None
        self._body = bytearray()

    async def run(self, http: httpx.AsyncClient, method: str, path: str, **options: Any) -> None:
        """Send it and read the whole answer. Raises `_NotSent`, `_NoAnswer`, or what `before_send` raised."""
        try:
            async with asyncio.timeout(None) as deadline:

                async def trace(moment: str, _: Mapping[str, Any]) -> None:
                    if moment == SENDING_BEGINS:
                        self._asked = True
                        await self._before_send()
                        self._sending = True
                        deadline.reschedule(asyncio.get_running_loop().time() + self._timeout_seconds)

                async with http.stream(method, path, extensions={"trace": trace}, **options) as response:
                    await self._read(response)
        except _NoAnswer:
            raise
        except Exception as error:
            if self._sending:
                raise _NoAnswer(self._why_no_answer(error)) from None
            if self._asked:
                raise
            raise _NotSent(f"connection never made: {type(error).__name__}: {error}".removesuffix(": ")) from None

    async def once_sending(self, content: bytes) -> AsyncIterator[bytes]:
        """The body, which does not leave unless `before_send` was asked: a transport without the hook sends no call."""
        if not self._sending:
            raise RuntimeError(f"the transport did not announce {SENDING_BEGINS}; no call can be placed with it")
        yield content

    @property
    def status_code(self) -> int:
        """The status of an answer that came whole."""
        return self.status or 0

    def arrived(self) -> str | None:
        """What came of the body; None if there was not even a status."""
        return None if self.status is None else self.text()

    def text(self) -> str:
        """The body; bytes that are not UTF-8 are replaced."""
        return self._body.decode(errors="replace")

    def is_utf8(self) -> bool:
        """Whether nothing has to be replaced."""
        try:
            self._body.decode()
        except UnicodeDecodeError:
            return False
        return True

    async def _read(self, response: httpx.Response) -> None:
        self.status = response.status_code
        async for chunk in response.aiter_bytes():
            self._body += chunk
            if len(self._body) > self._answer_bytes_max:
                del self._body[self._answer_bytes_max :]
                raise _NoAnswer(f"sent, but the answer is longer than {self._answer_bytes_max} bytes")

    def _why_no_answer(self, error: Exception) -> str:
        if isinstance(error, TimeoutError | httpx.TimeoutException):
            return f"sent, but no whole answer within {self._timeout_seconds:g} s"
        return f"sent, but the connection broke or the answer was not HTTP ({type(error).__name__})"


async def _nothing() -> None:
    pass


def _segment(call_id: str) -> str:
    """The id as one segment of a path; `.` and `..` would be steps."""
    segment = quote(call_id, safe="")
    return segment if segment.strip(".") else segment.replace(".", "%2E")


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
