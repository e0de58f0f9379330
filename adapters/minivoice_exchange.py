"""One request to MiniVoice and what has arrived of its answer: whether it left is known exactly, from the transport's own hook.

Requests are put together here, for httpx's client would do so with each anew: address, headers and time-outs are the same.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import httpx

from adapters.minivoice_json import kept_text
from adapters.retry_after import retry_after_seconds

SENDING_BEGINS = "http11.send_request_headers.started"
SENDING_ENDS = frozenset({"http11.send_request_body.complete", "http11.send_request_body.failed"})


Trace = Callable[[str, Mapping[str, Any]], Awaitable[None]]


class NotSent(Exception):
    """No byte of the request left."""


class NoAnswer(Exception):
    """The request left, or may have, and no whole answer came; the text repeats nothing of what came."""


class Requests:
    """Requests to one address, all with the same headers (`headers`, and `Host`) and the same time-outs, in seconds."""

    def __init__(self, base_url: str, headers: Mapping[str, str], timeouts: Mapping[str, float]) -> None:
        self._base = httpx.URL(base_url)
        self._prefix = self._base.raw_path.rstrip(b"/")
        own = {"host": self._base.netloc.decode(), **headers}
        self._headers = [(name.encode(), value.encode()) for name, value in own.items()]
        self._timeouts = timeouts
        self._urls: dict[str, httpx.URL] = {}

    def fixed(self, path: str) -> None:
        """This path is asked again and again."""
        self._urls[path] = self._at(path)

    def make(self, method: str, path: str, body: httpx.AsyncByteStream, length: int, trace: Trace) -> httpx.Request:
        """One; `path` is escaped, and may have a query. `length` is the body's, in bytes."""
        more: Sequence[tuple[bytes, bytes]] = ()
        if length:
            more = ((b"content-type", b"application/json"), (b"content-length", b"%d" % length))
        return httpx.Request(
            method,
            self._urls.get(path) or self._at(path),
            headers=[*self._headers, *more],
            stream=body,
            extensions={"timeout": self._timeouts, "trace": trace},
        )

    def _at(self, path: str) -> httpx.URL:
        return self._base.copy_with(raw_path=self._prefix + path.encode())


class HttpExchange:
    """One request and what has arrived of its answer. `after_send` is told once that it was written, or never will be."""

    def __init__(
        self,
        timeout_seconds: float,
        answer_bytes_max: int,
        before_send: Callable[[], Awaitable[None]],
        after_send: Callable[[], None],
    ) -> None:
        self._timeout_seconds = timeout_seconds
        self._answer_bytes_max = answer_bytes_max
        self._before_send = before_send
        self._after_send: Callable[[], None] | None = after_send
        self._asked = False
        self._sending = False
        self._since = 0.0
        self.is_whole = False
        self.status: int | None = None
        self.retry_after_seconds: float | None = None
        self._body = bytearray()

    async def run(
        self, http: httpx.AsyncClient, requests: Requests, method: str, path: str, content: bytes = b""
    ) -> None:
        """Send it and read the whole answer. Raises `NotSent`, `NoAnswer`, or what `before_send` raised."""
        loop = asyncio.get_running_loop()
        self._since = loop.time()
        try:
            async with asyncio.timeout(None) as deadline:

                async def trace(moment: str, _: Mapping[str, Any]) -> None:
                    if moment == SENDING_BEGINS:
                        self._asked = True
                        await self._before_send()
                        self._sending = True
                        self._since = loop.time()
                        deadline.reschedule(self._since + self._timeout_seconds)
                    elif moment in SENDING_ENDS:
                        self._tell_sent()

                body = _OnceSending(self, content)
                response = await http.send(requests.make(method, path, body, len(content), trace), stream=True)
                try:
                    await self._read(response)
                finally:
                    await response.aclose()
        except NoAnswer:
            raise
        except Exception as error:
            if self._sending:
                raise NoAnswer(self._why_no_answer(error)) from None
            if self._asked:
                raise
            raise NotSent(f"connection never made: {type(error).__name__}: {error}".removesuffix(": ")) from None
        finally:
            if self._sending:
                self._tell_sent()

    @property
    def is_sending(self) -> bool:
        """Whether `before_send` was asked, and let it go."""
        return self._sending

    def seconds(self) -> float:
        """Since it was sent, or, where it never was, since it was begun."""
        return asyncio.get_running_loop().time() - self._since

    @property
    def status_code(self) -> int:
        """The status of an answer that came whole."""
        return self.status or 0

    def arrived(self) -> str | None:
        """What came of the body; None if there was not even a status."""
        return None if self.status is None else self.text()

    @property
    def body(self) -> bytes:
        """What has arrived of the body."""
        return bytes(self._body)

    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 show their numbers."""
        return kept_text(self.body)

    def _tell_sent(self) -> None:
        tell, self._after_send = self._after_send, None
        if tell is not None:
            tell()

    async def _read(self, response: httpx.Response) -> None:
        self.status = response.status_code
        headers = response.headers
        self.retry_after_seconds = retry_after_seconds(headers.get("retry-after"), headers.get("date"))
        async for chunk in response.aiter_bytes():
            self._body += chunk
            if len(self._body) > self._answer_bytes_max:
                del self._body[self._answer_bytes_max :]
                raise NoAnswer(f"sent, but the answer is longer than {self._answer_bytes_max} bytes")
        self.is_whole = True

    def _why_no_answer(self, error: Exception) -> str:
        if isinstance(error, TimeoutError | httpx.TimeoutException):
            return f"sent, but no whole answer within {self._timeout_seconds:g} s"
        return f"sent, but the connection broke or the answer was not HTTP ({type(error).__name__})"


class _OnceSending(httpx.AsyncByteStream):
    """A body, which does not leave unless the hook was asked: a transport without it sends no request."""

    def __init__(self, exchange: HttpExchange, content: bytes) -> None:
        self._exchange = exchange
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if not self._exchange.is_sending:
            raise RuntimeError(f"the transport did not announce {SENDING_BEGINS}; no call can be placed with it")
        yield self._content
