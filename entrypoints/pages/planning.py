"""A campaign made, and one revised, on a page: plain fields, a document for the rest, and beside them what it would do.

Nothing is done before that was looked at: what was looked at is known by its digest, and anything else is looked at first.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.documents.campaign import parse_campaign
from adapters.documents.revision import Revision, parse_revision, plan_changes
from adapters.documents.written import json_in_either
from application.queries.campaign import CampaignShown, campaign_at
from application.queries.moments import moment_in_views
from application.queries.revision import previewed
from domain.caller_pool import CHOOSES
from domain.campaign import Plan
from domain.errors import Conflict, DialtrailError, InvalidInput, NotAllowed
from domain.policy import PRESET_NAMES, WEEKDAYS
from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.parameters import CAMPAIGN
from entrypoints.http.parts import dear_read, parts_of
from entrypoints.http.routes.campaigns import CAMPAIGN_BYTES_MAX, created
from entrypoints.http.routes.plans import revised
from entrypoints.pages.act import Act
from entrypoints.pages.guard import read_form
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.plan_fields import NAMES, RETRIES, field_at, fields_shown, plan_written, put_fields
from entrypoints.pages.rendering import page
from entrypoints.segments import segment

FORM_BYTES_MAX = 3 * CAMPAIGN_BYTES_MAX
"""A browser writes one byte of a document as up to three."""
TEXTS = ("id", *NAMES, "record", "reason", "document")
NO_FIELDS: Mapping[str, str] = dict.fromkeys(TEXTS, "")
WAS = "was"
"""What the fields were shown with, as JSON: what still has that is not changed."""
NOT_IN_THE_DOCUMENT = ("reason", "preview")
CREATE = Act("Create", "It does nothing until it is started.")
REVISE = Act("Revise", "The dialer goes by the new plan from then on. Calls that are under way go on as they began.")


async def ask_for_a_new_one(request: Request) -> Response:
    """GET /new-campaign."""
    allow(request, COMMANDS)
    return _form(request, CREATE, None, NO_FIELDS, {})


async def create(request: Request) -> Response:
    """POST to the same: show what it would be, and make it once that was looked at."""
    actor, parts = allow(request, COMMANDS), parts_of(request)
    fields = {**NO_FIELDS, **await read_form(request, FORM_BYTES_MAX)}
    found, seen = None, _digest(fields, {})
    fault: DialtrailError | None = None
    try:
        campaign_id, plan = await asyncio.to_thread(_new_campaign, fields)
        if fields.get("seen") == seen:
            await created(parts, actor, campaign_id, plan)
            return RedirectResponse(f"/campaigns/{segment(campaign_id)}", status_code=303)
        found = plan_changes(Plan(caller_number=plan.caller_number), plan)
    except (InvalidInput, Conflict) as error:
        fault = error
    return _form(request, CREATE, None, fields, {}, found, seen, fault)


async def ask_for_another_plan(request: Request) -> Response:
    """GET /campaigns/{id}/revise."""
    campaign = await _campaign(request)
    was = fields_shown(campaign)
    return _form(request, REVISE, campaign, {**NO_FIELDS, **was}, was)


async def revise(request: Request) -> Response:
    """POST to the same: show whom it would move, and revise it once that was looked at."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    given = await read_form(request, FORM_BYTES_MAX)
    was = _was(given.get(WAS, ""))
    fields = {**NO_FIELDS, **was, **given}
    campaign = await _campaign(request)
    # Whoever says yes says it to what would change: where somebody else changed the plan meanwhile, it is looked at again.
    found, seen = None, _digest(fields, was, campaign)
    fault: DialtrailError | None = None
    try:
        revision = await asyncio.to_thread(_revision, fields, was, campaign)
        if fields.get("seen") == seen:
            await revised(parts, actor, campaign_id, revision)
            return RedirectResponse(f"/campaigns/{segment(campaign_id)}", status_code=303)
        moment = await moment_in_views(parts, None)
        found = await dear_read(request, previewed, parts, campaign_id, revision, moment)
    except (InvalidInput, Conflict, NotAllowed) as error:
        fault = error
    return _form(request, REVISE, campaign, fields, was, found, seen, fault)


