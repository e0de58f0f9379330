"""Each request but webhooks: its id, its time, and for those under `/v1` and pages one line that says who asked for what."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence

from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

from adapters.log_lines import LogLines
from application.metrics import Metrics
from domain.errors import InvalidInput
from domain.identity import parse_call_id
from domain.phone_number import is_number_like
from entrypoints.http.access import GUARDED_PREFIX
from entrypoints.http.person import stream_named
from entrypoints.segments import text_of

REQUEST_ID_HEADER = b"x-request-id"
NAME_CHARS_MAX = 100
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_OWNERS: Mapping[str, str] = {"campaigns": "campaign_id", "attempts": "attempt_id"}


class RequestLog:
    """Stands in front of an application. An id that the client gave is kept, if it can be one; else `new_id` makes it."""

    def __init__(
        self,
        app: ASGIApp,
        routes: Sequence[BaseRoute],
        *,
        metrics: Metrics,
        lines: LogLines,
        monotonic: Callable[[], float],
        new_id: Callable[[], str],
        recipient_stream: Callable[[str], str],
    ) -> None:
        self._app = app
        self._routes = routes
        self._metrics = metrics
        self._lines = lines
        self._monotonic = monotonic
        self._new_id = new_id
        self._recipient_stream = recipient_stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it be answered, and tell of it when its answer has ended, however it did."""
        began = self._monotonic()
        request_id = _given_id(scope) or self._new_id()
        scope.setdefault("state", {})["request_id"] = request_id
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = (REQUEST_ID_HEADER, request_id.encode())
                message = {**message, "headers": [*message.get("headers", ()), own]}
            await send(message)

        bound = bind_contextvars(request_id=request_id)
        try:
            await self._app(scope, receive, answer)
        finally:
            self._tell(scope, request_id, status, self._monotonic() - began)
            reset_contextvars(**bound)

    def _tell(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = scope.get("route")
        if route is None:  # it was answered before it came to a route
            route, scope = self._meant(scope)
        template = route.path if isinstance(route, Route) else None
        self._metrics.request(template, scope["method"], status, seconds)
        if not scope["path"].startswith(GUARDED_PREFIX) and not scope["state"].get("is_page"):
            return
        actor = scope["state"].get("actor")
        line = {
            "method": scope["method"],
            "route": template,
            "status": status,
            "ms": seconds * 1000,
            "actor": None if actor is None else actor.name,
            "role": None if actor is None else actor.role,
            "request_id": request_id,
        }
        if template is not None:
            line |= self._subjects(template, scope.get("path_params", {}))
        self._lines.add(logging.INFO, "request", line)

    def _meant(self, scope: Scope) -> tuple[BaseRoute | None, Scope]:
        for route in self._routes:
            match, found = route.matches(scope)
            if match is not Match.NONE:
                return route, {**scope, **found}
        return None, scope

    def _subjects(self, template: str, values: Mapping[str, str]) -> dict[str, str]:
        """Whose data it was about: calls by their id, people by their pseudonym; what cannot be one is left out."""
        subjects: dict[str, str] = {}
        kind = template.removeprefix(GUARDED_PREFIX).removeprefix("/").partition("/")[0]
        for name, raw in values.items():
            try:
                value = text_of(raw)
                if name == "number":
                    subjects["recipient"] = stream_named(value, self._recipient_stream)
                elif is_number_like(value):  # in the wrong place, and still somebody's number
                    continue
                elif name == "change_id":
                    subjects[name] = value[:NAME_CHARS_MAX]
                elif kind == "calls":
                    subjects["call_id" if name == "id" else f"{name}_call_id"] = parse_call_id(value, name)
                elif kind in _OWNERS and name == "id":
                    subjects[_OWNERS[kind]] = value[:NAME_CHARS_MAX]
            except (InvalidInput, UnicodeDecodeError):
                continue
        return subjects


def _given_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == REQUEST_ID_HEADER:
            given: bytes = value
            return given.decode() if _REQUEST_ID.fullmatch(given) else None
    return None
