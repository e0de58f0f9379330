"""All pages as one ASGI application, beside the API that they show."""

from urllib.parse import urlsplit

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from application.installation import Installation
from application.queries.integrity import WatchedParts
from domain.errors import DialtrailError
from entrypoints.http.access import Access
from entrypoints.http.problems import kind_of
from entrypoints.pages import (
    agents,
    callbacks,
    callers,
    calls,
    campaign_acts,
    campaigns,
    comparison,
    consents,
    declining,
    deliveries,
    divergence,
    erasing,
    holds,
    home,
    importing,
    integrity,
    people,
    plan,
    planning,
    quarantine,
    rebuild,
    recipients,
    recording,
    reference,
    resolving,
    search,
    signing_in,
    subscribers,
    suppressions,
    tokens,
    viewer_zone,
    what_if,
)
from entrypoints.pages.guard import RedirectsBelow, SecurityHeaders
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import STATIC, VERSIONS, page
from entrypoints.pages.uploads import Uploads
from entrypoints.public_path import PublicPath

STATIC_CACHE = "public, max-age=31536000, immutable"
API_PATHS = ("/v1/", "/health/", "/metrics", "/openapi.json")

log = structlog.get_logger("dialtrail.pages")


def _routes(watched: WatchedParts) -> list[Route]:
    return [
        *home.ROUTES,
        *campaigns.ROUTES,
        *campaign_acts.ROUTES,
        *plan.ROUTES,
        *agents.ROUTES,
        *callers.ROUTES,
        *callbacks.ROUTES,
        *recipients.ROUTES,
        *people.ROUTES,
        *consents.ROUTES,
        *declining.ROUTES,
        *erasing.ROUTES,
        *search.ROUTES,
        *calls.ROUTES,
        *comparison.ROUTES,
        *deliveries.ROUTES,
        *subscribers.ROUTES,
        *quarantine.ROUTES,
        *divergence.ROUTES,
        integrity.integrity_route(watched),
        *reference.ROUTES,
        *suppressions.ROUTES,
        *recording.ROUTES,
        *tokens.ROUTES,
        *planning.ROUTES,
        *what_if.ROUTES,
        *holds.ROUTES,
        *rebuild.ROUTES,
        *importing.ROUTES,
        *resolving.ROUTES,
        *signing_in.ROUTES,
        *viewer_zone.ROUTES,
        PageRoute("/static/{name}", static, takes=("v",), is_open=True),
    ]


class Pages:
    """The pages of an installation. `access` is the guard, the same as the API's."""

    def __init__(self, parts: Installation, access: Access, watched: WatchedParts, public_url: str | None) -> None:
        self.routes = _routes(watched)
        app = Starlette(
            routes=self.routes,
            exception_handlers={
                DialtrailError: _on_dialtrail_error,
                HTTPException: _on_http_exception,
                Exception: _on_mistake,
            },
        )
        app.router.redirect_slashes = False
        app.state.access = access
        app.state.parts = parts
        app.state.uploads = Uploads()
        public = urlsplit(public_url or "")
        app.state.is_https = public.scheme == "https"
        app.state.public_host = public.netloc or None
        app.state.public_path = PublicPath.within(public_url)
        self._app = SecurityHeaders(RedirectsBelow(app, app.state.public_path))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a page."""
        await self._app(scope, receive, send)

    def take(self, scope: Scope) -> bool:
        """Whether a request is for a page, or from somebody in a browser who looks for one."""
        # No page begins as these do: they are told apart before every page is tried.
        if scope["path"].startswith(API_PATHS):
            return False
        if any(route.matches(scope)[0] is not Match.NONE for route in self.routes):
            return True
        return "text/html" in Request(scope).headers.get("accept", "")


async def static(request: Request) -> Response:
    """The stylesheet and the script."""
    name = request.path_params["name"]
    if name not in VERSIONS:
        raise HTTPException(404)
    return FileResponse(STATIC / name, headers={"cache-control": STATIC_CACHE})


async def _on_dialtrail_error(request: Request, error: Exception) -> Response:
    status, title = kind_of(error) if isinstance(error, DialtrailError) else (500, "Something went wrong")
    answer = page(request, "error.html", status, title=title, detail=str(error), status=status)
    if status in {429, 503}:
        answer.headers["retry-after"] = str(getattr(error, "retry_after_seconds", 1))
    return answer


async def _on_http_exception(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    told = {
        404: ("There is no such page", "The address leads nowhere; the pages there are, are at the top."),
        405: ("Not this way", "This address does not take what was sent; go back to the page, and use its buttons."),
    }
    title, detail = told.get(status, ("It did not work", "Try again."))
    return page(request, "error.html", status, title=title, detail=detail, status=status)


async def _on_mistake(request: Request, error: Exception) -> Response:
    log.error("a page failed inside Dialtrail", method=request.method, error=repr(error), exc_info=error)
    detail = "It is not your mistake; the server's log has the details under this request's id."
    return page(request, "error.html", 500, title="Something went wrong inside Dialtrail", detail=detail, status=500)
