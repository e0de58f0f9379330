"""A campaign's calls by the hour of the recipients' day over HTTP."""

from starlette.requests import Request
from starlette.responses import Response

from application.queries.recipient_hours import DAYS_MAX, RecipientHoursShown, recipient_hours
from entrypoints.http.access import READS, allow
from entrypoints.http.answers import answer_of
from entrypoints.http.openapi.operation import VIEW, DescribedRoute, Operation
from entrypoints.http.parameters import AS_OF, AT_LEAST, CAMPAIGN, views_moment
from entrypoints.http.parts import parts_of
from entrypoints.http.routes.figures import AnInstant

SINCE = AnInstant(name="since", means="calls that began from then on; without it the last 7 days")
UNTIL = AnInstant(name="until", means="calls that began before; without it until now")


async def show(request: Request) -> Response:
    """GET /v1/campaigns/{id}/recipient-hours."""
    allow(request, READS)
    campaign_id, since, until = CAMPAIGN.read(request), SINCE.read(request), UNTIL.read(request)
    moment = await views_moment(request)
    return await answer_of(request, recipient_hours, parts_of(request), moment, campaign_id, since, until)


ROUTES = [
    DescribedRoute(
        show,
        Operation(
            method="GET",
            path="/v1/campaigns/{id}/recipient-hours",
            tag="campaigns",
            summary="What became of a campaign's calls by the hour of the day that it was for those who were called",
            description=f"Every quarter of an hour that the interval touches counts, whole; at most {DAYS_MAX} days.",
            parameters=(CAMPAIGN, SINCE, UNTIL, AT_LEAST),
            not_taken={
                AS_OF.name: "is not taken here: these figures are of what is known now; since and until say of when"
            },
            answers={200: RecipientHoursShown},
            problems=(*VIEW, "not-found"),
        ),
    ),
]
