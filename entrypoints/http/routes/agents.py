"""A campaign's agents over HTTP: who is free now, and what that lets the dialer do."""

from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.agents import AgentsInput, parse_agents
from application.actor import Actor
from application.commands.agents import tell_agents
from application.installation import Installation
from application.queries.agents import AgentsShown, agents_now
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.answers import answered
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, READ, DescribedRoute, Operation
from entrypoints.http.parameters import CAMPAIGN
from entrypoints.http.parts import parts_of, read_body

AGENTS_BYTES_MAX = 256 * 1024
PATH = "/v1/campaigns/{id}/agents"


async def look(request: Request) -> Response:
    """GET /v1/campaigns/{id}/agents."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), CAMPAIGN.read(request)
    return answered(request, await agents_now(parts, actor, campaign_id))


async def put(request: Request) -> Response:
    """PUT to the same."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    return answered(request, await told(parts, actor, campaign_id, await read_body(request, AGENTS_BYTES_MAX)))


async def told(parts: Installation, actor: Actor, campaign_id: str, body: bytes) -> AgentsShown:
    """Take it in, in the name of somebody; what is known then, which the dialer has. Raises `InvalidInput`, `NotFound`, `Conflict`."""
    free, agents = parse_agents(body)
    decide = tell_agents(campaign_id, free, agents, "told")
    await parts.ledger.execute(decide, lane="commands", metadata=actor.metadata)
    return await agents_now(parts, actor, campaign_id)


ROUTES = [
    DescribedRoute(
        look,
        Operation(
            method="GET",
            path=PATH,
            tag="campaigns",
            summary="How many agents are free, and how many calls of a campaign that lets be under way",
            parameters=(CAMPAIGN,),
            answers={200: AgentsShown},
            problems=(*READ, "invalid-input", "not-found"),
        ),
    ),
    DescribedRoute(
        put,
        Operation(
            method="PUT",
            path=PATH,
            tag="campaigns",
            summary="Tell how many agents are free",
            description=(
                "A number, or all agents by name; it takes the place of what was told before. From now on the campaign has "
                "no more calls under way than free agents times `factor`, and calls nobody once this is older than "
                "`life_seconds`. 409 where the campaign has ended. Role: operator."
            ),
            parameters=(CAMPAIGN,),
            bodies={JSON: AgentsInput},
            answers={200: AgentsShown},
            problems=(*COMMAND, *BODY, "not-found"),
        ),
    ),
]
