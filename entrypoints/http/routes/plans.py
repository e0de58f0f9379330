"""A campaign's plan over HTTP: revise it, or see what that would change; and what it would meet if it started now."""

from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.input import parse_json
from adapters.documents.revision import Revision, RevisionInput, parse_revision
from application.actor import Actor
from application.commands.campaigns import revise_campaign
from application.installation import Installation
from application.lookup_words import unreachable_lookup
from application.queries.campaign import campaign_after
from application.queries.changes import FieldChanged, WaitingShown, shown_waiting
from application.queries.preflight import PreflightShown, preflight_now
from application.queries.revision import RevisionShown, previewed
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.answers import answer_of_dear, answered
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, VIEW, DescribedRoute, Operation
from entrypoints.http.parameters import AT_LEAST, CAMPAIGN, views_moment
from entrypoints.http.parts import parts_of, read_body
from entrypoints.http.routes.campaigns import CAMPAIGN_BYTES_MAX


async def revise(request: Request) -> Response:
    """POST /v1/campaigns/{id}/revise: 200 and what it did, or 202 and the change that waits for a second person."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    revision = parse_revision(parse_json(await read_body(request, CAMPAIGN_BYTES_MAX)))
    if revision.is_preview:
        moment = await views_moment(request)
        return await answer_of_dear(request, previewed, parts, campaign_id, revision, moment)
    done = await revised(parts, actor, campaign_id, revision)
    return answered(request, done, status_code=202 if isinstance(done, WaitingShown) else 200)


async def revised(
    parts: Installation, actor: Actor, campaign_id: str, revision: Revision
) -> RevisionShown | WaitingShown:
    """Revise it, or ask for that where a second person has to approve it."""
    done = await parts.ledger.execute(
        revise_campaign(campaign_id, revision, parts.new_id(), actor.among(parts.operators)),
        lane="commands",
        metadata=actor.metadata,
    )
    waiting = done.result.waiting
    if waiting is not None:
        return shown_waiting(campaign_id, actor, waiting, done.position, parts.clock())
    campaign = await campaign_after(parts, actor, campaign_id, done.position)
    return RevisionShown(
        campaign_id=campaign_id,
        preview=False,
        reason=revision.reason,
        changes=[FieldChanged(**one) for one in done.result.changes],
        forecast=None,
        campaign=campaign,
        position=done.position,
        judged_at=campaign.judged_at,
    )


async def look(request: Request) -> Response:
    """GET /v1/campaigns/{id}/preflight."""
    allow(request, READS)
    parts, campaign_id = parts_of(request), CAMPAIGN.read(request)
    moment, unreachable = await views_moment(request), await unreachable_lookup(parts, campaign_id)
    return await answer_of_dear(request, preflight_now, parts, campaign_id, moment, unreachable)


ROUTES = [
    DescribedRoute(
        revise,
        Operation(
            method="POST",
            path="/v1/campaigns/{id}/revise",
            tag="campaigns",
            summary="Give a campaign another plan, or see what that would change",
            description=(
                "What is left out stays as it is. 202 where its policy wants a second person to approve it first. 409 where the "
                "campaign has ended, or nobody could approve it. Role: operator."
            ),
            parameters=(CAMPAIGN,),
            bodies={JSON: RevisionInput},
            answers={200: RevisionShown, 202: WaitingShown},
            problems=(*COMMAND, *BODY, "not-found", "view-behind", "needs-second-person"),
        ),
    ),
    DescribedRoute(
        look,
        Operation(
            method="GET",
            path="/v1/campaigns/{id}/preflight",
            tag="campaigns",
            summary="Who may be called when, how long it takes, and what to look at before the start",
            parameters=(CAMPAIGN, AT_LEAST),
            answers={200: PreflightShown},
            problems=(*VIEW, "not-found"),
        ),
    ),
]
