"""Recipients out of a file: sent, looked at with every row that cannot be used, and enrolled only after a yes."""

import asyncio
from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from adapters.recipient_columns import Conventions, parse_conventions
from application.queries.campaign import campaign_at
from application.queries.moments import moment_in_views
from domain.errors import InvalidInput
from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.parameters import CAMPAIGN, PathPart
from entrypoints.http.parts import parts_of
from entrypoints.http.routes.enrolment import Given, enrolled
from entrypoints.http.rows import IMPORT_BYTES_MAX, IMPORT_ROWS_MAX
from entrypoints.pages.act import Act
from entrypoints.pages.guard import read_form, read_upload
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page
from entrypoints.pages.uploads import KEPT_FOR, Upload, Uploads

COMPLAINTS_SHOWN_MAX = 200
ENROL = Act("Enrol", "Whoever is in the campaign already stays as they are.")
UPLOAD = PathPart(name="upload", means="the file that was sent")


async def ask(request: Request) -> Response:
    """GET /campaigns/{id}/import: which file."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    campaign = await campaign_at(parts, actor, campaign_id, await moment_in_views(parts, None))
    mib = IMPORT_BYTES_MAX // 1024**2
    return page(request, "import.html", campaign=campaign, rows_max=IMPORT_ROWS_MAX, mib_max=mib)


async def preview(request: Request) -> Response:
    """POST to the same, with a file: what would become of its rows. Nobody is enrolled."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    with parts.dear_reads.one(actor):
        fields, content = await read_upload(request, IMPORT_BYTES_MAX)
        if not content:
            raise InvalidInput("file", "choose a file: CSV, .xlsx or .ods")
        conventions = _conventions(fields.get("region", ""), fields.get("columns", ""))
        given = Given(body=content, conventions=conventions, import_id=None, is_preview=True)
        foreseen = await enrolled(parts, actor, campaign_id, given)
    upload_id, now = parts.new_id(), parts.clock()
    upload = Upload(
        actor=actor.name,
        campaign_id=campaign_id,
        content=content,
        conventions=conventions,
        kept_until=now + KEPT_FOR,
    )
    uploads = _uploads(request)
    uploads.keep(upload_id, upload, now)
    # Nobody may ever ask again: what was sent has numbers in it, and goes when its time is over.
    asyncio.get_running_loop().call_later(KEPT_FOR.total_seconds() + 1, lambda: uploads.let_go(parts.clock()))
    return page(request, "import_preview.html", campaign_id=campaign_id, found=foreseen, upload=upload_id, act=ENROL)


async def enrol(request: Request) -> Response:
    """POST /campaigns/{id}/import/{upload}: enrol whoever can be, and say of every other row why not."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    await read_form(request)
    upload_id = UPLOAD.read(request)
    upload = _uploads(request).take(upload_id, actor.name, campaign_id, parts.clock())
    given = Given(body=upload.content, conventions=upload.conventions, import_id=upload_id, is_preview=False)
    done = await enrolled(parts, actor, campaign_id, given)
    _uploads(request).drop(upload_id)
    return page(request, "imported.html", campaign_id=campaign_id, found=done, complaints_max=COMPLAINTS_SHOWN_MAX)


def _conventions(region: str, columns: str) -> Conventions:
    """How the file is written, as the form says it: a column on each line. Raises `InvalidInput`."""
    named = [line for line in columns.splitlines() if line.strip()]
    return parse_conventions(region.strip() or None, named)


def _uploads(request: Request) -> Uploads:
    return cast("Uploads", request.app.state.uploads)


ROUTES = [
    PageRoute("/campaigns/{id}/import", ask),
    PageRoute("/campaigns/{id}/import", preview, method="POST"),
    PageRoute("/campaigns/{id}/import/{upload}", enrol, method="POST"),
]
