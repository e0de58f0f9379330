"""The dialer's judgement over HTTP: why somebody is or was not called, and every verdict on disk once more."""

from starlette.requests import Request
from starlette.responses import Response

from application.queries.decision import NO_SUCH_ATTEMPT, DecisionShown, decision_of
from application.queries.decisions import DecisionsPage, compared_decisions
from application.queries.recipient import ExplanationShown, explanation_at
from domain.errors import NotFound
from entrypoints.http.access import FULL_READS, READS, allow
from entrypoints.http.answers import answer_of, answer_of_dear
from entrypoints.http.openapi.operation import READ, DescribedRoute, Operation
from entrypoints.http.parameters import AFTER, AS_OF, CAMPAIGN, OF_CAMPAIGN, limit
from entrypoints.http.parts import parts_of
from entrypoints.http.person import PERSON, streams_asked
from entrypoints.http.routes.attempts import ATTEMPT, stream_of_attempt

DECISIONS_EVENTS_DEFAULT = 500
DECISIONS_EVENTS_MAX = 1_000
LIMIT = limit(DECISIONS_EVENTS_DEFAULT, DECISIONS_EVENTS_MAX)


async def explained(request: Request) -> Response:
    """GET /v1/campaigns/{id}/recipients/{number}/explain."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), CAMPAIGN.read(request)
    streams = streams_asked(request, actor)
    await parts.account_known()
    moment = await AS_OF.read(request)
    return await answer_of(request, explanation_at, parts, actor, campaign_id, streams, moment)


async def compare(request: Request) -> Response:
    """GET /v1/decisions/compare: one step over the ledger, with the verdict of each attempt on the way."""
    allow(request, FULL_READS)
    parts = parts_of(request)
    events_max, place = LIMIT.read(request), await AFTER.within(request)
    campaign_id = OF_CAMPAIGN.read(request)
    await parts.account_known()
    return await answer_of_dear(request, compared_decisions, parts, campaign_id, place, events_max)


async def of_attempt(request: Request) -> Response:
    """GET /v1/attempts/{id}/verdict."""
    allow(request, FULL_READS)
    parts, attempt_id = parts_of(request), ATTEMPT.read(request)
    await parts.account_known()
    await parts.fresh()
    stream = await stream_of_attempt(parts, attempt_id)
    if stream is None:
        raise NotFound(NO_SUCH_ATTEMPT)
    return await answer_of(request, decision_of, parts, attempt_id, stream)


ROUTES = [
    DescribedRoute(
        explained,
        Operation(
            method="GET",
            path="/v1/campaigns/{id}/recipients/{number}/explain",
            tag="recipients",
            summary="Why a recipient may be called or not, rule by rule",
            description="By number: Roles: auditor, operator. By pseudonym all.",
            parameters=(CAMPAIGN, PERSON, AS_OF),
            answers={200: ExplanationShown},
            problems=(*READ, "invalid-input", "not-found"),
        ),
    ),
    DescribedRoute(
        compare,
        Operation(
            method="GET",
            path="/v1/decisions/compare",
            tag="recipients",
            summary="The verdicts among the next events of the ledger, recomputed, and where they come out otherwise",
            description="Roles: auditor, operator.",
            parameters=(OF_CAMPAIGN, AFTER, LIMIT),
            answers={200: DecisionsPage},
            problems=(*READ, "invalid-input", "not-found"),
        ),
    ),
    DescribedRoute(
        of_attempt,
        Operation(
            method="GET",
            path="/v1/attempts/{id}/verdict",
            tag="attempts",
            summary="The verdict that an attempt was begun by, and whether it comes out the same today",
            description="A verdict of rules that are in no code any more is not recomputable. Roles: auditor, operator.",
            parameters=(ATTEMPT,),
            answers={200: DecisionShown},
            problems=(*READ, "not-found", "view-behind"),
        ),
    ),
]
