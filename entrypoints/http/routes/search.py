"""What a text names, over HTTP."""

import asyncio
from typing import Annotated

from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from adapters.searched_number import looks_like_number
from application.actor import Actor
from application.installation import Installation
from application.queries.moments import moment_in_views
from application.queries.search import SEARCH_CHARS_MAX, Found, find
from domain.errors import InvalidInput
from domain.identity import parse_call_id
from entrypoints.http.access import READS, allow
from entrypoints.http.answers import answered
from entrypoints.http.openapi.operation import VIEW, DescribedRoute, Operation
from entrypoints.http.parameters import Text
from entrypoints.http.parts import parts_of
from entrypoints.http.person import check_may_name

Wanted = Annotated[str, Meta(min_length=1, max_length=SEARCH_CHARS_MAX, pattern=r"^[^\u0000-\u001f\u007f-\u009f]+$")]
WANTED = Text(name="q", kind=Wanted, means="what is looked for", is_needed=True)


async def search(request: Request) -> Response:
    """GET /v1/search."""
    actor = allow(request, READS)
    wanted = WANTED.read(request)
    if wanted is None:
        raise InvalidInput(
            WANTED.name,
            "is missing; say what is looked for: a number, a pseudonym, the id of a call, attempt or campaign",
        )
    return answered(request, await found(parts_of(request), actor, wanted))


async def found(parts: Installation, actor: Actor, text: str) -> Found:
    """What a text names. Raises `InvalidInput`, and `NotAllowed` where it can only be a number, and these are not shown."""
    wanted = parse_call_id(text, WANTED.name).strip()
    await moment_in_views(parts, None)
    matches = await asyncio.to_thread(find, parts, actor, wanted)
    if not matches.items and looks_like_number(wanted):
        check_may_name(actor)
    return matches


ROUTES = [
    DescribedRoute(
        search,
        Operation(
            method="GET",
            path="/v1/search",
            tag="recipients",
            summary="What a text names: a person, a call, an attempt, a campaign",
            description=(
                "A number in any spelling, with its country or as it is written inside one, with whatever between its digits; "
                "a pseudonym; the whole id of a call or an attempt; a campaign's id or a part of it. "
                "Viewers may not ask by a number (403), and find people by pseudonym."
            ),
            parameters=(WANTED,),
            answers={200: Found},
            problems=VIEW,
        ),
    ),
]
