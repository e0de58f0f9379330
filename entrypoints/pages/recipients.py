"""Who is called: a campaign's recipients with their status and its reason, and one of them with every rule and attempt."""

import asyncio
from collections.abc import Sequence
from functools import partial

import orjson
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from application.actor import Actor
from application.installation import Installation
from application.moment import Moment
from application.queries.campaign import campaign_at
from application.queries.moments import moment_asked, moment_in_views
from application.queries.recipient import (
    ExplanationShown,
    RecipientShown,
    read_recipient,
    shown_explanation,
    shown_person,
)
from application.queries.recipients import recipients_page
from domain.phone_number import parse_number
from domain.status import STATUSES
from entrypoints.http.access import READS, allow
from entrypoints.http.json import encode
from entrypoints.http.parameters import AS_OF, CAMPAIGN
from entrypoints.http.parts import dear_read, parts_of
from entrypoints.http.person import check_may_name, streams_asked
from entrypoints.http.routes.recipients import AFTER, STATUS, WISHED
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page
from entrypoints.segments import segment
from entrypoints.wording import explain_verdict

PAGE_RECIPIENTS = 100


async def listing(request: Request) -> Response:
    """GET /campaigns/{id}/recipients; with a number, to that person."""
    asked = request.query_params
    campaign_id = CAMPAIGN.read(request)
    actor, parts = allow(request, READS), parts_of(request)
    if number := asked.get("number", "").strip():
        check_may_name(actor)
        found_number = parse_number(number.replace(" ", ""), "number")
        return RedirectResponse(
            f"/campaigns/{request.path_params['id']}/recipients/{segment(found_number)}", status_code=303
        )
    after = AFTER.of(asked)
    status = STATUS.of(asked) if asked.get("status") else None
    wished = WISHED.of(asked) == "true" if asked.get("wished") else False
    moment = await moment_in_views(parts, asked.get("as_of") or None)
    campaign = await campaign_at(parts, actor, campaign_id, moment)
    wanted = (parts, actor, campaign_id, moment, status, after, PAGE_RECIPIENTS)
    if moment.is_past:
        found = await dear_read(request, recipients_page, *wanted)
    else:
        found = await asyncio.to_thread(partial(recipients_page, wished=wished), *wanted)
    return page(
        request,
        "recipients.html",
        campaign=campaign,
        found=found,
        entries=found.items,
        statuses=STATUSES,
        status=status or "",
        wished=wished,
        after=asked.get("after") or "",
        as_of=asked.get("as_of") or "",
    )


async def show(request: Request) -> Response:
    """GET /campaigns/{id}/recipients/{number}."""
    actor, parts = allow(request, READS), parts_of(request)
    campaign_id, streams = CAMPAIGN.read(request), streams_asked(request, actor)
    as_of = request.query_params.get("as_of") or None
    await parts.account_known()
    moment = await moment_asked(parts, as_of)
    known = await asyncio.to_thread(_known, parts, actor, campaign_id, streams, moment)
    return page(
        request,
        "recipient.html",
        person=known.person,
        explained=known.explained,
        says=known.says,
        as_of=as_of,
        is_suppressed=any(one.rule == "suppressed" for one in known.person.verdict.reasons),
    )


class _Known(Struct, frozen=True):
    """What a recipient's page shows of them, and the verdict on the next call in words."""

    person: RecipientShown
    explained: ExplanationShown
    says: list[str]


def _known(parts: Installation, actor: Actor, campaign_id: str, streams: Sequence[str], moment: Moment) -> _Known:
    read = read_recipient(parts, campaign_id, streams, moment)
    person = shown_person(parts, actor, read)
    says = explain_verdict(orjson.loads(encode(person.verdict)))
    return _Known(person, shown_explanation(parts, actor, read), says)


ROUTES = [
    PageRoute(
        "/campaigns/{id}/recipients", listing, takes=("number", STATUS.name, WISHED.name, AS_OF.name, AFTER.name)
    ),
    PageRoute("/campaigns/{id}/recipients/{number}", show, takes=(AS_OF.name,)),
]
