"""Recipients over HTTP: list them, look at one."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from application.queries.recipient import RecipientShown, recipient_at
from application.queries.recipients import RecipientsPage, recipients_page
from domain.status import STATUSES
from entrypoints.http.access import READS, allow
from entrypoints.http.answers import answer_of, answer_of_dear
from entrypoints.http.openapi.operation import READ, VIEW, DescribedRoute, Operation
from entrypoints.http.parameters import AS_OF, AT_LEAST, CAMPAIGN, LIMIT, OneOf, after, views_moment
from entrypoints.http.parts import parts_of
from entrypoints.http.person import PERSON, streams_asked

PLACES_MAX = 10**12
AFTER = after(PLACES_MAX)
STATUS = OneOf(name="status", words=STATUSES, means="only those")
WISHED = OneOf(
    name="wished",
    words=("true", "false"),
    means="`true`: only those who have wished a call that nobody has made yet; now, and of any status: not with `status` or `as_of`",
)


async def listing(request: Request) -> Response:
    """GET /v1/campaigns/{id}/recipients."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), CAMPAIGN.read(request)
    rows_max, place = LIMIT.read(request), AFTER.read(request)
    status = STATUS.read(request)
    wished = WISHED.read(request) == "true"
    moment = await views_moment(request)
    asked = (parts, actor, campaign_id, moment, status, place, rows_max)
    if moment.is_past:
        return await answer_of_dear(request, partial(recipients_page, wished=wished), *asked)
    return await answer_of(request, partial(recipients_page, wished=wished), *asked)


async def one(request: Request) -> Response:
    """GET /v1/campaigns/{id}/recipients/{number}."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), CAMPAIGN.read(request)
    streams = streams_asked(request, actor)
    await parts.account_known()
    moment = await AS_OF.read(request)
    return await answer_of(request, recipient_at, parts, actor, campaign_id, streams, moment)


ROUTES = [
    DescribedRoute(
        listing,
        Operation(
            method="GET",
            path="/v1/campaigns/{id}/recipients",
            tag="recipients",
            summary="A campaign's recipients, in the order of enrolment",
            parameters=(CAMPAIGN, STATUS, WISHED, AFTER, LIMIT, AS_OF, AT_LEAST),
            not_taken={"number": "is not taken here; one person is at /v1/campaigns/{id}/recipients/{number}"},
            answers={200: RecipientsPage},
            problems=(*VIEW, "not-found"),
        ),
    ),
    DescribedRoute(
        one,
        Operation(
            method="GET",
            path="/v1/campaigns/{id}/recipients/{number}",
            tag="recipients",
            summary="One recipient, folded from the ledger, with every attempt",
            description="By number: Roles: auditor, operator. By pseudonym all.",
            parameters=(CAMPAIGN, PERSON, AS_OF),
            answers={200: RecipientShown},
            problems=(*READ, "invalid-input", "not-found"),
        ),
    ),
]
