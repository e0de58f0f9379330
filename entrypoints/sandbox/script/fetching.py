"""Asks answer_url, and the URLs of redirects, for documents: bounded in time, size and tries, each try a line in the log."""

import asyncio
from collections import Counter
from typing import NamedTuple

import httpx
import orjson

from entrypoints.sandbox.book import Book
from entrypoints.sandbox.calls import Call
from entrypoints.sandbox.clock import Clock
from entrypoints.sandbox.journal import Journal
from entrypoints.sandbox.script.documents import Action, DocumentError, read_document
from entrypoints.sandbox.settings import Live, SandboxSettings

DOCUMENT_BYTES_MAX = 65_536
TIMEOUT_SECONDS_MAX = 600
"""Of any single wait; `answer_timeout_seconds` bounds the whole."""
CONNECTIONS = httpx.Limits(max_connections=1_000, max_keepalive_connections=100)
HEADER_PREFIX = "X-MiniVoice-"


class UnreachableError(Exception):
    """No try brought a 2xx with a body of a size that is read."""


class _Reply(NamedTuple):
    """`status` None: there was no answer, and `error` says why."""

    status: int | None
    body: bytes
    error: str | None

    @property
    def fine(self) -> bool:
        return self.error is None and self.status is not None and 200 <= self.status < 300

    @property
    def passing(self) -> bool:
        """Another try may go better."""
        return self.status is None or self.status >= 500


class Fetcher:
    def __init__(self, live: Live, clock: Clock, journal: Journal) -> None:
        self._live = live
        self._clock = clock
        self._journal = journal
        self.by_status: Counter[str] = Counter()
        self.invalid = 0

    def start(self) -> None:
        self._client = httpx.AsyncClient(
            trust_env=False, timeout=TIMEOUT_SECONDS_MAX, follow_redirects=False, limits=CONNECTIONS
        )

    async def stop(self) -> None:
        await self._client.aclose()

    async def first(self, call: Call, book: Book) -> tuple[Action, ...]:
        """The document of answer_url; raises UnreachableError or DocumentError."""
        settings = self._live.settings
        return await self._document(call, book, (settings.answer_url, settings.answer_method), with_fields=True)

    async def redirect(self, call: Call, book: Book, fields: dict[str, object]) -> tuple[Action, ...]:
        """The document that a redirect leads to; raises UnreachableError or DocumentError."""
        settings = self._live.settings
        method = str(fields.get("method", settings.redirect_method))
        target = (str(fields["url"]), method)
        return await self._document(call, book, target, with_fields=settings.redirect_fields)

    async def _document(
        self, call: Call, book: Book, target: tuple[str, str], *, with_fields: bool
    ) -> tuple[Action, ...]:
        settings = self._live.settings
        url, method = target
        book.documents += 1
        nth = book.documents
        reply = _Reply(None, b"", "not asked")
        for turn in range(1, settings.answer_tries + 1):
            if turn > 1:
                await asyncio.sleep(settings.answer_retry_seconds)
            reply = await self._ask(call, book, (nth, turn), url, method, with_fields=with_fields)
            if not reply.passing:
                break
        if not reply.fine:
            raise UnreachableError(reply.error or f"answered {reply.status}")
        try:
            return read_document(reply.body)
        except DocumentError as error:
            self.invalid += 1
            about = {"call_id": call.id, "document": nth, "url": url}
            self._journal.write("answer_invalid", about | {"faults": error.faults, "body": _text(reply.body)})
            raise

    async def _ask(
        self, call: Call, book: Book, place: tuple[int, int], url: str, method: str, *, with_fields: bool
    ) -> _Reply:
        nth, turn = place
        begun_ns = self._clock.monotonic_ns()
        headers: dict[str, str] = {}
        sent = b""
        try:
            request = _request(self._client, self._live.settings, call, url, method, with_fields=with_fields)
            headers, sent = dict(request.headers), request.content
            url = str(request.url)
            reply = await self._reply(request)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            reply = _Reply(None, b"", f"{type(error).__name__}: {error}")
        seconds = (self._clock.monotonic_ns() - begun_ns) / 1e9
        self.by_status["none" if reply.status is None else str(reply.status)] += 1
        outcome = {"status": reply.status, "error": reply.error, "seconds": round(seconds, 6)}
        about: dict[str, object] = {"document": nth, "try": turn, "method": method, "url": url}
        book.fetches.append(about | outcome)
        shown = {"request_headers": headers, "request_body": _text(sent), "body": _text(reply.body)}
        self._journal.write("fetch", {"call_id": call.id} | about | outcome | shown)
        return reply

    async def _reply(self, request: httpx.Request) -> _Reply:
        body = b""
        status: int | None = None
        try:
            async with asyncio.timeout(self._live.settings.answer_timeout_seconds):
                response = await self._client.send(request, stream=True)
                try:
                    status = response.status_code
                    async for part in response.aiter_bytes():
                        body += part
                        if len(body) > DOCUMENT_BYTES_MAX:
                            return _Reply(status, b"", f"answer is longer than {DOCUMENT_BYTES_MAX} bytes")
                finally:
                    await response.aclose()
        except TimeoutError:
            return _Reply(None, b"", f"no answer in {self._live.settings.answer_timeout_seconds:g} s")
        return _Reply(status, body, None)


def _request(
    client: httpx.AsyncClient, settings: SandboxSettings, call: Call, url: str, method: str, *, with_fields: bool
) -> httpx.Request:
    fields = _fields(settings, call) if with_fields else {}
    place = settings.answer_fields_in
    if not fields:
        return client.build_request(method, url)
    if place == "headers":
        headers = {HEADER_PREFIX + name.replace("_", "-").title(): value for name, value in fields.items()}
        return client.build_request(method, url, headers=headers)
    if place == "query" or method == "GET":
        return client.build_request(method, httpx.URL(url).copy_merge_params(fields))
    if place == "form":
        return client.build_request(method, url, data=fields)
    content = {"call": fields} if place == "json_call" else fields
    return client.build_request(
        method, url, content=orjson.dumps(content), headers={"Content-Type": "application/json"}
    )


def _fields(settings: SandboxSettings, call: Call) -> dict[str, str]:
    values = {"call_id": call.id, "from": call.from_number, "to": call.to_number}
    in_call = settings.answer_fields_in == "json_call"
    names = {"call_id": "id" if in_call else settings.answer_id_name}
    return {names.get(name, name): values[name] for name in settings.answer_fields}


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")
