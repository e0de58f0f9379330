"""What MiniVoice delivered, the latest first."""

from starlette.requests import Request
from starlette.responses import Response

from entrypoints.http.access import READS, allow
from entrypoints.http.parts import parts_of
from entrypoints.http.routes.deliveries import delivered_asked
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page
from projections.deliveries import RESULTS

PAGE_DELIVERIES = 50
FILTERS = ("event", "result", "call", "since", "until", "after")


async def listing(request: Request) -> Response:
    """GET /deliveries."""
    actor = allow(request, READS)
    asked = {name: request.query_params.get(name, "").strip() for name in FILTERS}
    wanted = {name: value for name, value in asked.items() if value}
    found = await delivered_asked(parts_of(request), actor, wanted, PAGE_DELIVERIES)
    return page(request, "deliveries.html", found=found, entries=found.items, asked=asked, results=RESULTS)


ROUTES = [PageRoute("/deliveries", listing, takes=FILTERS)]
