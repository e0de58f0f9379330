"""Campaigns over HTTP: create, look, start, pause, resume, cancel."""

from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.campaign import CampaignInput, parse_campaign
from adapters.documents.input import parse_json
from adapters.documents.start import StartInput, parse_start
from application.actor import Actor
from application.commands import campaigns
from application.commands.campaigns import propose_change
from application.going_on import notes_of_campaign
from application.installation import Installation
from application.queries.campaign import CampaignShown, as_started, campaign_after, campaign_at
from application.queries.campaigns import ORDERS, STATES, CampaignsPage, campaigns_page
from application.queries.changes import WaitingShown, shown_waiting
from application.queries.shared_people import shared_notes
from domain.campaign import Plan, Proposal
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.answers import answer_of, answer_of_dear, answered
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, VIEW, DescribedRoute, Operation
from entrypoints.http.parameters import AFTER, AS_OF, AT_LEAST, CAMPAIGN, LIMIT, OneOf, views_moment
from entrypoints.http.parts import parts_of, read_body

CAMPAIGN_BYTES_MAX = 256 * 1024
START_BYTES_MAX = 16 * 1024
ORDER = OneOf(
    name="order",
    words=ORDERS,
    means="the first made first, as without it, or the last, with or without the campaigns of `dialtrail try`",
)

STATE = OneOf(
    name="state", words=STATES, means="only campaigns in this state; a page may be short though others follow"
)


async def create(request: Request) -> Response:
    """POST /v1/campaigns."""
    actor, parts = allow(request, COMMANDS), parts_of(request)
    given = parse_json(await read_body(request, CAMPAIGN_BYTES_MAX))
    shown, is_new = await created(parts, actor, *parse_campaign(given))
    return answered(request, shown, status_code=201 if is_new else 200)


async def created(parts: Installation, actor: Actor, campaign_id: str, plan: Plan) -> tuple[CampaignShown, bool]:
    """Make it, in the name of somebody; and whether it is new. Raises `Conflict` where another has the id."""
    done = await parts.ledger.execute(
        campaigns.create_campaign(campaign_id, plan), lane="commands", metadata=actor.metadata
    )
    return await campaign_after(parts, actor, campaign_id, done.position), done.result


async def listing(request: Request) -> Response:
    """GET /v1/campaigns."""
    actor = allow(request, READS)
    parts = parts_of(request)
    items_max, place = LIMIT.read(request), await AFTER.within(request)
    moment = await views_moment(request)
    asked = (parts, actor, moment, place, items_max, ORDER.read(request) or "oldest", STATE.read(request))
    if moment.is_past:
        return await answer_of_dear(request, campaigns_page, *asked)
    return await answer_of(request, campaigns_page, *asked)


async def show(request: Request) -> Response:
    """GET /v1/campaigns/{id}."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), CAMPAIGN.read(request)
    return answered(request, await campaign_at(parts, actor, campaign_id, await views_moment(request)))


async def start(request: Request) -> Response:
    """POST /v1/campaigns/{id}/start: 200 and the campaign, or 202 and the change that waits for a second person."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    given = parse_start(await read_body(request, START_BYTES_MAX))
    done = await started(parts, actor, campaign_id, given)
    if isinstance(done, WaitingShown):
        return answered(request, done, status_code=202)
    return answered(request, as_started(done))


async def started(
    parts: Installation, actor: Actor, campaign_id: str, given: StartInput
) -> CampaignShown | WaitingShown:
    """Start it, or ask for that where a second person has to approve it."""
    proposal = Proposal(change="start", canary=given.canary)
    done = await parts.ledger.execute(
        propose_change(campaign_id, proposal, parts.new_id(), actor.among(parts.operators)),
        lane="commands",
        metadata=actor.metadata,
    )
    if done.result is not None:
        return shown_waiting(campaign_id, actor, done.result, done.position, parts.clock())
    notes = await shared_notes(parts, actor, campaign_id)
    return await campaign_after(parts, actor, campaign_id, done.position, notes)


async def command(request: Request) -> Response:
    """POST /v1/campaigns/{id}/pause, resume or cancel."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    return answered(request, await commanded(parts, actor, campaign_id, request.url.path.rpartition("/")[2]))


async def commanded(parts: Installation, actor: Actor, campaign_id: str, verb: str) -> CampaignShown:
    """Pause, resume or, for any other verb, cancel it."""
    match verb:
        case "pause":
            decide = campaigns.pause_campaign(campaign_id)
        case "resume":
            await parts.fresh()
            decide = campaigns.resume_campaign(campaign_id, parts.in_flight.fingerprint)
        case _:
            decide = campaigns.cancel_campaign(campaign_id)
    done = await parts.ledger.execute(decide, lane="commands", metadata=actor.metadata)
    notes = done.result if verb == "resume" else await notes_of_campaign(parts, campaign_id)
    return await campaign_after(parts, actor, campaign_id, done.position, notes)


ROUTES = [
    DescribedRoute(
        create,
        Operation(
            method="POST",
            path="/v1/campaigns",
            tag="campaigns",
            summary="Create a campaign",
            description="200 where the very same exists already; 409 where another has the id. Role: operator.",
            bodies={JSON: CampaignInput},
            answers={201: CampaignShown, 200: CampaignShown},
            problems=(*COMMAND, *BODY),
        ),
    ),
    DescribedRoute(
        listing,
        Operation(
            method="GET",
            path="/v1/campaigns",
            tag="campaigns",
            summary="All campaigns",
            parameters=(STATE, ORDER, AFTER, LIMIT, AS_OF, AT_LEAST),
            answers={200: CampaignsPage},
            problems=VIEW,
        ),
    ),
    DescribedRoute(
        show,
        Operation(
            method="GET",
            path="/v1/campaigns/{id}",
            tag="campaigns",
            summary="One campaign, with a count of recipients for each status",
            parameters=(CAMPAIGN, AS_OF, AT_LEAST),
            answers={200: CampaignShown},
            problems=(*VIEW, "not-found"),
        ),
    ),
    DescribedRoute(
        start,
        Operation(
            method="POST",
            path="/v1/campaigns/{id}/start",
            tag="campaigns",
            summary="Start a campaign",
            description=(
                "With a canary, so many calls and then a pause. 202 where its policy wants a second person to approve it first. "
                "409 where its state does not allow it, or nobody could approve it. Role: operator."
            ),
            parameters=(CAMPAIGN,),
            bodies={JSON: StartInput},
            needs_body=False,
            answers={200: CampaignShown, 202: WaitingShown},
            problems=(*COMMAND, *BODY, "not-found", "needs-second-person"),
        ),
    ),
    *(
        DescribedRoute(
            command,
            Operation(
                method="POST",
                path=f"/v1/campaigns/{{id}}/{verb}",
                tag="campaigns",
                summary=f"{verb.capitalize()} a campaign",
                description="409 where its state does not allow it. Takes no body. Role: operator.",
                parameters=(CAMPAIGN,),
                answers={200: CampaignShown},
                problems=(*COMMAND, "invalid-input", "not-found"),
            ),
        )
        for verb in ("pause", "resume", "cancel")
    ),
]
