"""All that this process answers over HTTP, as one ASGI application."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.log_lines import LogLines
from application.installation import Installation
from application.metrics import Metrics
from application.queries.integrity import WatchedParts
from domain.errors import DialtrailError
from entrypoints.http import openapi
from entrypoints.http.access import READS, Access, allow
from entrypoints.http.answer import is_answer_path
from entrypoints.http.json import JsonResponse
from entrypoints.http.limits import RequestLimits
from entrypoints.http.problems import on_dialtrail_error, on_http_exception, on_mistake
from entrypoints.http.requests import RequestLog
from entrypoints.http.routes import (
    account,
    approvals,
    attempts,
    calls,
    campaigns,
    comparison,
    deliveries,
    enrolment,
    events,
    history,
    integrity,
    judgement,
    plans,
    recipients,
    recordings,
    refusals,
    scripts,
    standing,
    stream,
    suppressions,
    views,
)
from entrypoints.http.routes.stream import OpenStreams
from entrypoints.http.webhooks import WEBHOOK_PATH
from entrypoints.settings import AccessToken

METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

ROUTES = [
    *calls.ROUTES,
    *events.ROUTES,
    *recordings.ROUTES,
    *comparison.ROUTES,
    *deliveries.ROUTES,
    *campaigns.ROUTES,
    *enrolment.ROUTES,
    *recipients.ROUTES,
    *suppressions.ROUTES,
    *refusals.ROUTES,
    *standing.ROUTES,
    *attempts.ROUTES,
    *account.ROUTES,
    *judgement.ROUTES,
    *plans.ROUTES,
    *approvals.ROUTES,
    *history.ROUTES,
    *scripts.ROUTES,
    *views.ROUTES,
    *stream.ROUTES,
    *openapi.ROUTES,
]
Troubles = Callable[[], Mapping[str, str | None]]


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
    """Webhooks and answers by the shortest way, everything else through the guard and the router."""

    def __init__(
        self,
        parts: Installation,
        receiver: ASGIApp,
        answers: ASGIApp,
        tokens: Sequence[AccessToken],
        owner_token: Callable[[], str | None],
        watched: WatchedParts,
        limits: RequestLimits,
        *,
        metrics: Metrics,
        lines: LogLines,
        monotonic: Callable[[], float],
        new_request_id: Callable[[], str],
        pages_over: Callable[[Installation, Access, WatchedParts], Face],
    ) -> None:
        own = [*integrity.integrity_routes(watched), *_health_routes(watched.troubles), _metrics_route(metrics)]
        routes = [*ROUTES, *own]
        self.streams = OpenStreams()
        parts.ledger.add_listener(self.streams.committed)
        router = _router(routes)
        router.state.parts = parts
        router.state.needs_token = bool(tokens)
        router.state.streams = self.streams
        self._receiver = receiver
        self._answers = answers
        self._guarded = Access(
            router, tokens, owner_token, limits, sign=parts.ledger.sign, clock=parts.clock, new_id=parts.new_id
        )
        self._pages = pages_over(parts, self._guarded, watched)
        self._logged = RequestLog(
            self._face,
            [*routes, *self._pages.routes],
            metrics=metrics,
            lines=lines,
            monotonic=monotonic,
            new_id=new_request_id,
            recipient_stream=parts.ledger.recipient_stream,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route by the raw path, so that an id may hold a percent-encoded slash."""
        if scope["type"] != "http":
            raise RuntimeError(f"{scope['type']} is not served here")
        if scope["path"] == WEBHOOK_PATH:
            await self._receiver(scope, receive, send)
            return
        if is_answer_path(scope["path"]):
            await self._answers(scope, receive, send)
            return
        raw_path = scope.get("raw_path")
        if raw_path:
            scope = {**scope, "path": raw_path.partition(b"?")[0].decode("latin-1")}
        await self._logged(scope, receive, send)

    async def _face(self, scope: Scope, receive: Receive, send: Send) -> None:
        """People to the pages, programs to the API."""
        await (self._pages if self._pages.take(scope) else self._guarded)(scope, receive, send)


def _router(routes: Sequence[Route]) -> Starlette:
    router = Starlette(
        routes=routes,
        exception_handlers={
            DialtrailError: on_dialtrail_error,
            HTTPException: on_http_exception,
            Exception: on_mistake,
        },
    )
    router.router.redirect_slashes = False
    return router


def _health_routes(troubles: Troubles) -> list[Route]:
    async def live(_: Request) -> Response:
        return JsonResponse({"status": "live"})

    async def ready(_: Request) -> Response:
        """Each part of this system, not the provider: a part is ready where it has no trouble."""
        found = troubles()
        is_ready = not any(found.values())
        shown = {name: "ready" if trouble is None else trouble for name, trouble in found.items()}
        return JsonResponse(
            {"status": "ready" if is_ready else "not ready", "parts": shown}, status_code=200 if is_ready else 503
        )

    return [Route("/health/live", live, methods=["GET"]), Route("/health/ready", ready, methods=["GET"])]


def _metrics_route(metrics: Metrics) -> Route:
    async def show(request: Request) -> Response:
        """What Prometheus reads."""
        allow(request, READS)
        return Response(metrics.text(), headers={"content-type": METRICS_CONTENT_TYPE})

    return Route("/metrics", show, methods=["GET"])
