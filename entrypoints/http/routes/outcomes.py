"""Outcomes over HTTP: one row for each recipient, for systems that ask what is new."""

import asyncio
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from application.queries.moments import check_place, moment_in_views
from application.queries.outcomes import OutcomesPage, outcomes_page
from domain.errors import InvalidInput
from entrypoints.http.access import READS, allow
from entrypoints.http.answers import answer_of
from entrypoints.http.openapi.operation import VIEW, DescribedRoute, Operation
from entrypoints.http.parameters import AT_LEAST, LIMIT, OF_CAMPAIGN, POSITIONS_MAX, Parameter
from entrypoints.http.parts import parts_of
from projections.outcome_index import Place

_PLACE = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,15}))?", re.ASCII)


class OutcomePlace(Parameter, frozen=True, kw_only=True):
    """A position of the ledger, or a place among those whom one event changed."""

    def schema(self) -> dict[str, Any]:
        """Either of both."""
        return {"type": "string", "pattern": f"^{_PLACE.pattern}$", "default": "0"}

    async def within(self, request: Request) -> Place:
        """The place in the request; of a position, the end. Raises `InvalidInput`, also for one that this ledger has not come to."""
        read = _PLACE.fullmatch(request.query_params.get(self.name) or "0")
        if read is None:
            raise InvalidInput(self.name, "is a position of the ledger such as 1042, or the `next` of the page before")
        position, place = read.groups()
        await asyncio.to_thread(check_place, parts_of(request), self.name, int(position))
        return int(position), POSITIONS_MAX if place is None else int(place)


AFTER = OutcomePlace(
    name="after", means="what changed after this position: the `next` of the page before, or its `position`"
)


async def listing(request: Request) -> Response:
    """GET /v1/outcomes."""
    actor, parts = allow(request, READS), parts_of(request)
    rows_max, campaign_id = LIMIT.read(request), OF_CAMPAIGN.read(request)
    place = await AFTER.within(request)
    await moment_in_views(parts, None, AT_LEAST.read(request))
    return await answer_of(request, outcomes_page, parts, actor, campaign_id, place, rows_max)


ROUTES = [
    DescribedRoute(
        listing,
        Operation(
            method="GET",
            path="/v1/outcomes",
            tag="recipients",
            summary="What calling each recipient has come to, by when it last changed",
            description=(
                "One row for each recipient whose call or status changed after a position. Go on with `next`; where that "
                "is null, ask again later with `position` as `after`: nobody is missed, and whoever changes again comes "
                "again. That time alone lets somebody wait, or not, moves no row. A page may have fewer rows than `limit` "
                "although there are more, so that what one event changed is on one page."
            ),
            parameters=(AFTER, LIMIT, OF_CAMPAIGN, AT_LEAST),
            answers={200: OutcomesPage},
            problems=(*VIEW, "not-found"),
        ),
    ),
]
