"""All that this process answers over HTTP, as one ASGI application."""

from collections.abc import Callable, Sequence
from typing import Protocol

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.ended_sessions import SignedOut
from adapters.ledger import Ledger
from adapters.log_lines import LogLines
from application.alerts.watch import AlertWatch
from application.installation import Installation
from application.metrics import Metrics
from application.queries.integrity import WatchedParts
from entrypoints.http import description
from entrypoints.http.access import Access
from entrypoints.http.answer import is_answer_path
from entrypoints.http.answers_of_calls import KEPT_BYTES_MAX, AnswersOfCalls
from entrypoints.http.api import ApiRoutes
from entrypoints.http.asker import Askers
from entrypoints.http.limits import RequestLimits
from entrypoints.http.open_streams import OpenStreams
from entrypoints.http.readers import AnswerReaders
from entrypoints.http.requests import RequestLog
from entrypoints.http.webhooks import WEBHOOK_PATH, WebhookReceiver
from entrypoints.public_path import PublicPath
from entrypoints.settings import Settings

WITHOUT_LEDGER = ("/health", "/metrics", "/openapi.json", "/static")


class Face(Protocol):
    """What answers people beside the API that programs use."""

    @property
    def routes(self) -> Sequence[Route]:
        """The paths that it knows."""

    def take(self, scope: Scope) -> bool:
        """Whether this request is for it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer it."""


class App:
    """Webhooks and answers by the shortest way, everything else through the guard."""

    def __init__(
        self,
        parts: Installation,
        receiver: WebhookReceiver,
        answers: ASGIApp,
        settings: Settings,
        owner_token: Callable[[], str | None],
        watched: WatchedParts,
        alerts: AlertWatch,
        limits: RequestLimits,
        ended: SignedOut,
        *,
        metrics: Metrics,
        lines: LogLines,
        monotonic: Callable[[], float],
        new_request_id: Callable[[], str],
        pages_over: Callable[[Installation, Access, WatchedParts], Face],
    ) -> None:
        self.streams = OpenStreams()
        self._public_path = PublicPath.within(settings.public_url)
        parts.ledger.add_listener(self.streams.committed)
        api = _api(parts, settings, watched, metrics, self.streams)
        api.state.alerts = alerts
        self._look_at_end = parts.ledger.look_at_end
        self.receiver = receiver
        self._answers = answers
        self._guarded = _guarded(api, parts, settings, owner_token, limits, ended, self.streams)
        api.state.token_uses = self._guarded.uses
        self._pages = pages_over(parts, self._guarded, watched)
        self._logged = RequestLog(
            self._face,
            [*description.ROUTES, *self._pages.routes],
            metrics=metrics,
            lines=lines,
            monotonic=monotonic,
            new_id=new_request_id,
            recipient_stream=parts.ledger.recipient_stream,
        )

    @property
    def webhook_urls(self) -> frozenset[bytes]:
        """What stands in the first line of a plain delivery."""
        return frozenset({WEBHOOK_PATH.encode(), self._public_path.before(WEBHOOK_PATH).encode()})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route by the raw path, so that an id may hold a percent-encoded slash."""
        if scope["type"] != "http":
            raise RuntimeError(f"{scope['type']} is not served here")
        scope = self._public_path.taken_off(scope)
        if scope["path"] == WEBHOOK_PATH:
            await self.receiver(scope, receive, send)
            return
        if is_answer_path(scope["path"]):
            await self._answers(scope, receive, send)
            return
        raw_path = scope.get("raw_path")
        if raw_path:
            scope = {**scope, "path": raw_path.partition(b"?")[0].decode("latin-1")}
        await self._logged(scope, receive, send)

    async def _face(self, scope: Scope, receive: Receive, send: Send) -> None:
        """People to the pages, programs to the API. What any server has acknowledged by now, this one knows."""
        if not scope["path"].startswith(WITHOUT_LEDGER):
            await self._look_at_end()
        await (self._pages if self._pages.take(scope) else self._guarded)(scope, receive, send)


def _api(
    parts: Installation, settings: Settings, watched: WatchedParts, metrics: Metrics, streams: OpenStreams
) -> ApiRoutes:
    """The API's routes, with what they answer from."""
    api = ApiRoutes(description.ROUTES)
    api.state.parts = parts
    api.state.kept = _answers_of_calls(parts.ledger)
    api.state.readers = AnswerReaders()
    api.state.needs_token = bool(settings.tokens)
    api.state.public_path = PublicPath.within(settings.public_url)
    api.state.streams = streams
    api.state.watched = watched
    api.state.metrics = metrics
    return api


def _answers_of_calls(ledger: Ledger) -> AnswersOfCalls:
    kept = AnswersOfCalls(0 if ledger.has_other_writers else KEPT_BYTES_MAX, ledger.position)
    ledger.add_listener(kept.committed)
    return kept


def _guarded(
    api: ApiRoutes,
    parts: Installation,
    settings: Settings,
    owner_token: Callable[[], str | None],
    limits: RequestLimits,
    ended: SignedOut,
    streams: OpenStreams,
) -> Access:
    """The API, behind the check of who asks."""
    return Access(
        api,
        settings.tokens,
        owner_token,
        limits,
        Askers(settings.trusted_proxies),
        sign=parts.ledger.sign,
        ended=ended,
        streams=streams,
        clock=parts.clock,
        new_id=parts.new_id,
    )
