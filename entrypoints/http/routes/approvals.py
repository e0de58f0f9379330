"""Changes of a campaign that a second person has to approve, over HTTP: look, approve, decline."""

from typing import Annotated

from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.decision import DecisionInput, parse_decision
from application.actor import Actor
from application.commands.campaigns import approve_change, decline_change
from application.installation import Installation
from application.queries.campaign import as_started, campaign_after
from application.queries.changes import ChangesPage, DecidedShown, changes_page, shown_change
from application.queries.shared_people import shared_notes
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.answers import answer_of, answered
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, READ, DescribedRoute, Operation
from entrypoints.http.parameters import AFTER, AS_OF, CAMPAIGN, LIMIT, PathPart
from entrypoints.http.parts import parts_of, read_body

DECISION_BYTES_MAX = 16 * 1024
CHANGE = PathPart(name="change_id", kind=Annotated[str, Meta(min_length=1, max_length=64)], means="the change")


async def listing(request: Request) -> Response:
    """GET /v1/campaigns/{id}/changes."""
    actor = allow(request, READS)
    parts = parts_of(request)
    campaign_id = CAMPAIGN.read(request)
    items_max, place = LIMIT.read(request), await AFTER.within(request)
    moment = await AS_OF.read(request)
    return await answer_of(request, changes_page, parts, actor, campaign_id, moment, place, items_max)


async def decide(request: Request) -> Response:
    """POST /v1/campaigns/{id}/changes/{change_id}/approve or decline."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    change_id = CHANGE.read(request)
    said = parse_decision(await read_body(request, DECISION_BYTES_MAX))
    verb = request.url.path.rpartition("/")[2]
    return answered(request, await decided(parts, actor, campaign_id, change_id, verb, said.reason))


async def decided(
    parts: Installation, actor: Actor, campaign_id: str, change_id: str, verb: str, reason: str | None
) -> DecidedShown:
    """Approve or, for any other verb, decline it."""
    if verb == "approve":
        command = approve_change(campaign_id, change_id, actor.among(parts.operators), reason)
    else:
        command = decline_change(campaign_id, change_id, actor.name, reason)
    done = await parts.ledger.execute(command, lane="commands", metadata=actor.metadata)
    is_start = verb == "approve" and done.result.change == "start"
    notes = await shared_notes(parts, actor, campaign_id) if is_start else []
    campaign = await campaign_after(parts, actor, campaign_id, done.position, notes)
    return DecidedShown(
        campaign_id=campaign_id,
        change=shown_change(done.result, actor, parts.clock()),
        campaign=as_started(campaign) if is_start else campaign,
        position=done.position,
    )


ROUTES = [
    DescribedRoute(
        listing,
        Operation(
            method="GET",
            path="/v1/campaigns/{id}/changes",
            tag="campaigns",
            summary="The starts and revisions of a campaign that took a second person, and what became of each",
            parameters=(CAMPAIGN, AFTER, LIMIT, AS_OF),
            answers={200: ChangesPage},
            problems=(*READ, "invalid-input", "not-found"),
        ),
    ),
    DescribedRoute(
        decide,
        Operation(
            method="POST",
            path="/v1/campaigns/{id}/changes/{change_id}/approve",
            tag="campaigns",
            summary="Let a change come about that somebody else asked for",
            description="409 where it no longer fits, or who asked for it approves it. Role: operator.",
            parameters=(CAMPAIGN, CHANGE),
            bodies={JSON: DecisionInput},
            needs_body=False,
            answers={200: DecidedShown},
            problems=(*COMMAND, *BODY, "not-found", "needs-second-person"),
        ),
    ),
    DescribedRoute(
        decide,
        Operation(
            method="POST",
            path="/v1/campaigns/{id}/changes/{change_id}/decline",
            tag="campaigns",
            summary="Let a change not come about, or take back one's own",
            description="409 where it does not wait any more. Role: operator.",
            parameters=(CAMPAIGN, CHANGE),
            bodies={JSON: DecisionInput},
            needs_body=False,
            answers={200: DecidedShown},
            problems=(*COMMAND, *BODY, "not-found"),
        ),
    ),
]
