"""What if, over HTTP: a campaign's history judged again under another policy."""

from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.input import parse_json
from adapters.documents.other_policy import OtherPolicyInput, parse_other_policy
from application.queries.moments import moment_in_views
from application.queries.what_if import WhatIfShown, what_if
from entrypoints.http.access import FULL_READS, allow
from entrypoints.http.answers import answer_of_dear
from entrypoints.http.openapi.operation import BODY, JSON, VIEW, DescribedRoute, Operation
from entrypoints.http.parameters import AFTER, AS_OF, CAMPAIGN, limit
from entrypoints.http.parts import parts_of, read_body

POLICY_BYTES_MAX = 1024 * 1024
RECIPIENTS_DEFAULT, RECIPIENTS_MAX = 1_000, 5_000
LIMIT = limit(RECIPIENTS_DEFAULT, RECIPIENTS_MAX)


async def judge(request: Request) -> Response:
    """POST /v1/campaigns/{id}/what-if."""
    allow(request, FULL_READS)
    parts, campaign_id = parts_of(request), CAMPAIGN.read(request)
    recipients_max, after = LIMIT.read(request), AFTER.read(request)
    other = parse_other_policy(parse_json(await read_body(request, POLICY_BYTES_MAX)))
    await parts.account_known()
    moment = await moment_in_views(parts, request.query_params.get(AS_OF.name))
    return await answer_of_dear(request, what_if, parts, campaign_id, other, moment, after, recipients_max)


ROUTES = [
    DescribedRoute(
        judge,
        Operation(
            method="POST",
            path="/v1/campaigns/{id}/what-if",
            tag="campaigns",
            summary="A campaign's attempts judged again under another policy: which would not have been allowed",
            description=(
                "Reads only. A step judges at most `limit` recipients in the order of enrolment, and ends after some seconds: "
                "pass `next` as `after`, with the `position` of the first as `as_of`, and add the counts up. "
                "Roles: auditor, operator."
            ),
            parameters=(CAMPAIGN, AFTER, LIMIT, AS_OF),
            bodies={JSON: OtherPolicyInput},
            answers={200: WhatIfShown},
            problems=(*VIEW, *BODY, "not-found"),
        ),
    ),
]
