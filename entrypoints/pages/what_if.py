"""What if, as a page: a campaign's history under another policy that is written into a form. Nothing is changed."""

import asyncio
from datetime import timedelta

import orjson
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.input import parse_json
from adapters.documents.other_policy import parse_other_policy
from adapters.documents.policy_shown import shown_policy
from adapters.documents.written import json_in_either
from application.installation import Installation
from application.queries.masking import seen_by
from application.queries.moments import moment_in_views
from application.queries.what_if import WhatIfShown, judge_step, shown_what_if
from domain.errors import InvalidInput
from entrypoints.http.access import FULL_READS, allow
from entrypoints.http.parameters import CAMPAIGN
from entrypoints.http.parts import dear_read, parts_of
from entrypoints.pages.guard import read_form
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page

PAGE_TIME_MAX = timedelta(seconds=8)
"""So long a page may take; what is left of a very large campaign the command and the API judge."""
PAGE_RECIPIENTS_MAX = 100_000
WRITTEN_CHARS_MAX = 30_000
NAME = "policy"


class WhatIfForm(Struct, frozen=True):
    """What was written into the form, and what is wrong with it."""

    written: str
    problem: str | None = None


async def ask(request: Request) -> Response:
    """GET /campaigns/{id}/what-if: the form, with the policy that the campaign has."""
    allow(request, FULL_READS)
    parts, campaign_id = parts_of(request), CAMPAIGN.read(request)
    return _page(request, campaign_id, WhatIfForm(await asyncio.to_thread(_own, parts, campaign_id)), None)


async def judge(request: Request) -> Response:
    """POST to the same: the history under what was written."""
    actor, parts, campaign_id = allow(request, FULL_READS), parts_of(request), CAMPAIGN.read(request)
    written = (await read_form(request)).get(NAME, "")[:WRITTEN_CHARS_MAX]
    await asyncio.to_thread(_own, parts, campaign_id)
    try:
        given = parse_json(json_in_either(NAME, written.encode()))
        other = parse_other_policy({"policy": given.get("policy", given)})
    except InvalidInput as error:
        return _page(request, campaign_id, WhatIfForm(written, str(error)), None, 400)
    await parts.account_known()
    moment = await moment_in_views(parts, None)
    step = await dear_read(
        request, judge_step, parts, campaign_id, other, moment, 0, PAGE_RECIPIENTS_MAX, PAGE_TIME_MAX
    )
    found = seen_by(actor, shown_what_if(campaign_id, other.policy, step, moment))
    return _page(request, campaign_id, WhatIfForm(written), found)


def _own(parts: Installation, campaign_id: str) -> str:
    """The policy that a campaign has, as it may be written. Raises `NotFound`."""
    policy = parts.reads.campaign_state(campaign_id, parts.ledger.position).plan.policy
    return orjson.dumps(shown_policy(policy, sees_numbers=True) or {}, option=orjson.OPT_INDENT_2).decode()


def _page(
    request: Request, campaign_id: str, form: WhatIfForm, found: WhatIfShown | None, status_code: int = 200
) -> Response:
    return page(request, "what_if.html", status_code, campaign_id=campaign_id, form=form, found=found)


ROUTES = [
    PageRoute("/campaigns/{id}/what-if", ask),
    PageRoute("/campaigns/{id}/what-if", judge, method="POST"),
]
