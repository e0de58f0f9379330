"""Divergence: what MiniVoice said otherwise of our calls, day by day, each call leading to its journey."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from application.queries.divergence import DayDiverged, DivergenceShown, day_in, divergence_at
from application.queries.masking import seen_by
from application.queries.moments import moment_asked
from entrypoints.http.access import READS, allow
from entrypoints.http.parameters import AS_OF
from entrypoints.http.parts import parts_of
from entrypoints.http.routes.divergence import OF_DAY
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page


async def show(request: Request) -> Response:
    """GET /divergence."""
    actor, parts = allow(request, READS), parts_of(request)
    query = request.query_params
    day, as_of = day_in(query.get(OF_DAY.name) or None), query.get(AS_OF.name) or None
    await parts.account_known()
    found: DivergenceShown = await asyncio.to_thread(divergence_at, parts, await moment_asked(parts, as_of))
    items = seen_by(actor, found).items
    chosen = [one for one in items if day is None or one.day == day.isoformat()]
    return page(
        request,
        "divergence.html",
        found=found,
        days=items,
        one=_told(chosen),
        wanted=None if day is None else day.isoformat(),
        as_of=as_of,
    )


def _told(days: list[DayDiverged]) -> DayDiverged | None:
    """The one that is shown whole: the newest that is finished."""
    return next((one for one in days if one.is_finished), days[0] if days else None)


ROUTES = [PageRoute("/divergence", show, takes=(OF_DAY.name, AS_OF.name))]
