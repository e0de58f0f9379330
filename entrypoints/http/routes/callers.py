"""A campaign's caller numbers over HTTP: look at them, now or at a moment, and take one out of the pool at once."""

from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.decision import DecisionInput, parse_decision
from application.actor import Actor
from application.commands.callers import remove_caller
from application.fields import E164
from application.installation import Installation
from application.queries.callers import CallersShown, callers_at, callers_now
from domain.phone_number import parse_number
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.answers import answered
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, VIEW, DescribedRoute, Operation
from entrypoints.http.parameters import AS_OF, AT_LEAST, CAMPAIGN, PathPart, views_moment
from entrypoints.http.parts import parts_of, read_body

REMOVAL_BYTES_MAX = 16 * 1024
NUMBER = PathPart(name="number", kind=E164, means="a number of the campaign's pool, in E.164 form")


async def look(request: Request) -> Response:
    """GET /v1/campaigns/{id}/callers?as_of=."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), CAMPAIGN.read(request)
    return answered(request, await callers_at(parts, actor, campaign_id, await views_moment(request)))


async def remove(request: Request) -> Response:
    """POST /v1/campaigns/{id}/callers/{number}/remove."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    number = parse_number(NUMBER.read(request), "number")
    said = parse_decision(await read_body(request, REMOVAL_BYTES_MAX))
    return answered(request, await removed(parts, actor, campaign_id, number, said.reason))


async def removed(parts: Installation, actor: Actor, campaign_id: str, number: str, reason: str | None) -> CallersShown:
    """Take it out, in the name of somebody; what there is then."""
    decide = remove_caller(campaign_id, number, "operator", reason=reason)
    await parts.ledger.execute(decide, lane="commands", metadata=actor.metadata)
    return await callers_now(parts, actor, campaign_id)


ROUTES = [
    DescribedRoute(
        look,
        Operation(
            method="GET",
            path="/v1/campaigns/{id}/callers",
            tag="campaigns",
            summary="The numbers that a campaign calls from: how each was used today, and which were taken out",
            description="With `as_of` how they were used by then, on the day that was counted then.",
            parameters=(CAMPAIGN, AS_OF, AT_LEAST),
            answers={200: CallersShown},
            problems=(*VIEW, "not-found"),
        ),
    ),
    DescribedRoute(
        remove,
        Operation(
            method="POST",
            path="/v1/campaigns/{id}/callers/{number}/remove",
            tag="campaigns",
            summary="Call nobody from a number of the pool any more",
            description=(
                "A revision whose `from` names it again puts it back. 409 where the campaign has ended, or has one number and "
                "no pool. Role: operator."
            ),
            parameters=(CAMPAIGN, NUMBER),
            bodies={JSON: DecisionInput},
            needs_body=False,
            answers={200: CallersShown},
            problems=(*COMMAND, *BODY, "not-found"),
        ),
    ),
]
