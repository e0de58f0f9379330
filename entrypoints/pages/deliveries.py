"""What MiniVoice delivered, the latest first."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from entrypoints.pages.campaigns import inside
from entrypoints.pages.rendering import page
from projections.deliveries import RESULTS

PAGE_DELIVERIES = 50
FILTERS = ("event", "result", "call", "since", "until", "after")


async def listing(request: Request) -> Response:
    """GET /deliveries."""
    asked = {name: request.query_params.get(name, "").strip() for name in FILTERS}
    found = await inside(request).get(request, "/v1/deliveries", **asked, limit=PAGE_DELIVERIES)
    return page(request, "deliveries.html", found=found, entries=found["items"], asked=asked, results=RESULTS)


HANDLERS: list[tuple[str, list[str], Any]] = [("/deliveries", ["GET"], listing)]
