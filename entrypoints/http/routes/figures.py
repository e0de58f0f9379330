"""Calls by the minute, the hour or the day over HTTP."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from application.moment import instant_in
from application.queries.figures import BYS, STEPS_MAX, FiguresShown, figures_of
from domain.errors import InvalidInput
from entrypoints.http.access import READS, allow
from entrypoints.http.answers import answer_of
from entrypoints.http.openapi.operation import VIEW, DescribedRoute, Operation
from entrypoints.http.parameters import AS_OF, AT_LEAST, OF_CAMPAIGN, OneOf, Parameter, views_moment
from entrypoints.http.parts import parts_of


class AnInstant(Parameter, frozen=True, kw_only=True):
    """An instant (RFC 3339)."""

    kind: Any = Annotated[datetime, Meta(tz=True, extra_json_schema={"minLength": 1})]

    def read(self, request: Request) -> datetime | None:
        """What the request says, or None. Raises `InvalidInput`."""
        text = request.query_params.get(self.name)
        try:
            return None if text is None else instant_in(text)
        except ValueError:
            raise InvalidInput(self.name, "is no instant such as 2026-05-29T12:00:00Z") from None


BY = OneOf(name="by", words=BYS, means="minutes, hours, as without it, or days (UTC)")
SINCE = AnInstant(
    name="since", means="calls that began from then on; without it the last 60 minutes, 24 hours or 30 days"
)
UNTIL = AnInstant(name="until", means="calls that began before; without it until now")


async def show(request: Request) -> Response:
    """GET /v1/figures."""
    allow(request, READS)
    by, since, until = BY.read(request) or "hour", SINCE.read(request), UNTIL.read(request)
    campaign_id, moment = OF_CAMPAIGN.read(request), await views_moment(request)
    return await answer_of(request, figures_of, parts_of(request), moment, campaign_id, by, since, until)


ROUTES = [
    DescribedRoute(
        show,
        Operation(
            method="GET",
            path="/v1/figures",
            tag="calls",
            summary="Calls by the minute, the hour or the day in which they began: what became of them, how long was talked",
            description=(
                "Every minute, hour or day that the interval touches counts, whole; those without a call are left out. "
                f"At most {STEPS_MAX} of them."
            ),
            parameters=(BY, SINCE, UNTIL, OF_CAMPAIGN, AT_LEAST),
            not_taken={
                AS_OF.name: "is not taken here: these figures are of what is known now; since and until say of when"
            },
            answers={200: FiguresShown},
            problems=(*VIEW, "not-found"),
        ),
    ),
]