async def _campaign(request: Request) -> CampaignShown:
    actor, parts = allow(request, COMMANDS), parts_of(request)
    return await campaign_at(parts, actor, CAMPAIGN.read(request), await moment_in_views(parts, None))


def _form(
    request: Request,
    act: Act,
    campaign: CampaignShown | None,
    fields: Mapping[str, str],
    was: Mapping[str, str],
    found: Any = None,
    seen: str = "",
    fault: DialtrailError | None = None,
) -> Response:
    """The form, with what was written in it, what it would do, or what is wrong with it."""
    return page(
        request,
        "plan_form.html",
        400 if fault else 200,
        act=act,
        campaign=campaign,
        fields=fields,
        was=orjson.dumps(was).decode(),
        found=found,
        seen=seen,
        fault=fault,
        at_fault=field_at(fault.field) if isinstance(fault, InvalidInput) else None,
        days=WEEKDAYS,
        retries=RETRIES,
        presets=PRESET_NAMES,
        chooses=CHOOSES,
    )


def _was(text: str) -> dict[str, str]:
    """What the fields were shown with, as this form said it. Raises `InvalidInput` for what it never sends."""
    try:
        given = msgspec.json.decode(text or "{}", type=dict[str, str])
    except (msgspec.DecodeError, RecursionError):
        raise InvalidInput(WAS, "is not of this form; load the page anew, and do it again") from None
    return {name: value for name, value in given.items() if name in NAMES}


def _new_campaign(fields: Mapping[str, str]) -> tuple[str, Plan]:
    document = _document(fields, ("id",))
    put_fields(document, fields, {}, None)
    return parse_campaign(document)


def _revision(fields: Mapping[str, str], was: Mapping[str, str], campaign: CampaignShown) -> Revision:
    given = _document(fields, ())
    for name in NOT_IN_THE_DOCUMENT:
        if name in given:
            raise InvalidInput(name, "does not go into the document; it has a field of its own here")
    put_fields(given, fields, was, campaign)
    reason = fields["reason"].strip()
    if not reason:
        raise InvalidInput("reason", "say why, for those who look later")
    return parse_revision({**given, "reason": reason})


def _document(fields: Mapping[str, str], texts: tuple[str, ...]) -> dict[str, Any]:
    """The document with these fields in it. Raises `InvalidInput`, also where both say something else."""
    written = fields["document"].encode()
    if len(written) > CAMPAIGN_BYTES_MAX:
        raise InvalidInput("document", f"has {len(written):,} bytes; at most {CAMPAIGN_BYTES_MAX:,} are taken")
    given: dict[str, Any] = orjson.loads(json_in_either("document", written))
    plain: dict[str, Any] = {name: fields[name].strip() for name in texts if fields[name].strip()}
    if fields["record"] in {"yes", "no"}:
        plain["record"] = fields["record"] == "yes"
    for name, value in plain.items():
        if given.setdefault(name, value) != value:
            raise InvalidInput(name, "is otherwise in the document than in the field; keep one of them")
    return given


def _digest(fields: Mapping[str, str], was: Mapping[str, str], campaign: CampaignShown | None = None) -> str:
    """Of what was written, of what it was written over, and of the plan that it would change."""
    plan = campaign and [
        campaign.record,
        campaign.unique_references,
        campaign.script,
        campaign.inbound_script,
        campaign.lookup,
        campaign.lookup_ttl_seconds,
        campaign.metadata,
        plan_written(campaign),
    ]
    written = [fields[name] for name in TEXTS]
    return hashlib.sha256(msgspec.json.encode([written, sorted(was.items()), plan])).hexdigest()


ROUTES = [
    PageRoute("/new-campaign", ask_for_a_new_one),
    PageRoute("/new-campaign", create, method="POST"),
    PageRoute("/campaigns/{id}/revise", ask_for_another_plan),
    PageRoute("/campaigns/{id}/revise", revise, method="POST"),
]
